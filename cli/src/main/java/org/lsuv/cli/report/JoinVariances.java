package org.lsuv.cli.report;

import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * Holds what ONNX Runtime measured of a residual join.
 *
 * @param stream the variance of the stream; empty where no value of the model holds it
 * @param branch likewise, of the branch
 * @param sum likewise, of the sum
 */
public record JoinVariances(OptionalDouble stream, OptionalDouble branch, OptionalDouble sum) {

    /** Tells whether all three were measured. */
    public boolean isMeasured() {
        return stream.isPresent() && branch.isPresent() && sum.isPresent();
    }

    /**
     * Returns how far another engine's measurements are from these, as a share of its variance of the stream: the largest
     * difference of what was measured here, 0 where nothing was, infinite where only one of the two finds a number.
     */
    public double deviation(double otherStream, double otherBranch, double otherSum) {
        return Stream.of(
                        difference(stream, otherStream, otherStream),
                        difference(branch, otherBranch, otherStream),
                        difference(sum, otherSum, otherStream))
                .mapToDouble(difference -> difference)
                .max()
                .orElse(0);
    }

    private static double difference(OptionalDouble found, double expected, double unit) {
        if (found.isEmpty() || Double.compare(found.getAsDouble(), expected) == 0) {
            return 0;
        }
        double difference = Math.abs(found.getAsDouble() - expected) / unit;
        return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }
}
