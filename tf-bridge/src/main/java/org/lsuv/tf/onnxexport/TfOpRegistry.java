package org.lsuv.tf.onnxexport;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Holds the converters by operation. Operations of TensorFlow never change their meaning: there are no versions. */
public final class TfOpRegistry {
    private final Map<String, TfOpConverter> converters = new TreeMap<>();

    /** Adds an operation, which must not be there yet. */
    public TfOpRegistry add(String op, TfOpConverter converter) {
        if (converters.put(op, converter) != null) {
            throw new IllegalStateException(op + " is registered twice");
        }
        return this;
    }

    /** Returns the converter for an operation. */
    public Optional<TfOpConverter> find(String op) {
        return Optional.ofNullable(converters.get(op));
    }

    /** Returns the names of all operations, sorted. */
    public Set<String> operations() {
        return Set.copyOf(converters.keySet());
    }
}
