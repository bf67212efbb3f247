package org.lsuv.tf.diagnose;

/**
 * Says what a non-linearity φ does to a signal z ~ N(0, σ²), integrated from what the graph computes.
 *
 * @param name what it is called, or the operations that spell it
 * @param gain E[φ(z)²] at σ = 1: ½ for ReLU
 * @param gainAtScale E[φ(z)²]/σ² at the scale at which the network runs it: the same where φ scales with its input
 * @param slope E[φ′(z)²] at that scale: what happens to the back-propagated signal
 * @param spread E[φ⁴]/E[φ²]² − 1 at that scale, by which each layer of n units lets M wander: 5/n for ReLU
 * @param lower what φ tends to far below zero; NaN where it has no bound
 * @param upper what φ tends to far above zero; NaN where it has no bound
 * @param atZero φ(0)
 */
public record ActivationLaw(
        String name,
        double gain,
        double gainAtScale,
        double slope,
        double spread,
        double lower,
        double upper,
        double atZero) {

    /** Returns the law of no non-linearity at all: the fourth moment of the normal law is 3, so it spreads by 2/n. */
    static ActivationLaw linear() {
        return new ActivationLaw("", 1, 1, 1, 2, Double.NaN, Double.NaN, 0);
    }

    /** Tells whether it flattens on both sides, and on the lower one elsewhere than where it is at rest. */
    boolean saturatesBelow() {
        return saturatesAbove() && lower != atZero;
    }

    /** Tells whether it flattens above, too, so that large signals of either sign are lost. */
    boolean saturatesAbove() {
        return !Double.isNaN(lower) && !Double.isNaN(upper) && upper > lower;
    }
}
