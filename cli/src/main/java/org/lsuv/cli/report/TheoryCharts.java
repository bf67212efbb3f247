package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.lsuv.tf.theory.TheoryCurve;
import org.lsuv.tf.theory.TheoryFigures;
import org.lsuv.tf.theory.TheoryPoint;

/** Draws the curves of the theory: closed forms as lines, what was measured as marks and bands. */
final class TheoryCharts {
    private TheoryCharts() {}

    static void render(TheoryPage page, Markup out) {
        draw(
                "lengths",
                new Chart.Caption(
                        "Length over depth",
                        "M keeps its length where weights have He's variance, 2/fan-in, whatever their law. All else"
                                + " doubles or halves it at each layer, or loses a quarter of it where a normal law is"
                                + " truncated and not corrected. Glorot and LeCun are one law where all layers have as"
                                + " many units, here " + TheoryFigures.WIDTH
                                + ". Hanin and Rolnick's Figure 1a, first failure mode: E[M_d] = ∏ Var(W)·n/2.",
                        "layer",
                        "M"),
                page.lengths(),
                Axis.counting(0, last(page.lengths())),
                "layer ",
                out);
        draw(
                "variances",
                new Chart.Caption(
                        "Variance over layers",
                        "Even with He's variance M wanders from layer to layer, and by how much β = Σ1/n decides, not"
                                + " depth nor width alone: networks of n units a layer lie close together. What is"
                                + " expected grows as e^(5β)/(5β); most networks stay far below. Keep β under ½: make"
                                + " layers wider where there are more. Hanin and Rolnick's second failure mode:"
                                + " E[M_d²] = ∏ (1 + 5/n).",
                        "β",
                        "variance of M over layers"),
                page.variances(),
                Axis.linear(0, last(page.variances())),
                "β = ",
                out);
        draw(
                "residuals",
                new Chart.Caption(
                        "Residual networks",
                        "M at the end of L blocks x + η·N(x), each of two layers of He's variance. Branches as they are"
                                + " triple it at each block, which leaves the chart; shares of 1/√L or a shrinking η"
                                + " keep it bounded at any depth, and 1/L lets it be. Hanin and Rolnick on residual"
                                + " networks; with branches that end linearly, E[M_L] = ∏ (1 + 2η²).",
                        "blocks L",
                        "M at the end"),
                page.residuals(),
                Axis.counting(1, last(page.residuals())),
                "L = ",
                out);
    }

    private static double last(List<TheoryCurve> curves) {
        return curves.stream()
                .flatMap(curve -> curve.points().stream())
                .mapToDouble(TheoryPoint::x)
                .max()
                .orElse(1);
    }

    private static void draw(
            String id, Chart.Caption caption, List<TheoryCurve> curves, Axis x, String name, Markup out) {
        List<Series> lines = new ArrayList<>();
        List<Band> bands = new ArrayList<>();
        for (int i = 0; i < curves.size(); i++) {
            List<TheoryPoint> points = curves.get(i).points();
            lines.add(new Series("", i, Series.Look.THIN, points(points, TheoryPoint::closed, name)));
            lines.add(new Series(curves.get(i).label(), i, Series.Look.MARKS, points(points, TheoryPoint::mean, name)));
            bands.add(new Band(
                    i,
                    points.stream()
                            .map(point -> new Band.Stretch(point.x(), point.lower(), point.median(), point.upper()))
                            .toList()));
        }
        double[] heights = curves.stream()
                .flatMap(curve -> curve.points().stream())
                .flatMapToDouble(point -> DoubleStream.of(point.closed(), point.mean(), point.lower(), point.upper()))
                .toArray();
        Chart chart = new Chart(id, caption, x, Axis.logarithmic(heights), lines);
        bands.forEach(chart::band);
        chart.render(out);
    }

    private static List<Series.Point> points(
            List<TheoryPoint> points, ToDoubleFunction<TheoryPoint> value, String name) {
        return points.stream()
                .map(point -> new Series.Point(point.x(), value.applyAsDouble(point), name + Figures.tick(point.x())))
                .toList();
    }
}
