package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Draws lines over depth, as a figure with a title, its sentence and an SVG that says both to those who cannot see. */
final class Chart {
    static final double WIDTH = 440;
    private static final double HEIGHT = 264;
    private static final double TOP = 26;
    private static final double BOTTOM = 40;
    private static final double LEFT = 50;
    private static final double CHARACTER = 8.2;
    private static final double LINE_HEIGHT = 14;

    /** More marks than these would be a band. */
    private static final int MOST_MARKS = 130;

    private static final double LEAST_MARK = 1.1;

    private final String id;
    private final Caption caption;
    private final Axis x;
    private final Axis y;
    private final double right;
    private final List<Series> lines = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();
    private final List<Band> bands = new ArrayList<>();

    /**
     * Says what a chart shows.
     *
     * @param title in a few words
     * @param sentence what to look at, and how to read it
     * @param x what is on the horizontal axis
     * @param y what is on the vertical one
     */
    record Caption(String title, String sentence, String x, String y) {}

    private record Reference(double y, String label) {}

    Chart(String id, Caption caption, Axis x, Axis y, List<Series> series) {
        this.id = id;
        this.caption = caption;
        this.x = x;
        this.y = y;
        series.forEach(line -> lines.add(line.drawable()));
        int longest = series.size() < 2
                ? 0
                : series.stream().mapToInt(line -> label(line).length()).max().orElse(0);
        right = 12 + longest * CHARACTER;
    }

    /** Draws a thin line across, at a value that means something. */
    Chart reference(double value, String label) {
        references.add(new Reference(value, label));
        return this;
    }

    /** Draws a band behind all lines. */
    Chart band(Band band) {
        bands.add(band);
        return this;
    }

    void render(Markup out) {
        boolean zeros = y.scale() == Axis.Scale.LOGARITHMIC
                && lines.stream().flatMap(line -> line.points().stream()).anyMatch(point -> point.y() == 0);
        boolean infinite =
                lines.stream().flatMap(line -> line.points().stream()).anyMatch(point -> !Double.isFinite(point.y()));
        String marks = (everyMarked() > 1 ? " One point in " + everyMarked() + " is marked." : "")
                + (infinite ? " × at the upper edge: not finite." : "")
                + (zeros ? " ▽ at the lower edge: zero." : "");
        Figure.open(out, id, caption.title(), caption.sentence() + marks, WIDTH, HEIGHT);
        axes(out);
        for (Reference reference : references) {
            reference(out, reference);
        }
        bands.forEach(band -> band(out, band));
        lines.forEach(line -> line(out, line));
        if (lines.size() > 1) {
            labels(out);
        }
        Figure.close(out);
    }

    private double px(double value) {
        return LEFT + x.at(value) * (WIDTH - LEFT - right);
    }

    /** Returns the height of a value; one beyond the axis ends at its edge. */
    private double py(double value) {
        return place(Math.max(0, Math.min(1, y.at(value))));
    }

    private static double place(double share) {
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
    }

    private void axes(Markup out) {
        out.element("text", caption.y(), "class", "axis-title", "x", "2", "y", "12");
        out.element(
                "text", caption.x(), "class", "axis-title end", "x", number(WIDTH - right), "y", number(HEIGHT - 5));
        for (Axis.Tick tick : y.ticks()) {
            String at = number(place(tick.at()));
            out.empty("line", "class", "grid", "x1", number(LEFT), "x2", number(WIDTH - right), "y1", at, "y2", at);
            out.element(
                    "text",
                    tick.label(),
                    "class",
                    "tick end",
                    "x",
                    number(LEFT - 6),
                    "y",
                    number(place(tick.at()) + 3.5));
        }
        String base = number(HEIGHT - BOTTOM);
        out.empty("line", "class", "axis", "x1", number(LEFT), "x2", number(WIDTH - right), "y1", base, "y2", base);
        for (Axis.Tick tick : x.ticks()) {
            String at = number(LEFT + tick.at() * (WIDTH - LEFT - right));
            out.empty("line", "class", "axis", "x1", at, "x2", at, "y1", base, "y2", number(HEIGHT - BOTTOM + 4));
            out.element("text", tick.label(), "class", "tick middle", "x", at, "y", number(HEIGHT - BOTTOM + 16));
        }
    }

    private void reference(Markup out, Reference reference) {
        double place = y.at(reference.y());
        if (place >= 0 && place <= 1) {
            String at = number(place(place));
            out.empty(
                    "line", "class", "reference", "x1", number(LEFT), "x2", number(WIDTH - right), "y1", at, "y2", at);
            out.element(
                    "text",
                    reference.label(),
                    "class",
                    "reference-label",
                    "x",
                    number(LEFT + 4),
                    "y",
                    number(place(place) - 4));
        }
    }

    private void band(Markup out, Band band) {
        StringBuilder edge = new StringBuilder();
        StringBuilder middle = new StringBuilder();
        for (Band.Stretch at : band.stretches()) {
            edge.append(edge.isEmpty() ? 'M' : 'L').append(spot(at.x(), at.high()));
            middle.append(middle.isEmpty() ? 'M' : 'L').append(spot(at.x(), at.middle()));
        }
        for (int i = band.stretches().size() - 1; i >= 0; i--) {
            Band.Stretch at = band.stretches().get(i);
            edge.append('L').append(spot(at.x(), at.low()));
        }
        if (!edge.isEmpty()) {
            out.open("g", "class", "s" + band.style() % Figure.STYLES);
            out.empty("path", "class", "band", "d", edge.append('z').toString());
            out.empty("path", "class", "median", "d", middle.toString());
            out.close();
        }
    }

