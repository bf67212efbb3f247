package org.lsuv.tf.diagnose;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Holds what was measured of one tensor over the batch. Where a value is NaN or infinite, all but the counts is NaN.
 *
 * @param values the number of values
 * @param samples the number of samples; 0 where they cannot be told apart
 * @param mean the mean of all values
 * @param variance their biased variance
 * @param kurtosis their fourth central moment over the squared variance: 3 for a normal law
 * @param meanSquare M, the mean over samples of ‖x‖²/n
 * @param meanSquareSpread the standard deviation of ‖x‖²/n between samples
 * @param minimum the least value
 * @param maximum the greatest value
 * @param nonFinite how many values are NaN or infinite
 * @param zeroShare the share of values that are zero
 * @param subnormalShare the share of values that are not zero and below float16's least normal number, 6.1e-5
 * @param saturatedShare the share of values within 1 % of the range from a bound of a non-linearity with two bounds
 * @param channels the number of channels; 0 where they cannot be told apart
 * @param deadChannels how many channels are zero for all samples, at all positions
 * @param saturatedChannels how many channels are saturated likewise
 * @param channelStd the standard deviation between samples at one position: its root mean square over positions,
 *     averaged over channels; NaN where samples cannot be told apart
 * @param leastChannelStd the least of these over channels
 * @param greatestChannelStd the greatest of these over channels
 * @param cosine the mean cosine between two samples, those of one piece of the batch
 * @param distance 1 − cosine, with all its digits where samples are almost the same
 * @param centredCosine the same of samples less their own mean: the mean correlation between two samples
 * @param histogram how many values lie where; null where this was not asked for, or a value is NaN or infinite
 */
public record SignalStatistics(
        long values,
        long samples,
        double mean,
        double variance,
        double kurtosis,
        double meanSquare,
        double meanSquareSpread,
        double minimum,
        double maximum,
        long nonFinite,
        double zeroShare,
        double subnormalShare,
        double saturatedShare,
        int channels,
        int deadChannels,
        int saturatedChannels,
        double channelStd,
        double leastChannelStd,
        double greatestChannelStd,
        double cosine,
        double distance,
        double centredCosine,
        @Nullable Histogram histogram) {

    /** The greatest number of float16. */
    private static final double HALF_MAXIMUM = 65504;

    static SignalStatistics of(SignalSums sums) {
        double variance = sums.second() / sums.count();
        double[] squares = sums.meanSquares();
        double meanSquare = Arrays.stream(squares).average().orElse(Double.NaN);
        double spread = Math.sqrt(Arrays.stream(squares)
                .map(square -> (square - meanSquare) * (square - meanSquare))
                .average()
                .orElse(Double.NaN));
        boolean finite = sums.nonFinite() == 0;
        boolean apart = sums.freedom() > 0;
        double[] deviations = Arrays.stream(sums.channelVariances())
                .map(total -> Math.sqrt(total / sums.freedom()))
                .toArray();
        double distance = sums.pairDistance() / sums.pairs();
        return new SignalStatistics(
                (long) sums.count(),
                apart ? squares.length : 0,
                sums.mean(),
                variance,
                sums.fourth() / sums.count() / (variance * variance),
                finite ? meanSquare : Double.NaN,
                finite && apart ? spread : Double.NaN,
                sums.minimum(),
                sums.maximum(),
                (long) sums.nonFinite(),
                sums.zeros() / sums.count(),
                sums.subnormal() / sums.count(),
                sums.saturated() / sums.count(),
                sums.channelPeaks().length,
                (int) Arrays.stream(sums.channelPeaks())
                        .filter(peak -> peak == 0)
                        .count(),
                (int) Arrays.stream(sums.channelSaturated()).sum(),
                apart ? Arrays.stream(deviations).average().orElse(Double.NaN) : Double.NaN,
                apart ? Arrays.stream(deviations).min().orElse(Double.NaN) : Double.NaN,
                apart ? Arrays.stream(deviations).max().orElse(Double.NaN) : Double.NaN,
                1 - distance,
                distance,
                1 - sums.centredDistance() / sums.centredPairs(),
                sums.histogram());
    }

    /** Returns the greatest absolute value. */
    public double peak() {
        return Math.max(Math.abs(minimum), Math.abs(maximum));
    }

    /** Returns how many times the greatest value can double before it leaves float16: log₂(65504 / peak). */
    public double halfHeadroom() {
        return Math.log(HALF_MAXIMUM / peak()) / Math.log(2);
    }

    /** Tells whether float16 holds the values: none too large, and most of those that are not zero normal numbers. */
    public boolean fitsHalf() {
        return nonFinite == 0 && peak() > 0 && peak() <= HALF_MAXIMUM && subnormalShare <= (1 - zeroShare) / 2;
    }

    /** Tells whether float32 holds the values as normal numbers. */
    public boolean fitsFloat() {
        return nonFinite == 0 && peak() >= Float.MIN_NORMAL && peak() <= Float.MAX_VALUE;
    }

    /** Tells whether all values are zero. */
    public boolean isZero() {
        return nonFinite == 0 && peak() == 0;
    }

    /** Returns the share of channels that are dead; of values that are zero where channels cannot be told apart. */
    public double deadShare() {
        return channels == 0 ? (isZero() ? 1 : 0) : (double) deadChannels / channels;
    }
}
