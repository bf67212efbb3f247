package org.lsuv.tf.init;

import java.util.List;

/**
 * Holds the moments of some values, and merges them exactly (Chan, Golub and LeVeque 1983).
 *
 * @param count the number of values
 * @param mean their mean
 * @param variance their biased variance
 */
record SampleMoments(long count, double mean, double variance) {

    /** Returns the moments of several groups of values together. */
    static SampleMoments merge(List<SampleMoments> groups) {
        return groups.stream().reduce(new SampleMoments(0, 0, 0), SampleMoments::merge);
    }

    /** Returns the moments of both groups of values together. */
    SampleMoments merge(SampleMoments other) {
        if (count == 0) {
            return other;
        }
        if (other.count == 0) {
            return this;
        }
        long total = count + other.count;
        double share = (double) other.count / total;
        double delta = other.mean - mean;
        return new SampleMoments(
                total,
                mean + delta * share,
                variance * (1 - share) + other.variance * share + delta * delta * share * (1 - share));
    }
}
