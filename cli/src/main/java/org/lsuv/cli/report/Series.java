package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Holds one line of a chart.
 *
 * @param label what it is; empty where it needs no name, as what is predicted beside what was measured
 * @param style the number of its colour, dashes and marks
 * @param look how its points are drawn
 * @param points from left to right
 */
record Series(String label, int style, Look look, List<Point> points) {
    /** More points than pixels only make a page large. */
    private static final int MOST_POINTS = 360;

    /** Lists how points are drawn. */
    enum Look {
        /** Joined, and marked where there is room. */
        LINE,
        /** Joined by steps: each holds until the next. */
        STEPS,
        /** Marked only. */
        MARKS,
        /** Joined by a thin line: a prediction beside what was measured. */
        THIN
    }

    /**
     * Holds one point.
     *
     * @param x where
     * @param y what was measured there; NaN where it has no value
     * @param name of what was measured
     */
    record Point(double x, double y, String name) {}

    Series {
        points = List.copyOf(points);
    }

    /** Returns the heights of all points of several lines. */
    static double[] values(List<Series> lines) {
        return lines.stream()
                .flatMap(line -> line.points().stream())
                .mapToDouble(Point::y)
                .toArray();
    }

    /** Returns an axis from the first to the last point of several lines. */
    static Axis counting(List<Series> lines) {
        DoubleSummaryStatistics range = lines.stream()
                .flatMap(line -> line.points().stream())
                .mapToDouble(Point::x)
                .summaryStatistics();
        return range.getCount() == 0 ? Axis.counting(0, 1) : Axis.counting(range.getMin(), range.getMax());
    }

    /** Returns the series with few enough points to draw: of each stretch the least, the greatest and what is no number. */
    Series drawable() {
        if (points.size() <= MOST_POINTS) {
            return this;
        }
        List<Point> kept = new ArrayList<>();
        int stretches = MOST_POINTS / 3;
        for (int i = 0; i < stretches; i++) {
            int from = (int) ((long) i * points.size() / stretches);
            int to = (int) ((long) (i + 1) * points.size() / stretches);
            int least = -1;
            int greatest = -1;
            int strange = -1;
            for (int k = from; k < to; k++) {
                double y = points.get(k).y();
                if (!Double.isFinite(y)) {
                    strange = k;
                } else {
                    least = least < 0 || y < points.get(least).y() ? k : least;
                    greatest = greatest < 0 || y > points.get(greatest).y() ? k : greatest;
                }
            }
            IntStream.of(least, greatest, strange)
                    .filter(index -> index >= 0)
                    .sorted()
                    .distinct()
                    .forEach(index -> kept.add(points.get(index)));
        }
        return new Series(label, style, look, kept);
    }
}
