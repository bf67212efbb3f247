package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.PathPoint;

/** Draws how large the signal is over depth. */
final class SignalCharts {
    private SignalCharts() {}

    static void render(ReportPage page, Markup out) {
        variance(page, out);
        length(page, out);
    }

    private static void variance(ReportPage page, Markup out) {
        List<Series> lines = page.lines(
                Series.Look.LINE,
                report -> report.layers().stream()
                        .map(layer -> new Series.Point(
                                layer.layer().index(),
                                layer.signal().variance(),
                                layer.layer().name()))
                        .toList());
        new Chart(
                        "variance",
                        new Chart.Caption(
                                "Variance of each layer",
                                "At the layer's output, before the non-linearity. Level is good; a slope is growth or"
                                        + " decay that depth multiplies.",
                                "layer, in execution order",
                                "variance"),
                        Series.counting(lines),
                        Axis.logarithmic(Series.values(lines)),
                        lines)
                .reference(1, "")
                .render(out);
    }

    private static void length(ReportPage page, Markup out) {
        List<Series> lines = new ArrayList<>(page.lines(
                Series.Look.LINE,
                report -> report.path().points().stream()
                        .map(point ->
                                new Series.Point(point.depth(), point.signal().meanSquare(), point.name()))
                        .toList()));
        if (lines.stream().allMatch(line -> line.points().size() < 2)) {
            return;
        }
        String sentence = "Mean squared activation M along "
                + switch (page.report().path().kind()) {
                    case TRUNK -> "what every way through the network passes.";
                    case LONGEST -> "the way with the most layers.";
                };
        List<Series.Point> predicted = page.compares() ? List.of() : predicted(page.report());
        if (predicted.size() > 1) {
            lines.set(
                    0, new Series("measured", 1, Series.Look.LINE, lines.get(0).points()));
            lines.add(new Series("predicted", 0, Series.Look.THIN, predicted));
            boolean whole = predicted.size() == page.report().path().points().size();
            sentence += " Predicted: M at the input times ∏κ, from the weights alone"
                    + (whole ? "." : ", which know nothing of M behind the first normalisation.");
        }
        new Chart(
                        "length",
                        new Chart.Caption("Length of the signal", sentence, "depth in layers", "M"),
                        Series.counting(lines),
                        Axis.logarithmic(Series.values(lines)),
                        lines)
                .render(out);
    }

    /** Returns what the weights predict, up to where a normalisation sets a new scale that they do not know. */
    private static List<Series.Point> predicted(DiagnosisReport report) {
        List<Series.Point> predicted = new ArrayList<>();
        for (PathPoint point : report.path().points()) {
            if (point.normalised()) {
                break;
            }
            double first = report.path().points().get(0).logMeanSquare();
            predicted.add(new Series.Point(point.depth(), Math.exp(first + point.predicted()), point.name()));
        }
        return predicted;
    }
}
