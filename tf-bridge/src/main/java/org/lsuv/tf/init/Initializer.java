package org.lsuv.tf.init;

import java.util.Locale;

/** Lists what weights are before they are scaled. */
public enum Initializer {
    /** Orthonormal matrices of (fan-in × outputs), Haar-distributed (Saxe et al. 2014). */
    ORTHONORMAL,
    /** The weights that the model has. */
    KEEP;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
