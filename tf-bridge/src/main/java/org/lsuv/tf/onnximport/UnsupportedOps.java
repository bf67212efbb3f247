package org.lsuv.tf.onnximport;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxModel;

/**
 * Lists what a model uses that has no converter, with the number of nodes.
 *
 * @param counts the number of nodes by operator, those of subgraphs included
 */
public record UnsupportedOps(Map<String, Integer> counts) {
    public UnsupportedOps {
        counts = Collections.unmodifiableMap(new TreeMap<>(counts));
    }

    /** Looks through a whole model, bodies of local functions where they are called included. */
    public static UnsupportedOps of(OnnxModel model, OpRegistry registry) {
        Map<String, Integer> counts = new TreeMap<>();
        OpUses.of(model, registry).uses().stream()
                .filter(use -> !use.isSupported())
                .forEach(use -> counts.put(use.name() + " (opset " + use.opset() + ")", use.nodes()));
        return new UnsupportedOps(counts);
    }

    /** Tells whether everything is supported. */
    public boolean isEmpty() {
        return counts.isEmpty();
    }

    void ifAny(Consumer<String> action) {
        if (!isEmpty()) {
            action.accept(message());
        }
    }

    /** Returns the list as one line: {@code unsupported operators: Foo (opset 17) in 3 nodes, …}. */
    public String message() {
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " in " + entry.getValue() + (entry.getValue() == 1 ? " node" : " nodes"))
                .collect(Collectors.joining(", ", "unsupported operators: ", ""));
    }
}
