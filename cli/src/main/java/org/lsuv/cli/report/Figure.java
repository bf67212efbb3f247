package org.lsuv.cli.report;

/** Writes the frame that all charts share, and the marks by which lines differ without colours. */
final class Figure {
    /** How many lines can be told apart; the style sheet has as many. */
    static final int STYLES = 6;

    /** Half the width of a mark where there is room. */
    static final double SIZE = 2.6;

    private Figure() {}

    static void open(Markup out, String id, String title, String sentence, double width, double height) {
        out.open("figure", "class", "chart", "id", id);
        out.open("figcaption");
        out.element("h3", title, "id", id + "-title");
        out.element("p", sentence, "id", id + "-text");
        out.close();
        out.open(
                "svg",
                "viewBox",
                "0 0 " + Chart.number(width) + " " + Chart.number(height),
                "role",
                "img",
                "aria-labelledby",
                id + "-svg-title",
                "aria-describedby",
                id + "-svg-desc");
        out.element("title", title, "id", id + "-svg-title");
        out.element("desc", sentence, "id", id + "-svg-desc");
    }

    static void close(Markup out) {
        out.close().closeLine();
    }

    /**
     * Says where a mark is.
     *
     * @param size half its width
     */
    record Spot(double x, double y, double size) {}

    /** Draws a mark that says its value where the pointer rests. */
    static void mark(Markup out, int style, Spot at, String title) {
        String tag = style % STYLES == 0 ? "circle" : "path";
        if (style % STYLES == 0) {
            out.open(tag, "class", "mark", "cx", at(at.x()), "cy", at(at.y()), "r", at(at.size()));
        } else {
            out.open(tag, "class", "mark", "d", shape(style % STYLES, at.x(), at.y(), at.size()));
        }
        out.element("title", title).close();
    }

    private static String shape(int style, double x, double y, double r) {
        return switch (style) {
            case 1 -> "M" + at(x - r) + " " + at(y - r) + "h" + at(2 * r) + "v" + at(2 * r) + "h" + at(-2 * r) + "z";
            case 2 ->
                "M" + at(x) + " " + at(y - 1.4 * r) + "l" + at(1.3 * r) + " " + at(2.3 * r) + "h" + at(-2.6 * r) + "z";
            case 3 ->
                "M" + at(x) + " " + at(y - 1.4 * r) + "l" + at(1.4 * r) + " " + at(1.4 * r) + "l" + at(-1.4 * r) + " "
                        + at(1.4 * r) + "l" + at(-1.4 * r) + " " + at(-1.4 * r) + "z";
            case 4 ->
                "M" + at(x) + " " + at(y + 1.4 * r) + "l" + at(1.3 * r) + " " + at(-2.3 * r) + "h" + at(-2.6 * r) + "z";
            default ->
                "M" + at(x - r) + " " + at(y - 0.4 * r) + "h" + at(2 * r) + "v" + at(0.8 * r) + "h" + at(-2 * r) + "z";
        };
    }

    /** Marks, at the edge of a chart, a value that has no place in it. */
    static void edgeMark(Markup out, boolean zero, double x, double y, String title) {
        String path = zero
                ? "M" + at(x - 3) + " " + at(y - 5) + "h6l-3 5z"
                : "M" + at(x - 3) + " " + at(y - 3) + "l6 6m0 -6l-6 6";
        out.open("path", "class", "edge", "d", path).element("title", title).close();
    }

    private static String at(double value) {
        return Chart.number(value);
    }
}