    /** Returns a place; what has none on the axis is at its nearer edge. */
    private String spot(double x, double value) {
        double height = Double.isNaN(y.at(value)) ? place(value > 0 ? 1 : 0) : py(value);
        return number(px(x)) + " " + number(height);
    }

    private void line(Markup out, Series line) {
        out.open("g", "class", "s" + line.style() % Figure.STYLES + (line.look() == Series.Look.THIN ? " thin" : ""));
        if (line.look() != Series.Look.MARKS) {
            out.empty("path", "class", "line", "d", path(line));
        }
        int step = line.look() == Series.Look.LINE ? everyMarked() : 1;
        double size = markSize(line);
        for (int i = 0; i < line.points().size(); i++) {
            Series.Point point = line.points().get(i);
            boolean strange = Double.isNaN(y.at(point.y()));
            if (strange) {
                boolean zero = point.y() == 0;
                Figure.edgeMark(out, zero, px(point.x()), place(zero ? 0 : 1), title(line, point));
            } else if (i % step == 0 && line.look() != Series.Look.THIN && line.look() != Series.Look.STEPS) {
                Figure.mark(out, line.style(), new Figure.Spot(px(point.x()), py(point.y()), size), title(line, point));
            }
        }
        out.close();
    }

    /** Returns which of the points on lines are marked: every first, second and so on. */
    private int everyMarked() {
        int most = lines.stream()
                .filter(line -> line.look() == Series.Look.LINE)
                .mapToInt(line -> line.points().size())
                .max()
                .orElse(0);
        return Math.max(1, (most + MOST_MARKS - 1) / MOST_MARKS);
    }

    /** Returns half the width of marks that do not touch, as long as they can be seen. */
    private double markSize(Series line) {
        double spacing = (WIDTH - LEFT - right) / Math.max(1, line.points().size() - 1) * everyMarked();
        return Math.max(LEAST_MARK, Math.min(Figure.SIZE, 0.4 * spacing));
    }

    private static String title(Series line, Series.Point point) {
        return line.label() + ", " + point.name() + ": " + Figures.text(point.y());
    }

    private String path(Series line) {
        StringBuilder path = new StringBuilder();
        boolean pen = false;
        for (Series.Point point : line.points()) {
            if (Double.isNaN(y.at(point.y()))) {
                pen = false;
                continue;
            }
            if (pen && line.look() == Series.Look.STEPS) {
                path.append('H').append(number(px(point.x()))).append('V').append(number(py(point.y())));
            } else {
                path.append(pen ? 'L' : 'M')
                        .append(number(px(point.x())))
                        .append(' ')
                        .append(number(py(point.y())));
            }
            pen = true;
        }
        return path.toString();
    }

    /** Writes each line's name at its end; at the right edge they are moved apart where they meet. */
    private void labels(Markup out) {
        List<Series> named = lines.stream()
                .filter(line -> !line.label().isEmpty())
                .filter(line -> line.points().stream().anyMatch(this::isDrawn))
                .sorted(Comparator.comparingDouble(line -> py(last(line).y())))
                .toList();
        named.stream().filter(this::endsEarly).forEach(line -> {
            Series.Point end = last(line);
            label(out, line, "label halo", px(end.x()) + 7, py(end.y()) + 3.5);
        });
        List<Series> ending = named.stream().filter(line -> !endsEarly(line)).toList();
        double[] heights =
                ending.stream().mapToDouble(line -> py(last(line).y())).toArray();
        for (int i = 1; i < heights.length; i++) {
            heights[i] = Math.max(heights[i], heights[i - 1] + LINE_HEIGHT);
        }
        double lowest = HEIGHT - BOTTOM + 4;
        for (int i = heights.length - 1; i >= 0; i--) {
            heights[i] = Math.min(heights[i], lowest);
            lowest = heights[i] - LINE_HEIGHT;
        }
        for (int i = 0; i < heights.length; i++) {
            label(out, ending.get(i), "label", WIDTH - right + 8, heights[i] + 3.5);
        }
    }

    private static void label(Markup out, Series line, String look, double x, double y) {
        out.element(
                "text",
                label(line),
                "class",
                look + " s" + line.style() % Figure.STYLES,
                "x",
                number(x),
                "y",
                number(y));
    }

    /** Tells whether there is room for a line's name behind its last point. */
    private boolean endsEarly(Series line) {
        return px(last(line).x()) + 7 + label(line).length() * CHARACTER < WIDTH - right;
    }

    private boolean isDrawn(Series.Point point) {
        return !Double.isNaN(y.at(point.y()));
    }

    private Series.Point last(Series line) {
        return line.points().stream()
                .filter(this::isDrawn)
                .reduce((before, after) -> after)
                .orElseThrow();
    }

    private static String label(Series line) {
        return line.label().length() <= 16 ? line.label() : line.label().substring(0, 15) + "…";
    }

    static String number(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
