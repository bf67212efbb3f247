package org.lsuv.tf.init;

import java.util.Locale;

/** Remembers what has happened to one part of a weight so far. */
final class PartState {
    private final TargetSearch search;
    private SampleMoments before = new SampleMoments(0, 0, Double.NaN);
    private double scale = 1;
    private int iterations;
    private String refusal = "";

    PartState(TargetSearch search) {
        this.search = search;
    }

    TargetSearch search() {
        return search;
    }

    /** Tells whether the weight may still be scaled. */
    boolean isOpen() {
        return refusal.isEmpty();
    }

    void refuse(String reason) {
        refusal = reason;
    }

    /** Notes with which moments the output arrived in the first pass. */
    void arrived(SampleMoments moments) {
        if (Double.isNaN(before.variance())) {
            before = moments;
        }
    }

    SampleMoments before() {
        return before;
    }

    void scaled(double factor, int iteration) {
        scale *= factor;
        iterations = iteration;
    }

    double scale() {
        return scale;
    }

    int iterations() {
        return iterations;
    }

    /** Returns why the part is flagged; empty where it is not. */
    String reason(double variance, boolean reached) {
        if (!refusal.isEmpty() || reached) {
            return refusal;
        }
        return search.isLost()
                ? String.format(
                        Locale.ROOT,
                        "no scale of its weight brings its variance to the target; it is %.4g with the output"
                                + " itself there",
                        variance)
                : String.format(Locale.ROOT, "its variance is %.4g after %d passes", variance, iterations);
    }
}
