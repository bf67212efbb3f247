package org.lsuv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.lsuv.cli.Console.Tone;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.cli.Timings.Phase;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.tf.init.JoinResult;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LayerResult.Status;
import org.lsuv.tf.init.LsuvReport;

/** Prints what a run found: a row a layer, then what a user must know. */
final class OutcomeText {
    private final Outcome outcome;
    private final Console console;
    private final boolean verbose;
    private final boolean verified;

    OutcomeText(Outcome outcome, Verbosity verbosity, Console console) {
        this.outcome = outcome;
        this.console = console;
        this.verbose = verbosity.isVerbose();
        this.verified = outcome.check().verification().isPresent();
    }

    void print() {
        console.warn(outcome.warnings());
        if (verbose) {
            console.note(outcome.notes());
        }
        console.print("variance of each layer's output, "
                + (verified ? "in TensorFlow and ONNX Runtime" : "in TensorFlow") + ":");
        console.print(table().lines(console));
        console.print("");
        if (!outcome.report().joins().isEmpty()) {
            console.print("variance at each residual join, and what it brings as a share of the stream's:");
            console.print(JoinsText.table(outcome).lines(console));
            console.print("");
        }
        outcome.report().layers().stream()
                .filter(layer -> layer.status() == Status.FLAGGED)
                .forEach(layer -> console.print(console.coloured("flagged", Tone.BAD) + " \""
                        + layer.layer().name() + "\": " + layer.reason()));
        outcome.report().joins().stream()
                .filter(join -> join.status() == Status.FLAGGED)
                .forEach(join -> console.print(console.coloured("flagged", Tone.BAD) + " join \""
                        + join.join().name() + "\": " + join.reason()));
        console.print(summary());
        if (verbose) {
            console.print(timings());
        }
    }

    private Table table() {
        Table table =
                new Table().column("#", Kind.NUMBER).column("layer", Kind.NAME).column("op", Kind.TEXT);
        if (verbose) {
            table.column("weight", Kind.NAME).column("shape", Kind.TEXT).column("passes", Kind.NUMBER);
        }
        table.column("before", Kind.NUMBER).column("scale", Kind.NUMBER).column("after", Kind.NUMBER);
        if (verified) {
            table.column("ONNX RT", Kind.NUMBER);
        }
        if (verbose) {
            table.column("mean", Kind.NUMBER);
        }
        table.column("", Kind.TEXT);
        outcome.report().layers().forEach(layer -> table.row(row(layer)));
        return table;
    }

    private List<Cell> row(LayerResult result) {
        List<Cell> cells = new ArrayList<>();
        cells.add(Cell.of(Integer.toString(result.layer().index())));
        cells.add(Cell.of(result.layer().name()));
        cells.add(Cell.of(result.layer().op()));
        if (verbose) {
            cells.add(Cell.of(result.layer().weight().source()));
            cells.add(Cell.of(LayerListing.shape(result.layer().weight().operandShape())));
            cells.add(Cell.of(Integer.toString(result.iterations())));
        }
        cells.add(range(result.varianceBefore(), result, LayerResult.Part::varianceBefore));
        cells.add(range(result.scale(), result, LayerResult.Part::scale));
        cells.add(range(result.variance(), result, LayerResult.Part::variance));
        if (verified) {
            cells.add(Cell.of(outcome.check()
                    .of(result, outcome.report())
                    .map(layer -> PartsText.variance(
                            layer.statistics().variance(),
                            layer.parts().stream()
                                    .map(ValueStatistics::variance)
                                    .toList()))
                    .orElse(Numbers.text(Double.NaN))));
        }
        if (verbose) {
            cells.add(Cell.of(Numbers.text(result.mean())));
        }
        cells.add(status(result.status(), outcome.isTied(result) ? ", tied" : ""));
        return cells;
    }

    private static Cell range(double whole, LayerResult result, ToDoubleFunction<LayerResult.Part> number) {
        return Cell.of(PartsText.variance(
                whole, result.parts().stream().map(number::applyAsDouble).toList()));
    }

    static Cell status(Status status, String remark) {
        return switch (status) {
            case CONVERGED -> new Cell("ok" + remark, Tone.GOOD);
            case FLAGGED -> new Cell("flagged", Tone.BAD);
            case ZEROED -> new Cell("zeroed", Tone.FAINT);
            case MEASURED -> new Cell("measured", Tone.FAINT);
            case SKIPPED -> new Cell("skipped", Tone.FAINT);
        };
    }

    private List<String> summary() {
        List<String> lines = new ArrayList<>();
        long flagged = outcome.count(Status.FLAGGED);
        long zeroed = outcome.count(Status.ZEROED);
        long skipped = outcome.count(Status.SKIPPED);
        lines.add(outcome.count(Status.CONVERGED) + " of "
                + outcome.report().layers().size() + " layers "
                + outcome.options().target().text() + (flagged == 0 ? "" : ", " + flagged + " flagged")
                + (zeroed == 0 ? "" : ", " + zeroed + " zeroed")
                + (skipped == 0 ? "" : ", " + skipped + " skipped"));
        List<JoinResult> joins = outcome.report().joins();
        if (!joins.isEmpty()) {
            double growth = joins.get(joins.size() - 1).sum() / joins.get(0).stream();
            lines.add(joins.size() + " residual joins: the last sum has " + Numbers.text(growth)
                    + " times the variance of the first stream");
        }
        if (outcome.report().layers().stream().anyMatch(outcome::isTied)) {
            lines.add("tied layers have one weight: the target holds for their outputs together");
        }
        if (verified) {
            lines.add("ONNX Runtime: variance at most " + Numbers.text(outcome.maxError()) + " off target");
            OrtCheck check = outcome.check();
            lines.addAll(JoinsText.confirmed(check.joins().size(), check.joinsNotMeasured(), check.maxJoinDeviation()));
        } else {
            lines.add("not verified in ONNX Runtime: " + outcome.check().reason());
        }
        int rest = outcome.loaded().notInitialised().size();
        if (rest > 0) {
            lines.add(
                    rest == 1
                            ? "one other stored weight stays as it is: lsuv-init inspect says why"
                            : rest + " other stored weights stay as they are: lsuv-init inspect says why");
        }
        String took = Numbers.seconds(outcome.timings().total()) + ", "
                + outcome.report().forwardPasses() + " forward passes";
        lines.add(
                outcome.dryRun()
                        ? "dry run: nothing written (" + took + ")"
                        : "wrote " + outcome.target().path() + " (" + took + ")");
        outcome.weights().ifPresent(weights -> lines.addAll(WeightsText.lines(weights, outcome.dryRun())));
        return lines;
    }

    private String timings() {
        LsuvReport report = outcome.report();
        Timings timings = outcome.timings();
        List<String> parts = new ArrayList<>();
        add(parts, "read", timings.of(Phase.READ));
        add(parts, "import", timings.of(Phase.IMPORT));
        add(parts, "weights", report.secondsWeights());
        add(parts, "scaling", report.secondsScaling());
        add(parts, "measuring", report.secondsMeasuring());
        add(parts, "write", timings.of(Phase.WRITE));
        add(parts, "verify", timings.of(Phase.VERIFY));
        add(parts, "one plain pass in ONNX Runtime", timings.ortForward());
        return "time: " + String.join(", ", parts);
    }

    private static void add(List<String> parts, String name, double seconds) {
        if (!Double.isNaN(seconds)) {
            parts.add(name + " " + Numbers.seconds(seconds));
        }
    }
}
