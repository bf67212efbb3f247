package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.BatchPieces;
import org.lsuv.tf.compare.CheckReport;
import org.lsuv.tf.compare.GraphCheck;
import org.lsuv.tf.compare.RandomInputs;
import org.lsuv.tf.compare.ValueDifference;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.SavedModelNetwork;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares the imported graph with ONNX Runtime, value by value. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        versionProvider = Version.class,
        description =
                "Compare every value of the graph in TensorFlow with ONNX Runtime; name the first node that differs."
                        + " Of a SavedModel, that is every value that its export to ONNX has, too.",
        sortOptions = false)
final class CheckCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            paramLabel = "MODEL",
            description = "The ONNX file, or the folder of a SavedModel, which is exported in memory.")
    private Path file = Path.of("");

    @Mixin
    private SourceOptions sources = new SourceOptions();

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Seed of the inputs that are drawn where no data is given (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Mixin
    private Verbosity verbosity = new Verbosity();

    CheckCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        data.check();
        device.check();
        verbosity.check();
        CheckReport report = compare(sources.read(file));
        if (!verbosity.isQuiet()) {
            print(report);
        }
        return (report.first().isEmpty() ? ExitCode.OK : ExitCode.FLAGGED).code();
    }

    private CheckReport compare(Network network) throws IOException {
        try {
            if (network instanceof SavedModelNetwork saved) {
                return GraphCheck.export(saved.kernels().model(), inputs(network), device.tensorFlow());
            }
            // Weights that nodes generate would be drawn anew by each engine.
            OnnxModel prepared = PreparedWeights.prepare(network.onnx(), TieRule.KEEP, seed);
            return GraphCheck.run(prepared, inputs(network), device.tensorFlow());
        } catch (UnsupportedModelException problem) {
            throw problem.in(network.label());
        }
    }

    private Map<String, OnnxTensor> inputs(Network network) throws IOException {
        if (!data.isGiven()) {
            return RandomInputs.of(network.inputs(), seed);
        }
        DataBatch batch = data.bind(network.label(), network.inputs());
        BatchPieces pieces = BatchPieces.of(network.label(), network.inputs(), batch, data.batchSize());
        if (pieces.pieces().size() > 1 && !verbosity.isQuiet()) {
            console.note(List.of("the first of " + pieces.pieces().size() + " pieces of the batch is compared"));
        }
        return pieces.pieces().get(0);
    }

    private void print(CheckReport report) {
        if (verbosity.isVerbose()) {
            console.note(report.notes());
            console.note(report.skipped());
        }
        List<ValueDifference> different =
                report.values().stream().filter(value -> !value.agrees()).toList();
        List<ValueDifference> shown = verbosity.isVerbose() ? report.values() : different;
        if (!shown.isEmpty()) {
            console.print(table(shown).lines(console));
            console.print("");
        }
        List<String> summary = new ArrayList<>();
        int all = report.values().size();
        summary.add((all - different.size()) + " of " + all + " values agree with ONNX Runtime; the largest error is "
                + Numbers.text(report.worst()) + " of the value's magnitude");
        if (!report.skipped().isEmpty()) {
            summary.add(report.skipped().size() + " could not be compared (--verbose lists them)");
        }
        report.first()
                .ifPresent(first -> summary.add("first difference: "
                        + first.maker().description() + ": value \"" + first.value() + "\": " + first.detail()));
        console.print(summary);
    }

    private static Table table(List<ValueDifference> values) {
        Table table = new Table()
                .column("value", Kind.NAME)
                .column("node", Kind.NAME)
                .column("op", Kind.TEXT)
                .column("error", Kind.NUMBER)
                .column("", Kind.TEXT);
        for (ValueDifference value : values) {
            table.row(List.of(
                    Cell.of(value.value()),
                    Cell.of(value.maker().name()),
                    Cell.of(value.maker().operator()),
                    Cell.of(Numbers.text(value.error())),
                    value.agrees() ? new Cell("ok", Console.Tone.GOOD) : new Cell("differs", Console.Tone.BAD)));
        }
        return table;
    }
}
