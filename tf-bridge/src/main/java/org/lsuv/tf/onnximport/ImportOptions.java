package org.lsuv.tf.onnximport;

import java.util.Map;

/**
 * Says how a graph is imported.
 *
 * @param inputShapes shapes to build for, by input, instead of the declared ones; −1 for a size that
 *     is fed freely
 */
public record ImportOptions(Map<String, long[]> inputShapes) {
    public ImportOptions {
        inputShapes = Map.copyOf(inputShapes);
    }

    /** Returns the options that keep every declared shape. */
    public static ImportOptions defaults() {
        return new ImportOptions(Map.of());
    }
}
