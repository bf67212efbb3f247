package org.lsuv.tf.init;

import java.util.Locale;
import java.util.Optional;

/** Tells why a layer cannot be scaled, in the terms of {@link Solution}. */
final class Degeneracy {
    private Degeneracy() {}

    /**
     * Returns the reason; empty for a layer that can be scaled.
     *
     * @param pieces the number of pieces of the batch, of which one was measured here
     */
    static Optional<String> of(ScalingGraph.Scaling found, double target, int pieces) {
        if (!Double.isFinite(found.product()) || !Double.isFinite(found.mean())) {
            return Optional.of("its output holds NaN or Inf");
        }
        long values = found.count() * pieces;
        if (values < Solution.FEWEST_VALUES || found.count() < 2) {
            return Optional.of("its output has only " + values + " values; at least " + Solution.FEWEST_VALUES
                    + " are needed to measure a variance");
        }
        if (isConstant(found)) {
            return Optional.of(
                    found.mean() == 0 && found.product() == 0
                            ? "its output is zero for every sample: nothing reaches it"
                            : "its output is constant");
        }
        // Cov(y, b) follows from the three variances.
        double covariance = (found.before() - found.product() - found.bias()) / 2;
        double discriminant = covariance * covariance - found.product() * (found.bias() - target);
        if (discriminant < 0 || Math.sqrt(discriminant) - covariance <= 0) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "its bias alone has variance %.4g, above the target of %.4g; no scale of the weight reaches it",
                    found.bias(),
                    target));
        }
        return Optional.empty();
    }

    /** Tells whether a product is finite and the same for every sample, up to rounding. */
    static boolean isConstant(ScalingGraph.Scaling found) {
        return found.product() <= Solution.CONSTANT * found.mean() * found.mean();
    }
}
