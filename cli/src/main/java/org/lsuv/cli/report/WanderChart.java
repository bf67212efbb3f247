package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.SignalPath;

/** Draws what each layer adds to β = Σ 1/n: the second failure mode, which the shape of the network decides alone. */
final class WanderChart {
    private static final double BOUND = 0.5;

    private WanderChart() {}

    static void render(ReportPage page, Markup out) {
        DiagnosisReport report = page.report();
        List<LayerDiagnosis> counted = counted(report);
        if (!(report.wander().beta() > 0) || counted.size() < 2) {
            return;
        }
        List<Series.Point> sums = sums(counted);
        double greatest = sums.stream().mapToDouble(Series.Point::y).max().orElse(0);
        // The way may differ from the trunk that is seen from here: then its sum is not to be had, but its terms are.
        boolean complete = Math.abs(greatest - report.wander().beta()) <= 1e-9 * greatest;
        List<Series> lines = new ArrayList<>();
        if (complete) {
            lines.add(new Series("β so far", 1, Series.Look.STEPS, sums));
        }
        lines.add(new Series(
                "1/n",
                0,
                Series.Look.MARKS,
                counted.stream().map(layer -> point(layer, 1.0 / layer.width())).toList()));
        double top = Math.max(
                Arrays.stream(Series.values(lines)).max().orElse(0),
                complete ? 0 : report.wander().beta());
        Chart chart = new Chart(
                "wander",
                new Chart.Caption(
                        "What narrow layers add up to",
                        "β = Σ 1/n = " + Figures.text(report.wander().beta()) + " over the layers in a row where it is"
                                + " greatest. By that, ln M differs with a standard deviation of "
                                + Figures.text(
                                        Math.sqrt(Math.log(report.wander().predicted())))
                                + " from one draw of weights to another.",
                        "layer, in execution order",
                        complete ? "β" : "1/n"),
                Series.counting(lines),
                Axis.linear(0, top),
                lines);
        if (complete) {
            chart.reference(BOUND, "β = ½");
        }
        chart.render(out);
    }

    /** Returns the layers that let M wander: those of the trunk whose output is bent, all where nothing is. */
    private static List<LayerDiagnosis> counted(DiagnosisReport report) {
        boolean bends =
                report.layers().stream().anyMatch(layer -> layer.activation().isPresent());
        return report.layers().stream()
                .filter(layer -> layer.onTrunk() || report.path().kind() == SignalPath.Kind.LONGEST)
                .filter(layer -> layer.activation().isPresent() || !bends)
                .toList();
    }

    /** Returns β from the last normalisation on, layer by layer. */
    private static List<Series.Point> sums(List<LayerDiagnosis> layers) {
        List<Series.Point> sums = new ArrayList<>();
        double sum = 0;
        for (LayerDiagnosis layer : layers) {
            sum += 1.0 / layer.width();
            sums.add(point(layer, sum));
            sum = layer.normalised() ? 0 : sum;
        }
        return sums;
    }

    private static Series.Point point(LayerDiagnosis layer, double y) {
        return new Series.Point(layer.layer().index(), y, layer.layer().name());
    }
}
