package org.lsuv.tf.init;

/** Lists what weights are before they are scaled. */
public enum Initializer {
    /** Orthonormal matrices of (fan-in × outputs), Haar-distributed (Saxe et al. 2014). */
    ORTHONORMAL,
    /** The weights that the model has. */
    KEEP
}
