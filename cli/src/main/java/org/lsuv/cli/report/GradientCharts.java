package org.lsuv.cli.report;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.LayerGradient;

/** Draws what comes back to each layer, where gradients were asked for. */
final class GradientCharts {
    private GradientCharts() {}

    static void render(ReportPage page, Markup out) {
        if (page.report().gradients().isEmpty()) {
            return;
        }
        chart(
                page,
                out,
                "gradient",
                new Chart.Caption(
                        "Signal that comes back",
                        "Mean square of the gradient at each layer's output.",
                        "layer, in execution order",
                        "mean square"),
                LayerGradient::variance);
        chart(
                page,
                out,
                "update",
                new Chart.Caption(
                        "Update against weight",
                        "‖∇W‖/‖W‖: times the learning rate, what one step changes. Layers far apart cannot share a"
                                + " learning rate.",
                        "layer, in execution order",
                        "‖∇W‖/‖W‖"),
                LayerGradient::ratio);
    }

    private static void chart(
            ReportPage page, Markup out, String id, Chart.Caption caption, ToDoubleFunction<LayerGradient> value) {
        List<Series> lines = page.lines(Series.Look.LINE, report -> points(report, value));
        new Chart(id, caption, Series.counting(lines), Axis.logarithmic(Series.values(lines)), lines).render(out);
    }

    private static List<Series.Point> points(DiagnosisReport report, ToDoubleFunction<LayerGradient> value) {
        return report.gradients().stream()
                .map(found -> new Series.Point(found.layer(), value.applyAsDouble(found), "layer " + found.layer()))
                .toList();
    }
}
