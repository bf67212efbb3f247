package org.lsuv.onnx.runtime;

/**
 * Describes the elements of one value, pooled over all its axes.
 *
 * <p>No elements have mean and variance 0, minimum +∞ and maximum −∞, the neutral element of {@link
 * #merge}. Where a NaN or an infinity was among the elements, mean and variance are not finite.
 *
 * @param count the number of elements
 * @param mean their mean
 * @param variance their biased variance (divided by the count)
 * @param min the least of them
 * @param max the greatest of them
 */
public record ValueStatistics(long count, double mean, double variance, double min, double max) {
    /** The statistics of no elements. */
    public static final ValueStatistics EMPTY =
            new ValueStatistics(0, 0, 0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);

    public ValueStatistics {
        if (count < 0) {
            throw new IllegalArgumentException("count: expected 0 or more, got " + count);
        }
    }

    /** Returns the square root of the variance. */
    public double standardDeviation() {
        return Math.sqrt(variance);
    }

    /** Returns the mean of the squares: M in Hanin and Rolnick's failure modes. */
    public double meanSquare() {
        return variance + mean * mean;
    }

    /** Returns the statistics of both sets of elements together (Chan, Golub and LeVeque 1979). */
    public ValueStatistics merge(ValueStatistics other) {
        if (count == 0) {
            return other;
        }
        if (other.count == 0) {
            return this;
        }
        long total = Math.addExact(count, other.count);
        double share = (double) other.count / total;
        double delta = other.mean - mean;
        double within = variance + (other.variance - variance) * share;
        return new ValueStatistics(
                total,
                mean + delta * share,
                within + delta * delta * share * (1 - share),
                Math.min(min, other.min),
                Math.max(max, other.max));
    }
}
