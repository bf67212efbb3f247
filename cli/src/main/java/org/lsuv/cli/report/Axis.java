package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Maps values to places between 0 and 1.
 *
 * @param scale how
 * @param low what is at 0: on a logarithmic scale its decimal logarithm
 * @param high what is at 1, likewise
 * @param ticks the marks, from low to high
 */
record Axis(Scale scale, double low, double high, List<Tick> ticks) {
    private static final int MOST_TICKS = 6;

    /** Lists the scales. */
    enum Scale {
        LINEAR,
        LOGARITHMIC
    }

    /**
     * Describes a mark.
     *
     * @param at its place between 0 and 1
     * @param label what it says
     */
    record Tick(double at, String label) {}

    Axis {
        ticks = List.copyOf(ticks);
    }

    /** Returns a logarithmic axis that shows all values that have a logarithm, a factor of three at least. */
    static Axis logarithmic(double... values) {
        double[] logs = Arrays.stream(values)
                .filter(value -> value > 0 && Double.isFinite(value))
                .map(Math::log10)
                .toArray();
        double least = Arrays.stream(logs).min().orElse(0);
        double greatest = Arrays.stream(logs).max().orElse(0);
        double margin = Math.max(0.06 * (greatest - least), 0.5 - (greatest - least) / 2);
        double low = least - Math.max(0.06, margin);
        double high = greatest + Math.max(0.06, margin);
        List<Tick> ticks = new ArrayList<>();
        int step = (int) Math.max(1, Math.ceil((high - low) / MOST_TICKS));
        boolean fine = high - low < 2.2;
        for (int decade = (int) Math.floor(low); decade <= Math.ceil(high); decade++) {
            if (Math.floorMod(decade, step) == 0) {
                add(ticks, decade, low, high, Figures.power(decade));
            }
            for (int part : fine ? new int[] {2, 5} : new int[0]) {
                add(ticks, decade + Math.log10(part), low, high, Figures.tick(part * Math.pow(10, decade)));
            }
        }
        return new Axis(Scale.LOGARITHMIC, low, high, ticks);
    }

    /** Returns a linear axis over a range, widened to round numbers. */
    static Axis linear(double least, double greatest) {
        double from = Double.isFinite(least) ? least : 0;
        double to = Double.isFinite(greatest) && greatest > from ? greatest : from + 1;
        double step = roundStep((to - from) / (MOST_TICKS - 1));
        double low = Math.floor(from / step + 1e-9) * step;
        double high = Math.ceil(to / step - 1e-9) * step;
        List<Tick> ticks = new ArrayList<>();
        for (long i = 0; low + i * step <= high + step / 2; i++) {
            add(ticks, low + i * step, low, high, Figures.tick(low + i * step));
        }
        return new Axis(Scale.LINEAR, low, high, ticks);
    }

    /** Returns a linear axis over layers or depths, which are whole numbers: its ends are the first and the last. */
    static Axis counting(double first, double last) {
        double to = Math.max(last, first + 1);
        double step = Math.max(1, roundStep((to - first) / (MOST_TICKS - 1)));
        List<Tick> ticks = new ArrayList<>();
        for (double at = Math.ceil(first / step) * step; at <= to; at += step) {
            add(ticks, at, first, to, Figures.tick(at));
        }
        return new Axis(Scale.LINEAR, first, to, ticks);
    }

    private static double roundStep(double least) {
        double size = Math.pow(10, Math.floor(Math.log10(least)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * size >= least * (1 - 1e-9)) {
                return factor * size;
            }
        }
        return 10 * size;
    }

    private static void add(List<Tick> ticks, double at, double low, double high, String label) {
        double place = (at - low) / (high - low);
        if (place >= -1e-9 && place <= 1 + 1e-9) {
            ticks.add(new Tick(place, label));
        }
    }

    /** Returns where a value is; NaN where it has no place, as 0 has none on a logarithmic scale. */
    double at(double value) {
        double shown = scale == Scale.LOGARITHMIC ? (value > 0 ? Math.log10(value) : Double.NaN) : value;
        return Double.isFinite(shown) ? (shown - low) / (high - low) : Double.NaN;
    }
}
