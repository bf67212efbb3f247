package org.lsuv.tf.init;

import java.util.Locale;

/** Lists what becomes of the mean of a layer's output. */
public enum Centering {
    /** It is what the weights and the bias make it. */
    NONE,
    /** The bias brings it to zero, after the weight is scaled; a layer without a bias stays as it is. */
    BIAS;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
