package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import org.lsuv.tf.diagnose.ActivationDiagnosis;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.SignalStatistics;

/** Lists the layers with everything that was measured of each, in a table that sorts. */
final class LayerTable {
    private final ReportPage page;
    private final HealthCheck health;
    private final LayerHistograms histograms;

    private LayerTable(ReportPage page) {
        this.page = page;
        this.health = new HealthCheck(page.report());
        this.histograms = new LayerHistograms(page);
    }

    /**
     * Describes a column of numbers.
     *
     * @param title short
     * @param meaning in full
     * @param value of a layer
     * @param text how it is written
     */
    private record Column(
            String title, String meaning, ToDoubleFunction<LayerDiagnosis> value, DoubleFunction<String> text) {}

    static void render(ReportPage page, Markup out) {
        new LayerTable(page).draw(out);
    }

    private void draw(Markup out) {
        out.open("section", "id", "layers", "aria-labelledby", "layers-title");
        out.element("h2", "Layers", "id", "layers-title");
        out.element(
                "p",
                (page.compares() ? "Measured in the run “" + page.subject().label() + "”. " : "")
                        + "A column's title sorts by it, and sorts the other way when used again. “Values” opens"
                        + " histograms: heights are roots of counts, so that tails show, and the outermost bins hold"
                        + " all beyond.",
                "class",
                "lead");
        Tables.open(out, "Layers in execution order", "layers sortable");
        List<Column> columns = columns();
        out.open("thead").open("tr");
        title(out, "Layer", "its number and name", "text", "ascending");
        title(out, "Health", "what the verdicts are about", "text", "none");
        title(out, "Operator", "the operator in the source", "text", "none");
        columns.forEach(column -> title(out, column.title(), column.meaning(), "number", "none"));
        out.close().close().open("tbody");
        for (LayerDiagnosis layer : page.report().layers()) {
            row(out, layer, columns);
        }
        out.close();
        Tables.close(out);
        legend(out, columns);
        out.closeLine();
    }

    private static void title(Markup out, String title, String meaning, String kind, String sorted) {
        out.open("th", "scope", "col", "class", kind, "aria-sort", sorted);
        out.element("button", title, "type", "button", "title", meaning).close();
    }

    private void row(Markup out, LayerDiagnosis layer, List<Column> columns) {
        Health found = health.of(layer);
        String index = Integer.toString(layer.layer().index());
        out.open("tr", "id", "layer-" + index);
        out.open("th", "scope", "row", "data-v", index).element("span", index, "class", "index");
        out.open("span", "class", "name").name(layer.layer().name()).close();
        histograms.render(layer, out);
        out.close();
        out.open("td", "data-v", Levels.rank(found.level()));
        Levels.chip(out, found.level());
        if (!found.reason().isEmpty()) {
            out.element("span", found.reason(), "class", "reason");
        }
        out.close();
        out.element("td", layer.layer().op());
        for (Column column : columns) {
            double value = column.value().applyAsDouble(layer);
            out.element("td", column.text().apply(value), "class", "number", "data-v", sortable(value));
        }
        out.closeLine();
    }

    /** Returns a number as scripts read it; nothing for NaN. */
    private static String sortable(double value) {
        return Double.isNaN(value)
                ? ""
                : Double.isInfinite(value) ? (value > 0 ? "1e999" : "-1e999") : Float.toString((float) value);
    }

    private static void legend(Markup out, List<Column> columns) {
        out.open("details", "class", "legend").element("summary", "What the columns mean");
        out.open("dl");
        columns.forEach(column -> out.element("dt", column.title()).element("dd", column.meaning()));
        out.close().closeLine();
    }

    private List<Column> columns() {
        List<Column> columns = new ArrayList<>();
        if (page.compares()) {
            for (LabelledRun run : page.runs()) {
                columns.add(new Column(
                        "Var, " + run.label(),
                        "variance of the output z in the run “" + run.label() + "”",
                        layer -> variance(run.report(), layer.layer().index()),
                        Figures::text));
            }
        } else {
            columns.add(signal("Var z", "variance of the output z", SignalStatistics::variance, Figures::text));
        }
        columns.add(signal("Mean z", "mean of z", SignalStatistics::mean, Figures::text));
        columns.add(signal("M", "mean over samples of ‖z‖²/n", SignalStatistics::meanSquare, Figures::text));
        columns.add(signal("Kurtosis", "of z: 3 for a normal law", SignalStatistics::kurtosis, Figures::text));
        columns.add(signal("Cosine", "mean cosine between two samples", SignalStatistics::cosine, Figures::text));
        columns.add(signal(
                "Std, samples",
                "standard deviation over samples at one place",
                SignalStatistics::channelStd,
                Figures::text));
        columns.add(unit("Zero", "zeros behind the non-linearity", SignalStatistics::zeroShare));
        columns.add(unit("Dead", "units that are zero for every sample", SignalStatistics::deadShare));
        columns.add(unit("Saturated", "values at a bound of the non-linearity", SignalStatistics::saturatedShare));
        columns.add(signal(
                "fp16 room",
                "how many times the greatest value can double before it leaves float16",
                SignalStatistics::halfHeadroom,
                Figures::text));
        columns.add(new Column(
                "κ",
                "Var(W)·fan-in·E[φ(z)²]/σ²: what the weights multiply M by in the mean",
                LayerDiagnosis::kappa,
                Figures::text));
        columns.add(new Column("Var W", "mean square of the weight", LayerDiagnosis::weightVariance, Figures::text));
        columns.add(
                new Column("Fan-in", "weights that one output sums over", LayerDiagnosis::fanIn, LayerTable::count));
        columns.add(new Column(
                "n", "output channels times positions of the kernel", layer -> layer.width(), LayerTable::count));
        columns.add(
                new Column("Depth", "layers on the longest way up to it", LayerDiagnosis::depth, LayerTable::count));
        return columns;
    }

    private static Column signal(
            String title, String meaning, ToDoubleFunction<SignalStatistics> value, DoubleFunction<String> text) {
        return new Column(title, meaning, layer -> value.applyAsDouble(layer.signal()), text);
    }

    private Column unit(String title, String meaning, ToDoubleFunction<SignalStatistics> value) {
        return new Column(
                title,
                meaning,
                layer -> {
                    Optional<ActivationDiagnosis> found = health.activation(layer);
                    return found.isEmpty()
                            ? Double.NaN
                            : value.applyAsDouble(found.get().signal());
                },
                Figures::percent);
    }

    private static double variance(DiagnosisReport report, int index) {
        return report.layers().stream()
                .filter(layer -> layer.layer().index() == index)
                .mapToDouble(layer -> layer.signal().variance())
                .findFirst()
                .orElse(Double.NaN);
    }

    private static String count(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Figures.text(value);
    }
}
