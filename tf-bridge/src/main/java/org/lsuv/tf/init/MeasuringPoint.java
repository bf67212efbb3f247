package org.lsuv.tf.init;

import java.util.Locale;
import java.util.Optional;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/** Lists where the variance of a layer is taken. */
public enum MeasuringPoint {
    /** At the layer's own output, before any non-linearity. */
    PRE,
    /** Behind the non-linearity that follows at once; {@link #PRE} for a layer without one. */
    POST;

    /** Returns the name of what is measured. */
    String output(WeightedLayer layer) {
        return activation(layer).map(WeightedLayer.Activation::output).orElse(layer.output());
    }

    /** Returns what is measured. */
    TensorRef tensor(WeightedLayer layer) {
        return activation(layer).map(WeightedLayer.Activation::tensor).orElse(layer.blob());
    }

    private Optional<WeightedLayer.Activation> activation(WeightedLayer layer) {
        return this == POST ? layer.activation() : Optional.empty();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
