package org.lsuv.tf.init;

import java.util.Locale;
import org.lsuv.tf.WeightedLayer;

/** Remembers what has happened to the weight of a layer, or of several tied ones, so far. */
final class LayerState {
    private final TargetSearch search;
    private double before = Double.NaN;
    private double scale = 1;
    private int iterations;
    private String refusal = "";

    LayerState(TargetSearch search) {
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

    /** Notes the variance with which the output arrived in the first pass. */
    void arrived(double variance) {
        if (Double.isNaN(before)) {
            before = variance;
        }
    }

    void scaled(double factor, int iteration) {
        scale *= factor;
        iterations = iteration;
    }

    LayerResult result(WeightedLayer use, SampleMoments own, SampleMoments pooled, boolean reached) {
        String reason = refusal;
        if (reason.isEmpty() && !reached) {
            reason = String.format(Locale.ROOT, "its variance is %.4g after %d passes", pooled.variance(), iterations);
        }
        return new LayerResult(
                use,
                before,
                scale,
                own.mean(),
                own.variance(),
                iterations,
                reason.isEmpty() ? LayerResult.Status.CONVERGED : LayerResult.Status.FLAGGED,
                reason);
    }
}
