package org.lsuv.cli.report;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.PathPoint;

/** Draws whether samples stay apart: what pooled variance cannot show. */
final class SampleCharts {
    /** Cosines down to this one are those of samples that have nothing to do with each other: they lie at zero. */
    private static final double NOT_ALIKE = -0.05;

    private SampleCharts() {}

    static void render(ReportPage page, Markup out) {
        List<Series> cosines = page.lines(
                Series.Look.LINE,
                report -> points(report, point -> point.signal().cosine()));
        if (cosines.stream().noneMatch(line -> line.points().size() > 1)) {
            return;
        }
        double least = Arrays.stream(Series.values(cosines))
                .filter(Double::isFinite)
                .min()
                .orElse(0);
        new Chart(
                        "cosine",
                        new Chart.Caption(
                                "How alike samples look",
                                "Mean cosine between two samples. At 1 the network gives every sample the same"
                                        + " answer.",
                                "depth in layers",
                                "mean cosine"),
                        Series.counting(cosines),
                        Axis.linear(least < NOT_ALIKE ? least : 0, 1),
                        cosines)
                .render(out);
        List<Series> deviations = page.lines(
                Series.Look.LINE,
                report -> points(report, point -> point.signal().channelStd()));
        new Chart(
                        "channel-std",
                        new Chart.Caption(
                                "What tells samples apart",
                                "Standard deviation over samples at one place, averaged over channels.",
                                "depth in layers",
                                "std over samples"),
                        Series.counting(deviations),
                        Axis.logarithmic(Series.values(deviations)),
                        deviations)
                .render(out);
    }

    /** Returns the points of the way at which samples can be told apart. */
    private static List<Series.Point> points(DiagnosisReport report, ToDoubleFunction<PathPoint> value) {
        return report.path().points().stream()
                .filter(point -> point.signal().samples() > 1)
                .map(point -> new Series.Point(point.depth(), value.applyAsDouble(point), point.name()))
                .toList();
    }
}
