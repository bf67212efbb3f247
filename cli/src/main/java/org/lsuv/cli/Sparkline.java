package org.lsuv.cli;

import java.util.Arrays;

/** Draws numbers as a line of bars. */
final class Sparkline {
    private static final String BARS = "▁▂▃▄▅▆▇█";

    /** Smaller differences are no differences: a flat signal is drawn flat. */
    private static final double LEAST_RANGE = 1;

    private Sparkline() {}

    /**
     * Draws numbers, at most so many bars; what is not finite becomes a cross.
     *
     * @param width the greatest number of bars; neighbours share one where there are more numbers
     */
    static String of(double[] values, int width) {
        double[] shown = values.length <= width ? values : averaged(values, width);
        double low = Arrays.stream(shown).filter(Double::isFinite).min().orElse(0);
        double high = Arrays.stream(shown).filter(Double::isFinite).max().orElse(0);
        double range = Math.max(high - low, LEAST_RANGE);
        double floor = (low + high - range) / 2;
        StringBuilder line = new StringBuilder();
        for (double value : shown) {
            int bar = (int) Math.min(BARS.length() - 1.0, (value - floor) / range * BARS.length());
            line.append(Double.isFinite(value) ? BARS.charAt(bar) : '×');
        }
        return line.toString();
    }

    private static double[] averaged(double[] values, int width) {
        double[] means = new double[width];
        for (int i = 0; i < width; i++) {
            int from = (int) ((long) i * values.length / width);
            int to = (int) ((i + 1L) * values.length / width);
            means[i] = Arrays.stream(values, from, to).average().orElse(Double.NaN);
        }
        return means;
    }
}
