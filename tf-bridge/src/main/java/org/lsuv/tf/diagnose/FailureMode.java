package org.lsuv.tf.diagnose;

/** Lists the ways in which a network can fail to start training. */
public enum FailureMode {
    /** A value is NaN or infinite. */
    NON_FINITE("NaN or Inf"),
    /** The mean length of the signal grows or decays exponentially with depth (Hanin and Rolnick's first). */
    GROWTH("growth of the signal"),
    /** The length of the signal differs by large factors from layer to layer (their second). */
    WANDER("wandering of the signal"),
    /** Branches add up, so that the stream of a residual network grows exponentially. */
    RESIDUAL("residual stream"),
    /** All samples look the same. */
    COLLAPSE("collapse of samples"),
    /** Units give zero for every sample. */
    DEAD("dead units"),
    /** Units are at a bound of their non-linearity. */
    SATURATION("saturation"),
    /** Back-propagated signals vanish or explode. */
    GRADIENT("gradients");

    private final String label;

    FailureMode(String label) {
        this.label = label;
    }

    /** Returns the mode in words. */
    public String label() {
        return label;
    }
}
