package org.lsuv.tf.init;

import org.lsuv.tf.WeightedLayer;

/**
 * Says what became of one layer.
 *
 * @param layer the layer
 * @param varianceBefore the variance of its output as it arrived at the layer's turn, with all layers
 *     before it scaled and this one not yet; NaN where it was not measured
 * @param scale what its weight was multiplied by, all passes together
 * @param mean the mean of its output, measured with the stored weights
 * @param variance the variance of its output, measured likewise
 * @param iterations the number of passes in which its weight was scaled
 * @param status how it ended
 * @param reason why it was flagged or skipped; empty otherwise
 */
public record LayerResult(
        WeightedLayer layer,
        double varianceBefore,
        double scale,
        double mean,
        double variance,
        int iterations,
        Status status,
        String reason) {

    /** Lists how a layer can end. */
    public enum Status {
        /** Its variance is within the tolerance of the target. */
        CONVERGED,
        /** It could not be brought there; its weights are finite and usable. */
        FLAGGED,
        /** It was not chosen; its weight is unchanged. */
        SKIPPED
    }
}
