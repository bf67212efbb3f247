package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.lsuv.tf.diagnose.ActivationDiagnosis;
import org.lsuv.tf.diagnose.DiagnosisReport;

/** Draws which share of units does nothing: zero values, units dead for all samples, values at a bound. */
final class ShareCharts {
    private static final List<Share> SHARES = List.of(
            new Share(
                    "zeros",
                    "Zero values",
                    "Share of zeros behind each non-linearity; half of them is usual for" + " ReLU.",
                    found -> found.signal().zeroShare()),
            new Share(
                    "dead",
                    "Dead units",
                    "Share of units that are zero for every sample: nothing comes back through" + " them.",
                    found -> found.signal().deadShare()),
            new Share(
                    "saturated",
                    "Saturated values",
                    "Share of values at a bound of their non-linearity, where its" + " slope is almost zero.",
                    found -> found.signal().saturatedShare()));

    private ShareCharts() {}

    private record Share(String id, String title, String sentence, ToDoubleFunction<ActivationDiagnosis> value) {}

    static void render(ReportPage page, Markup out) {
        if (page.report().activations().size() < 2) {
            return;
        }
        List<Share> present = SHARES.stream()
                .filter(share ->
                        Arrays.stream(Series.values(lines(page, share))).anyMatch(value -> value > 0))
                .toList();
        if (page.compares()) {
            for (Share share : present) {
                chart(share.id(), share.title(), share.sentence(), lines(page, share), out);
            }
        } else if (!present.isEmpty()) {
            List<Series> lines = new ArrayList<>();
            for (Share share : present) {
                lines.add(
                        new Series(share.id(), SHARES.indexOf(share), Series.Look.LINE, points(page.report(), share)));
            }
            chart(
                    "shares",
                    "Units that do nothing",
                    "Behind each non-linearity: values that are zero, units that are zero for every sample, values at"
                            + " a bound. What is not drawn does not occur.",
                    lines,
                    out);
        }
    }

    private static void chart(String id, String title, String sentence, List<Series> lines, Markup out) {
        List<Series> percent = lines.stream()
                .map(line -> new Series(
                        line.label(),
                        line.style(),
                        line.look(),
                        line.points().stream()
                                .map(point -> new Series.Point(point.x(), 100 * point.y(), point.name()))
                                .toList()))
                .toList();
        new Chart(
                        id,
                        new Chart.Caption(title, sentence, "non-linearity, in execution order", "%"),
                        Series.counting(percent),
                        Axis.linear(0, 100),
                        percent)
                .render(out);
    }

    private static List<Series> lines(ReportPage page, Share share) {
        return page.lines(Series.Look.LINE, report -> points(report, share));
    }

    private static List<Series.Point> points(DiagnosisReport report, Share share) {
        List<Series.Point> points = new ArrayList<>();
        for (ActivationDiagnosis activation : report.activations()) {
            points.add(
                    new Series.Point(points.size() + 1.0, share.value().applyAsDouble(activation), activation.name()));
        }
        return points;
    }
}
