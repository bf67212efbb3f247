package org.lsuv.onnx.layers;

import java.util.Locale;

/** Lists over what the variance of a layer's output is taken, and so what gets a scale of its own. */
public enum Granularity {
    /** All channels of a layer together (Mishkin and Matas 2016); packed projections each for itself. */
    LAYER,
    /** Each output channel for itself (Krähenbühl et al., ICLR 2016). */
    CHANNEL;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
