package org.lsuv.tf.diagnose;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Counts values in bins of a fifth of a standard deviation around the mean: those of the first piece of the batch.
 *
 * @param centre the middle of the middle bin
 * @param binWidth the width of a bin
 * @param counts how many values are in each of {@value #BINS} bins; the outermost hold all that lies beyond, too
 */
public record Histogram(double centre, double binWidth, List<Long> counts) {
    /** The number of bins. */
    public static final int BINS = 41;

    public Histogram {
        counts = List.copyOf(counts);
        if (counts.size() != BINS) {
            throw new IllegalArgumentException("expected " + BINS + " bins, got " + counts.size());
        }
    }

    /** Returns the lower edge of a bin; that of bin {@value #BINS} is the upper edge of the last. */
    public double edge(int bin) {
        return centre + (bin - BINS / 2.0) * binWidth;
    }

    Histogram merge(Histogram other) {
        if (centre != other.centre || binWidth != other.binWidth) {
            throw new IllegalArgumentException("histograms with other bins");
        }
        return new Histogram(
                centre,
                binWidth,
                IntStream.range(0, BINS)
                        .mapToObj(bin -> counts.get(bin) + other.counts.get(bin))
                        .toList());
    }
}
