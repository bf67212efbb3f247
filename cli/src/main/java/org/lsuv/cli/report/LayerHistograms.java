package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.lsuv.tf.diagnose.ActivationDiagnosis;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.Histogram;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.SignalStatistics;

/**
 * Draws the values of a layer and of its non-linearity, before and after in one picture, behind a summary that
 * opens it: a layer costs a few kilobytes, so that pages of thousands of layers stay light.
 */
final class LayerHistograms {
    private static final int WIDTH = 220;
    private static final int HEIGHT = 60;
    private static final int LABELS = 14;

    private final ReportPage page;

    LayerHistograms(ReportPage page) {
        this.page = page;
    }

    private record Curve(String label, int style, Histogram histogram) {}

    void render(LayerDiagnosis layer, Markup out) {
        int index = layer.layer().index();
        List<Curve> output = curves(index, false);
        List<Curve> activation = curves(index, true);
        if (output.isEmpty()) {
            return;
        }
        out.open("details", "class", "histogram").element("summary", "values");
        draw("z, the output", layer.layer().name(), output, out);
        if (!activation.isEmpty()) {
            draw("behind the non-linearity", layer.layer().name(), activation, out);
        }
        out.close();
    }

    /** Returns what is known of one value in the runs before and after, or in the only run. */
    private List<Curve> curves(int index, boolean activation) {
        List<Curve> curves = new ArrayList<>();
        for (int i = 0; i < Math.min(2, page.runs().size()); i++) {
            LabelledRun run = page.runs().get(i);
            int style = page.style(i);
            Optional<SignalStatistics> found =
                    activation ? activation(run.report(), index) : output(run.report(), index);
            found.map(SignalStatistics::histogram)
                    .ifPresent(histogram -> curves.add(new Curve(run.label(), style, histogram)));
        }
        return curves;
    }

    private static Optional<SignalStatistics> output(DiagnosisReport report, int index) {
        return report.layers().stream()
                .filter(found -> found.layer().index() == index)
                .map(LayerDiagnosis::signal)
                .filter(signal -> Objects.nonNull(signal.histogram()))
                .findFirst();
    }

    private static Optional<SignalStatistics> activation(DiagnosisReport report, int index) {
        return report.activations().stream()
                .filter(found -> found.layer().orElse(-1) == index)
                .map(ActivationDiagnosis::signal)
                .filter(signal -> Objects.nonNull(signal.histogram()))
                .findFirst();
    }

    private void draw(String what, String layer, List<Curve> curves, Markup out) {
        double low = curves.stream()
                .mapToDouble(curve -> curve.histogram().edge(0))
                .min()
                .orElseThrow();
        double high = curves.stream()
                .mapToDouble(curve -> curve.histogram().edge(Histogram.BINS))
                .max()
                .orElseThrow();
        String range = "from " + Figures.text(low) + " to " + Figures.text(high);
        out.open("figure").element("figcaption", what);
        out.open(
                "svg",
                "viewBox",
                "0 0 " + WIDTH + " " + (HEIGHT + LABELS),
                "role",
                "img",
                "aria-label",
                "Histogram of " + what + " of " + layer + ", " + range);
        out.empty("path", "class", "axis", "d", "M0 " + HEIGHT + "H" + WIDTH);
        for (Curve curve : curves) {
            out.open("g", "class", "s" + curve.style());
            out.element("title", curve.label());
            out.empty("path", "class", "line", "d", steps(curve.histogram(), low, high))
                    .close();
        }
        int base = HEIGHT + LABELS - 2;
        out.element("text", Figures.text(low), "x", "0", "y", Integer.toString(base));
        out.element(
                "text", Figures.text(high), "class", "end", "x", Integer.toString(WIDTH), "y", Integer.toString(base));
        out.close().close();
    }

    /** Heights go with the root of counts, those of the highest bin are the same for all: tails stay visible. */
    private static String steps(Histogram histogram, double low, double high) {
        double most =
                histogram.counts().stream().mapToLong(Long::longValue).max().orElse(1);
        StringBuilder path = new StringBuilder("M" + x(histogram.edge(0), low, high) + " " + HEIGHT);
        int last = HEIGHT;
        for (int bin = 0; bin < Histogram.BINS; bin++) {
            int y = (int) Math.round(HEIGHT * (1 - Math.sqrt(histogram.counts().get(bin) / most)));
            if (y != last) {
                path.append('V').append(y);
                last = y;
            }
            path.append('H').append(x(histogram.edge(bin + 1), low, high));
        }
        return path.append('V').append(HEIGHT).toString();
    }

    private static String x(double value, double low, double high) {
        double place = Math.round(10 * WIDTH * (value - low) / (high - low)) / 10.0;
        return place == Math.rint(place) ? Long.toString((long) place) : Double.toString(place);
    }
}
