package org.lsuv.onnx.layers;

import java.util.Locale;

/** Lists what is done about stored tensors that several layers read. */
public enum TieRule {
    /**
     * Readers through {@code Identity} get copies of their own: exporters merge initializers of equal value
     * that way. A tensor that several layers read directly is one weight.
     */
    AUTO,
    /** Whatever reads a tensor, directly or through {@code Identity}, shares it. */
    KEEP,
    /**
     * Every layer that reads a tensor directly, or through {@code Identity}, gets a weight of its own. Readers
     * behind a node that rearranges the tensor, such as {@code Transpose}, go on to share it.
     */
    SPLIT;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
