package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.lsuv.cli.Table.Cell;
import org.lsuv.cli.Table.Kind;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.measured.MeasuredModel;
import org.lsuv.onnx.runtime.BatchPieces;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.layers.TfLayers;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.SavedModelNetwork;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Measures the layers of any model in ONNX Runtime. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        versionProvider = Version.class,
        description =
                "Measure mean and variance of every layer's output in ONNX Runtime; TensorFlow has no part in it.",
        sortOptions = false)
final class VerifyCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(
            paramLabel = "MODEL",
            description = "The ONNX file, or the folder of a SavedModel, which is exported in memory.")
    private Path file = Path.of("");

    @Mixin
    private SourceOptions sources = new SourceOptions();

    @Mixin
    private DataOptions data = new DataOptions();

    @Mixin
    private LayerOptions layers = new LayerOptions();

    @Mixin
    private TargetOptions target = new TargetOptions();

    @Mixin
    private ThreadOptions threads = new ThreadOptions();

    @Mixin
    private Verbosity verbosity = new Verbosity();

    VerifyCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        data.require();
        target.check();
        threads.check();
        verbosity.check();
        Network network = sources.read(file);
        DataBatch batch = data.bind(network.label(), network.inputs());
        BatchPieces pieces = BatchPieces.of(network.label(), network.inputs(), batch, data.batchSize());
        Verification found = measure(network, pieces);
        Map<String, List<ValueStatistics>> pooled = found.byWeight();
        long missed = found.layers().stream()
                .filter(layer -> !isReached(layer, pooled))
                .count();
        if (!verbosity.isQuiet()) {
            console.warn(batch.warnings());
            console.note(pieces.notes());
            if (verbosity.isVerbose()) {
                console.note(batch.notes());
                console.note(found.notes());
            }
            console.print(table(named(network, found), pooled).lines(console));
            console.print("");
            console.print("ONNX Runtime: " + (found.layers().size() - missed) + " of "
                    + found.layers().size() + " layers " + target.text());
        }
        return (missed == 0 ? ExitCode.OK : ExitCode.FLAGGED).code();
    }

    private Verification measure(Network network, BatchPieces pieces) {
        OnnxModel model = network.onnx();
        try {
            OrtOptions runtime = threads.onnxRuntime();
            MeasuredModel measured = MeasuredModel.of(model, pieces.pieces(), runtime);
            return measured.verify(pieces.pieces(), layers.scope(), List.of(), runtime);
        } catch (UnsupportedModelException problem) {
            throw problem.in(network.label());
        }
    }

    private List<VerifiedLayer> named(Network network, Verification found) {
        return network instanceof SavedModelNetwork saved
                ? VerifiedLayer.of(
                        found,
                        TfLayers.in(saved.kernels().model()).layers(),
                        layers.scope().point())
                : VerifiedLayer.of(found);
    }

    private boolean isReached(Verification.Layer layer, Map<String, List<ValueStatistics>> pooled) {
        String weight = layer.layer().weight().source();
        return Objects.requireNonNull(pooled.get(weight)).stream().allMatch(part -> target.isReached(part.variance()));
    }

    private static List<Double> variances(Verification.Layer layer) {
        return layer.parts().stream().map(ValueStatistics::variance).toList();
    }

    private Table table(List<VerifiedLayer> verified, Map<String, List<ValueStatistics>> pooled) {
        Table table = new Table()
                .column("#", Kind.NUMBER)
                .column("layer", Kind.NAME)
                .column("op", Kind.TEXT)
                .column("output", Kind.NAME)
                .column("mean", Kind.NUMBER)
                .column("variance", Kind.NUMBER);
        if (verbosity.isVerbose()) {
            table.column("min", Kind.NUMBER).column("max", Kind.NUMBER);
        }
        table.column("", Kind.TEXT);
        for (VerifiedLayer named : verified) {
            Verification.Layer layer = named.found();
            ValueStatistics statistics = layer.statistics();
            boolean reached = isReached(layer, pooled);
            List<Cell> cells = new ArrayList<>();
            cells.add(Cell.of(Integer.toString(named.index())));
            cells.add(Cell.of(named.name()));
            cells.add(Cell.of(named.op()));
            cells.add(Cell.of(named.output()));
            cells.add(Cell.of(Numbers.text(statistics.mean())));
            cells.add(Cell.of(PartsText.variance(statistics.variance(), variances(layer))));
            if (verbosity.isVerbose()) {
                cells.add(Cell.of(Numbers.text(statistics.min())));
                cells.add(Cell.of(Numbers.text(statistics.max())));
            }
            cells.add(reached ? new Cell("ok", Console.Tone.GOOD) : new Cell("off", Console.Tone.BAD));
            table.row(cells);
        }
        return table;
    }
}
