package org.lsuv.onnx.layers;

import java.util.Locale;

/** Lists where the variance of a layer is taken. */
public enum MeasuringPoint {
    /** At the layer's own output, before any non-linearity. */
    PRE,
    /** Behind the non-linearity that follows at once; {@link #PRE} for a layer without one. */
    POST;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
