package org.lsuv.tf.onnximport;

import java.util.List;
import java.util.Map;

/**
 * Says how a graph is imported.
 *
 * @param inputShapes shapes to build for, by input, instead of the declared ones; −1 for a size that
 *     is fed freely
 * @param sequenceShapes the shapes of the elements of inputs that are sequences; element {@code i} of input
 *     {@code x} is fed as {@code x[i]}. An optional input without a shape or shapes is empty
 */
public record ImportOptions(Map<String, long[]> inputShapes, Map<String, List<long[]>> sequenceShapes) {
    public ImportOptions {
        inputShapes = Map.copyOf(inputShapes);
        sequenceShapes = Map.copyOf(sequenceShapes);
    }

    /** Creates the options for a model that takes plain tensors. */
    public ImportOptions(Map<String, long[]> inputShapes) {
        this(inputShapes, Map.of());
    }

    /** Returns the options that keep every declared shape. */
    public static ImportOptions defaults() {
        return new ImportOptions(Map.of());
    }
}
