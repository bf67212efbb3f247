package org.lsuv.onnx.runtime;

/**
 * Says how ONNX Runtime is to run a model.
 *
 * @param threads the number of threads; 0 leaves the choice to ONNX Runtime
 */
public record OrtOptions(int threads) {
    /** The settings that ONNX Runtime has by itself. */
    public static final OrtOptions DEFAULT = new OrtOptions(0);

    public OrtOptions {
        if (threads < 0) {
            throw new IllegalArgumentException("threads: expected 0 or more, got " + threads);
        }
    }
}
