package org.lsuv.tf.init;

import java.util.Locale;

/** Lists what becomes of the biases of the layers that are initialised. */
public enum BiasRule {
    /** {@link #ZERO} for new weights, {@link #KEEP} for kept ones. */
    AUTO,
    /** They become zero, as in a fresh network. */
    ZERO,
    /** They stay, and count in the variance of the layer's output. */
    KEEP;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
