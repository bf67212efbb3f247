package org.lsuv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.lsuv.cli.Console.Tone;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.cli.report.JoinVariances;
import org.lsuv.tf.diagnose.ActivationDiagnosis;
import org.lsuv.tf.diagnose.ActivationLaw;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.LayerGradient;
import org.lsuv.tf.diagnose.NonFiniteOrigin;
import org.lsuv.tf.diagnose.PathPoint;
import org.lsuv.tf.diagnose.ResidualBlock;
import org.lsuv.tf.diagnose.SignalStatistics;
import org.lsuv.tf.diagnose.Verdict;

/** Prints a diagnosis: a row a layer, the signal over depth, then a verdict for each failure mode. */
final class DiagnosisText {
    private static final int LINE = 60;

    private final DiagnosisReport report;
    private final DiagnosedJoins joins;
    private final Console console;
    private final boolean verbose;

    DiagnosisText(DiagnosisReport report, DiagnosedJoins joins, Verbosity verbosity, Console console) {
        this.report = report;
        this.joins = joins;
        this.console = console;
        this.verbose = verbosity.isVerbose();
    }

    void print() {
        console.warn(joins.warnings());
        console.note(report.notes());
        console.note(joins.notes());
        console.print(layers().lines(console));
        console.print("");
        if (verbose && !report.residuals().blocks().isEmpty()) {
            console.print(blocks().lines(console));
            console.print("");
        }
        console.print(line());
        console.print(joins.summary());
        console.print("");
        report.nonFinite().stream().skip(1).limit(4).forEach(this::printOrigin);
        report.verdicts().forEach(this::print);
        console.print(String.format(
                Locale.ROOT,
                "%s: %s (%d samples, %s)",
                report.model(),
                report.level().label(),
                report.samples(),
                Numbers.seconds(report.seconds())));
    }

    private Table layers() {
        boolean gradients = !report.gradients().isEmpty();
        Table table = new Table()
                .column("#", Kind.NUMBER)
                .column("layer", Kind.NAME)
                .column("op", Kind.TEXT)
                .column("κ", Kind.NUMBER)
                .column("n", Kind.NUMBER)
                .column("mean", Kind.NUMBER)
                .column("variance", Kind.NUMBER)
                .column("M", Kind.NUMBER)
                .column("cosine", Kind.NUMBER)
                .column("φ", Kind.TEXT)
                .column("dead", Kind.NUMBER);
        if (gradients) {
            table.column("Var ∇z", Kind.NUMBER).column("‖∇W‖/‖W‖", Kind.NUMBER);
        }
        report.layers().forEach(layer -> table.row(row(layer, gradients)));
        return table;
    }

    private List<Cell> row(LayerDiagnosis layer, boolean gradients) {
        SignalStatistics signal = layer.signal();
        SignalStatistics bent = report.activations().stream()
                .filter(found ->
                        found.layer().equals(OptionalInt.of(layer.layer().index())))
                .map(ActivationDiagnosis::signal)
                .findFirst()
                .orElse(signal);
        List<Cell> cells = new ArrayList<>(List.of(
                Cell.of(Integer.toString(layer.layer().index())),
                Cell.of(layer.layer().name()),
                Cell.of(layer.layer().op()),
                Cell.of(Numbers.text(layer.kappa())),
                Cell.of(Long.toString(layer.width())),
                Cell.of(Numbers.text(signal.mean())),
                tone(Numbers.text(signal.variance()), signal.nonFinite() > 0 || signal.isZero()),
                Cell.of(Numbers.text(bent.meanSquare())),
                Cell.of(Numbers.text(signal.cosine())),
                Cell.of(layer.activation().map(ActivationLaw::name).orElse("")),
                tone(Numbers.percent(Math.rint(bent.deadShare() * 1000) / 1000), bent.deadShare() > 0.5)));
        if (gradients) {
            LayerGradient found = report.gradients().stream()
                    .filter(gradient -> gradient.layer() == layer.layer().index())
                    .findFirst()
                    .orElse(new LayerGradient(0, Double.NaN, Double.NaN, 1));
            cells.add(Cell.of(Numbers.text(found.variance())));
            cells.add(Cell.of(Numbers.text(found.ratio())));
        }
        return cells;
    }

    private static Cell tone(String text, boolean bad) {
        return new Cell(text, bad ? Tone.BAD : Tone.PLAIN);
    }

    private Table blocks() {
        boolean confirmed = !joins.found().isEmpty();
        Table table = new Table().column("sum", Kind.NAME).column("layers", Kind.TEXT);
        for (String part : List.of("Var stream", "Var branch", "Var sum")) {
            table.column(part, Kind.NUMBER);
            if (confirmed) {
                table.column("ONNX RT", Kind.NUMBER);
            }
        }
        table.column("g", Kind.NUMBER).column("η", Kind.NUMBER);
        List<ResidualBlock> blocks = report.residuals().blocks();
        for (int i = 0; i < blocks.size(); i++) {
            ResidualBlock block = blocks.get(i);
            List<String> numbers = block.layers().stream().map(String::valueOf).toList();
            List<Cell> cells = new ArrayList<>();
            cells.add(Cell.of(block.name()));
            cells.add(Cell.of(String.join(",", numbers)));
            cells.add(Cell.of(Numbers.text(block.streamVariance())));
            cells.add(Cell.of(Numbers.text(block.branchVariance())));
            cells.add(Cell.of(Numbers.text(block.variance())));
            if (confirmed) {
                JoinVariances found = joins.found().get(i);
                cells.add(3, JoinsText.confirmed(found.stream()));
                cells.add(5, JoinsText.confirmed(found.branch()));
                cells.add(7, JoinsText.confirmed(found.sum()));
            }
            cells.add(Cell.of(Numbers.text(block.gain())));
            cells.add(Cell.of(Numbers.text(block.scale())));
            table.row(cells);
        }
        return table;
    }

    private String line() {
        double[] logs = report.path().points().stream()
                .mapToDouble(PathPoint::logMeanSquare)
                .toArray();
        if (logs.length == 0) {
            return "no way from an input to an output to follow";
        }
        List<PathPoint> points = report.path().points();
        return "log M over depth  " + Numbers.text(points.get(0).signal().meanSquare()) + " "
                + Sparkline.of(logs, LINE) + " "
                + Numbers.text(points.get(points.size() - 1).signal().meanSquare());
    }

    private void printOrigin(NonFiniteOrigin origin) {
        console.print("NaN or Inf also comes from \"" + origin.name() + "\" (" + origin.op() + ")");
    }

    private void print(Verdict verdict) {
        Tone tone = switch (verdict.level()) {
            case FINE -> Tone.GOOD;
            case AT_RISK -> Tone.STRONG;
            case WILL_NOT_START -> Tone.BAD;
        };
        console.print(String.format(
                Locale.ROOT,
                "%s  %s: %s",
                console.coloured(
                        String.format(Locale.ROOT, "%-14s", verdict.level().label()), tone),
                verdict.mode().label(),
                verdict.finding()));
        if (!verdict.advice().isEmpty()) {
            console.print(" ".repeat(16) + "→ " + verdict.advice());
        }
    }
}
