package org.lsuv.tf.theory;

import java.util.Arrays;

/**
 * Compares theory and drawn networks at one point of a curve.
 *
 * @param x where: a depth, or β
 * @param closed the expectation as its closed form has it
 * @param mean the expectation as it is measured, layer by layer
 * @param lower what a quarter of the networks stays below
 * @param median what half of them stays below
 * @param upper what three quarters stay below
 */
public record TheoryPoint(double x, double closed, double mean, double lower, double median, double upper) {

    /** Returns a point whose quartiles are those of some values, which are sorted for that. */
    static TheoryPoint of(double x, double closed, double mean, double[] values) {
        Arrays.sort(values);
        return new TheoryPoint(x, closed, mean, quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75));
    }

    private static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
