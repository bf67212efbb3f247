package org.lsuv.tf.diagnose;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Holds what one piece of a batch says about a tensor, in a form that merges with other pieces. Moments merge exactly
 * (Chan, Golub and LeVeque 1983; Pébay 2008 for the third and fourth); what compares samples with each other
 * compares those of one piece.
 *
 * @param count the number of values
 * @param mean their mean
 * @param second the sum of squared deviations from it
 * @param third the sum of cubed deviations
 * @param fourth the sum of their fourth powers
 * @param minimum the least value
 * @param maximum the greatest value
 * @param nonFinite how many values are NaN or infinite; where there are any, all else is NaN
 * @param zeros how many values are zero
 * @param subnormal how many values are below float16's least normal number, and not zero
 * @param saturated how many values are at a bound of their non-linearity
 * @param meanSquares the mean square of each sample
 * @param pairDistance the sum of 1 − cosine over pairs of samples
 * @param pairs the number of these pairs
 * @param centredDistance the same of samples less their own mean
 * @param centredPairs the number of these pairs
 * @param channelPeaks the greatest absolute value of each channel
 * @param channelVariances the variance between samples in each channel, times {@code freedom}
 * @param channelSaturated whether all values of each channel are at a bound, 1 or 0
 * @param freedom the degrees of freedom behind these variances
 * @param histogram the counts of values, if they were asked for and all are finite
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, and handed on within this package alone.
record SignalSums(
        double count,
        double mean,
        double second,
        double third,
        double fourth,
        double minimum,
        double maximum,
        double nonFinite,
        double zeros,
        double subnormal,
        double saturated,
        double[] meanSquares,
        double pairDistance,
        double pairs,
        double centredDistance,
        double centredPairs,
        double[] channelPeaks,
        double[] channelVariances,
        double[] channelSaturated,
        double freedom,
        @Nullable Histogram histogram) {

    SignalSums merge(SignalSums other) {
        double total = count + other.count;
        double delta = other.mean - mean;
        double a = count;
        double b = other.count;
        double cross = a * b / total;
        return new SignalSums(
                total,
                mean + delta * b / total,
                second + other.second + delta * delta * cross,
                third
                        + other.third
                        + delta * delta * delta * cross * (a - b) / total
                        + 3 * delta * (a * other.second - b * second) / total,
                fourth
                        + other.fourth
                        + Math.pow(delta, 4) * cross * (a * a - a * b + b * b) / (total * total)
                        + 6 * delta * delta * (a * a * other.second + b * b * second) / (total * total)
                        + 4 * delta * (a * other.third - b * third) / total,
                Math.min(minimum, other.minimum),
                Math.max(maximum, other.maximum),
                nonFinite + other.nonFinite,
                zeros + other.zeros,
                subnormal + other.subnormal,
                saturated + other.saturated,
                joined(meanSquares, other.meanSquares),
                pairDistance + other.pairDistance,
                pairs + other.pairs,
                centredDistance + other.centredDistance,
                centredPairs + other.centredPairs,
                combined(channelPeaks, other.channelPeaks, Math::max),
                combined(channelVariances, other.channelVariances, Double::sum),
                combined(channelSaturated, other.channelSaturated, Math::min),
                freedom + other.freedom,
                histogram == null || other.histogram == null ? null : histogram.merge(other.histogram));
    }

    private static double[] joined(double[] some, double[] more) {
        double[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    private static double[] combined(double[] some, double[] more, java.util.function.DoubleBinaryOperator how) {
        double[] all = some.clone();
        for (int i = 0; i < all.length; i++) {
            all[i] = how.applyAsDouble(some[i], more[i]);
        }
        return all;
    }
}
