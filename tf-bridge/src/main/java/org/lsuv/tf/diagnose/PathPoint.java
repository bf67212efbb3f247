package org.lsuv.tf.diagnose;

/**
 * Holds one point of a way through the network.
 *
 * @param name the name of the value
 * @param kind what it is
 * @param depth the number of layers on the longest way up to it
 * @param normalised whether the signal was given a new scale since the point before
 * @param predicted ln of the mean of M as the weights alone predict it from the first point or the last new scale
 * @param signal what was measured
 */
public record PathPoint(
        String name, Kind kind, int depth, boolean normalised, double predicted, SignalStatistics signal) {

    /** Lists what a point can be. */
    public enum Kind {
        /** An input. */
        INPUT,
        /** The output of a weighted layer. */
        LAYER,
        /** What a non-linearity gives. */
        ACTIVATION,
        /** A sum of a stream and a branch, or what joins several branches. */
        JOIN
    }

    /** Returns ln M as measured. */
    public double logMeanSquare() {
        return Math.log(signal.meanSquare());
    }
}
