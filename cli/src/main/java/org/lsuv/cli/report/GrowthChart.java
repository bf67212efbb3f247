package org.lsuv.cli.report;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.Growth;
import org.lsuv.tf.diagnose.PathPoint;

/** Draws the slope of ln M with its confidence interval: the first failure mode, one row a run. */
final class GrowthChart {
    private static final double ROW = 58;
    private static final int MOST_STROKES = 2_000;
    private static final double TOP = 8;
    private static final double BOTTOM = 40;
    private static final double LEFT = 8;
    private static final double RIGHT = 8;

    private final List<LabelledRun> runs;
    private final ReportPage page;
    private final Axis axis;
    private final double height;

    private GrowthChart(ReportPage page, List<LabelledRun> runs) {
        this.page = page;
        this.runs = runs;
        double[] all = runs.stream()
                .flatMapToDouble(run -> DoubleStream.concat(ends(run.report().growth()), steps(run.report())))
                .filter(Double::isFinite)
                .toArray();
        double least = DoubleStream.of(all).min().orElse(-1);
        double greatest = DoubleStream.of(all).max().orElse(1);
        this.axis = Axis.linear(least, greatest > least ? greatest : least + 0.1);
        this.height = TOP + runs.size() * ROW + BOTTOM;
    }

    static void render(ReportPage page, Markup out) {
        List<LabelledRun> measured = page.runs().stream()
                .filter(run -> Double.isFinite(run.report().growth().slope()))
                .toList();
        if (!measured.isEmpty()) {
            new GrowthChart(page, measured).draw(out);
        }
    }

    private static DoubleStream ends(Growth growth) {
        return DoubleStream.of(growth.slope(), growth.low(), growth.high(), growth.predictedSlope(), 0);
    }

    /** Returns what ln M changes by a layer, from each point to the next. */
    private static DoubleStream steps(DiagnosisReport report) {
        List<PathPoint> points = report.path().points();
        return IntStream.range(1, points.size())
                .mapToDouble(
                        i -> (points.get(i).logMeanSquare() - points.get(i - 1).logMeanSquare())
                                / (points.get(i).depth() - points.get(i - 1).depth()))
                .filter(Double::isFinite);
    }

    private void draw(Markup out) {
        Figure.open(
                out,
                "growth",
                "Growth a layer",
                "Mean step of ln M from layer to layer, with its interval at 95 %; strokes are single steps. Zero is"
                        + " level; at +0.1 the signal's square doubles every 7 layers. The hollow diamond is what the"
                        + " weights alone predict.",
                Chart.WIDTH,
                height);
        String base = at(height - BOTTOM);
        for (Axis.Tick tick : axis.ticks()) {
            String x = at(place(tick.at()));
            out.empty("line", "class", "grid", "x1", x, "x2", x, "y1", at(TOP), "y2", base);
            out.element("text", tick.label(), "class", "tick middle", "x", x, "y", at(height - BOTTOM + 16));
        }
        String zero = at(place(axis.at(0)));
        out.empty("line", "class", "reference", "x1", zero, "x2", zero, "y1", at(TOP), "y2", base);
        out.element(
                "text",
                "step of ln M a layer",
                "class",
                "axis-title end",
                "x",
                at(Chart.WIDTH - RIGHT),
                "y",
                at(height - 5));
        for (int i = 0; i < runs.size(); i++) {
            row(out, runs.get(i), TOP + i * ROW);
        }
        Figure.close(out);
    }

    private void row(Markup out, LabelledRun run, double top) {
        Growth growth = run.report().growth();
        int style = page.style(page.runs().indexOf(run));
        boolean bounded = Double.isFinite(growth.low()) && Double.isFinite(growth.high());
        String interval = bounded
                ? Figures.signed(growth.slope()) + " (" + Figures.signed(growth.low()) + " to "
                        + Figures.signed(growth.high()) + ")"
                : Figures.signed(growth.slope()) + " (too few steps for an interval)";
        String label = (page.compares() ? run.label() + ": " : "") + interval;
        double y = top + 28;
        out.open("g", "class", "s" + style % Figure.STYLES);
        StringBuilder strokes = new StringBuilder();
        steps(run.report())
                .limit(MOST_STROKES)
                .forEach(step -> strokes.append('M')
                        .append(at(place(axis.at(step))))
                        .append(' ')
                        .append(at(y + 9))
                        .append("v9"));
        out.empty("path", "class", "strokes", "d", strokes.toString());
        out.element("text", label, "class", "label halo", "x", at(LEFT), "y", at(top + 13));
        if (bounded) {
            double low = place(axis.at(growth.low()));
            double high = place(axis.at(growth.high()));
            out.empty(
                    "path",
                    "class",
                    "whisker",
                    "d",
                    "M" + at(low) + " " + at(y - 4) + "v8M" + at(high) + " " + at(y - 4) + "v8M" + at(low) + " " + at(y)
                            + "H" + at(high));
        }
        double predicted = place(axis.at(growth.predictedSlope()));
        if (Double.isFinite(predicted)) {
            out.open("path", "class", "hollow", "d", "M" + at(predicted) + " " + at(y - 5) + "l5 5l-5 5l-5 -5z")
                    .element("title", "predicted: " + Figures.signed(growth.predictedSlope()))
                    .close();
        }
        Figure.mark(
                out,
                style,
                new Figure.Spot(place(axis.at(growth.slope())), y, Figure.SIZE),
                "measured: " + Figures.signed(growth.slope()));
        out.close();
    }

    private static double place(double share) {
        return LEFT + 10 + share * (Chart.WIDTH - LEFT - RIGHT - 20);
    }

    private static String at(double value) {
        return Chart.number(value);
    }
}
