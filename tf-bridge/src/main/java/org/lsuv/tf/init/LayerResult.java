package org.lsuv.tf.init;

import java.util.List;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.draw.Initializer;

/**
 * Says what became of one layer.
 *
 * @param layer the layer
 * @param initializer what its weight was before it was scaled
 * @param target the variance that its output was to have; NaN where it has no target
 * @param output the name of what was measured: the layer's output, or what its non-linearity gives
 * @param varianceBefore the variance of its output as it arrived at the layer's turn, with all layers
 *     before it scaled and this one not yet; NaN where it was not measured, as of a weight that was set to zero
 * @param scale what its weight was multiplied by, all passes together, 0 where it was set to zero; NaN where each part
 *     has its own
 * @param mean the mean of its output, measured with the stored weights
 * @param variance the variance of its output, measured likewise
 * @param iterations the number of passes in which its weight was scaled
 * @param status how it ended
 * @param reason why it was flagged or skipped; empty otherwise
 * @param parts the parts that were scaled apart; empty where all is one
 */
public record LayerResult(
        WeightedLayer layer,
        Initializer initializer,
        double target,
        String output,
        double varianceBefore,
        double scale,
        double mean,
        double variance,
        int iterations,
        Status status,
        String reason,
        List<Part> parts) {
    public LayerResult {
        parts = List.copyOf(parts);
    }

    /** Returns the result of a layer that was left alone. */
    static LayerResult skipped(WeightedLayer layer, LsuvOptions options, List<SampleMoments> measured) {
        SampleMoments own = SampleMoments.merge(measured);
        return new LayerResult(
                layer,
                Initializer.KEEP,
                Double.NaN,
                layer.output(options.point()),
                Double.NaN,
                1,
                own.mean(),
                own.variance(),
                0,
                Status.SKIPPED,
                options.of(layer).skip() ? "skipped by the plan" : "not chosen by include and exclude",
                List.of());
    }

    /**
     * Says what became of one part of a layer.
     *
     * @param name what it is, such as {@code 1 of 3} or {@code channel 7}
     * @param varianceBefore as for the layer
     * @param scale what its share of the weight was multiplied by
     * @param mean as for the layer
     * @param variance as for the layer
     * @param status how it ended
     */
    public record Part(String name, double varianceBefore, double scale, double mean, double variance, Status status) {}

    /** Lists how a layer can end. */
    public enum Status {
        /** Its variance is within the tolerance of the target. */
        CONVERGED,
        /** It could not be brought there; its weights are finite and usable. */
        FLAGGED,
        /** It was initialised and has no target, so that it is measured alone. */
        MEASURED,
        /** It ends a residual branch that starts as nothing: its weight is zero, and its output is measured alone. */
        ZEROED,
        /** It was not chosen; its weight is unchanged. */
        SKIPPED
    }
}
