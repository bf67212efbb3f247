package org.lsuv.onnx.data;

import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;

/**
 * Holds the moments and the range of a set of values, computed in float64 and mergeable, so that a
 * batch measured in pieces gives what the whole would.
 *
 * <p>Values that are NaN or infinite are counted and left out of everything else. Where no finite
 * value is left, mean, variance, minimum and maximum are NaN.
 *
 * <p>Two sets A and B with n values, mean μ and sum of squared deviations M = n·variance merge to
 *
 * <pre>
 *   δ = μB − μA     n = nA + nB     μ = μA + δ·nB/n     M = MA + MB + δ²·nA·nB/n
 * </pre>
 *
 * (Chan, Golub and LeVeque 1983). Within a set, blocks of a few thousand values are measured in two
 * passes and then merged; the plain sum of squares would lose all digits where the mean is large.
 *
 * @param count the number of values, those that are not finite included
 * @param mean the mean
 * @param variance the mean of the squared deviations from the mean (divided by n, not n − 1)
 * @param min the smallest value
 * @param max the largest value
 * @param nonFinite how many values are NaN or infinite
 */
public record TensorStatistics(long count, double mean, double variance, double min, double max, long nonFinite) {
    /** The statistics of no values: the neutral element of {@link #merge}. */
    public static final TensorStatistics EMPTY =
            new TensorStatistics(0, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 0);

    private static final int BLOCK = 4096;

    public TensorStatistics {
        if (nonFinite < 0 || count < nonFinite) {
            throw new IllegalArgumentException(nonFinite + " of " + count + " values are not finite");
        }
    }

    /**
     * Returns the statistics of all elements of a tensor; those of a bool count as 0 and 1.
     *
     * @throws UnsupportedModelException if the elements are no plain numbers
     */
    public static TensorStatistics of(OnnxTensor tensor) {
        ElementCursor elements = new ElementCursor(tensor);
        double[] block = new double[BLOCK];
        TensorStatistics result = EMPTY;
        for (int length = elements.next(block); length > 0; length = elements.next(block)) {
            result = result.merge(ofBlock(block, 0, length));
        }
        return result;
    }

    /** Returns the statistics of values. */
    public static TensorStatistics of(double... values) {
        TensorStatistics result = EMPTY;
        for (int from = 0; from < values.length; from += BLOCK) {
            result = result.merge(ofBlock(values, from, Math.min(values.length, from + BLOCK)));
        }
        return result;
    }

    private static TensorStatistics ofBlock(double[] values, int from, int to) {
        double sum = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        long finite = 0;
        for (int i = from; i < to; i++) {
            if (Double.isFinite(values[i])) {
                sum += values[i];
                min = Math.min(min, values[i]);
                max = Math.max(max, values[i]);
                finite++;
            }
        }
        int count = to - from;
        if (finite == 0) {
            return new TensorStatistics(count, Double.NaN, Double.NaN, Double.NaN, Double.NaN, count);
        }
        double mean = sum / finite;
        double deviations = 0;
        double squares = 0;
        for (int i = from; i < to; i++) {
            if (Double.isFinite(values[i])) {
                double deviation = values[i] - mean;
                deviations += deviation;
                squares += deviation * deviation;
            }
        }
        // The deviations sum to zero but for the rounding of the mean, which this takes out.
        double variance = Math.max(0, (squares - deviations * deviations / finite) / finite);
        return new TensorStatistics(count, mean + deviations / finite, variance, min, max, count - finite);
    }

    /** Returns the statistics of the values of both. */
    public TensorStatistics merge(TensorStatistics other) {
        long all = count + other.count;
        long bad = nonFinite + other.nonFinite;
        if (other.finite() == 0) {
            return new TensorStatistics(all, mean, variance, min, max, bad);
        }
        if (finite() == 0) {
            return new TensorStatistics(all, other.mean, other.variance, other.min, other.max, bad);
        }
        double share = other.finite() / (double) (finite() + other.finite());
        double delta = other.mean - mean;
        return new TensorStatistics(
                all,
                mean + delta * share,
                variance * (1 - share) + other.variance * share + delta * delta * share * (1 - share),
                Math.min(min, other.min),
                Math.max(max, other.max),
                bad);
    }

    /** Returns the number of values that are neither NaN nor infinite. */
    public long finite() {
        return count - nonFinite;
    }

    /** Returns the square root of the variance. */
    public double standardDeviation() {
        return Math.sqrt(variance);
    }

    /** Tells whether all finite values are the same. */
    public boolean isConstant() {
        return finite() > 0 && min == max;
    }
}
