package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.runtime.BatchPieces;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.compare.OutputCheck;
import org.lsuv.tf.compare.RandomInputs;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.SavedModelNetwork;
import org.lsuv.tf.network.Target;
import org.lsuv.tf.onnxexport.ExportOptions;
import org.lsuv.tf.onnxexport.OnnxExporter;
import org.lsuv.tf.savedmodel.SavedModelReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Turns a SavedModel into an ONNX file and compares the two. */
@Command(
        name = "convert",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        versionProvider = Version.class,
        description = {
            "Write a SavedModel as an ONNX file, its weights as they are, and compare what ONNX Runtime makes of it with"
                    + " TensorFlow, on random inputs and on the data that is given."
        },
        sortOptions = false)
final class ConvertCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "DIR", description = "The folder of the SavedModel.")
    private Path folder = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The ONNX file to write (default: DIR.onnx beside the folder).")
    private @Nullable Path output;

    @Option(names = "--force", description = "Replace a file that exists.")
    private boolean force;

    @Mixin
    private ExportOpset export = new ExportOpset();

    @Mixin
    private SourceOptions sources = new SourceOptions();

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Seed of the random inputs (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Mixin
    private Verbosity verbosity = new Verbosity();

    ConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        data.check();
        device.check();
        verbosity.check();
        if (Files.isRegularFile(folder) && !Network.isSavedModel(folder)) {
            throw new UsageException(folder + ": expected the folder of a SavedModel, found a file");
        }
        Target target = new Target(file(), force ? Overwrite.REPLACE : Overwrite.REFUSE, export.opset());
        if (Files.isDirectory(target.path())) {
            throw new UsageException(target.path() + ": is a folder; expected the name of a file");
        }
        target.checkFree();
        SavedModelNetwork source = SavedModelNetwork.of(SavedModelReader.read(folder), sources.savedModel());
        TfModel model = source.kernels().model();
        List<Feed> feeds = feeds(source);
        OnnxModel onnx = OnnxExporter.export(model, ExportOptions.defaults().withOpset(target.opset()))
                .model();
        OnnxWriter.write(onnx, target.path(), target.overwrite());
        List<Compared> compared = compare(model, target.path(), feeds);
        if (!verbosity.isQuiet()) {
            print(model, onnx, target, compared);
        }
        boolean agrees = compared.stream().map(Compared::check).allMatch(OutputCheck::agrees);
        return (agrees ? ExitCode.OK : ExitCode.FLAGGED).code();
    }

    private Path file() {
        if (output != null) {
            return output;
        }
        Path whole = folder.toAbsolutePath().normalize();
        return whole.resolveSibling(whole.getFileName() + ".onnx");
    }

    private record Feed(String inputs, Map<String, OnnxTensor> tensors) {}

    /** Returns the inputs to compare on; random ones may be missing where there is data. */
    private List<Feed> feeds(SavedModelNetwork source) throws IOException {
        List<Feed> feeds = new ArrayList<>();
        try {
            feeds.add(new Feed("random inputs", RandomInputs.of(source.inputs(), seed)));
        } catch (UnsupportedModelException problem) {
            if (!data.isGiven()) {
                throw problem.in(source.label());
            }
        }
        if (data.isGiven()) {
            DataBatch batch = data.bind(source.label(), source.inputs());
            BatchPieces pieces = BatchPieces.of(source.label(), source.inputs(), batch, data.batchSize());
            feeds.add(new Feed("the given data", pieces.pieces().get(0)));
        }
        return feeds;
    }

    private record Compared(String inputs, OutputCheck check) {}

    /** Compares the written file; random inputs that one of the engines refuses prove nothing where there is data. */
    private List<Compared> compare(TfModel model, Path file, List<Feed> feeds) throws IOException {
        OnnxModel written = OnnxReader.read(file);
        List<Compared> compared = new ArrayList<>();
        for (int i = 0; i < feeds.size(); i++) {
            Feed feed = feeds.get(i);
            try {
                OutputCheck check = OutputCheck.of(model, written, feed.tensors(), device.tensorFlow());
                compared.add(new Compared(feed.inputs(), check));
            } catch (UnsupportedModelException problem) {
                if (i == feeds.size() - 1) {
                    throw new UnsupportedModelException(
                            file + ": is written, but cannot be compared on " + feed.inputs() + ": "
                                    + problem.getMessage(),
                            problem);
                }
            }
        }
        return compared;
    }

    private void print(TfModel model, OnnxModel onnx, Target target, List<Compared> compared) {
        if (verbosity.isVerbose()) {
            console.note(model.notes());
        }
        for (Compared one : compared) {
            String worst = Numbers.text(one.check().worst());
            console.print(
                    one.check().agrees()
                            ? "ONNX Runtime agrees with TensorFlow on " + one.inputs() + ": at most " + worst
                                    + " of an output's magnitude"
                            : console.coloured("differs", Console.Tone.BAD) + " on " + one.inputs() + ": "
                                    + differences(one.check()));
        }
        String data = OnnxWriter.targets(onnx, target.path()).size() == 1
                ? ""
                : ", the weights in " + OnnxWriter.dataFile(target.path()).getFileName();
        console.print("wrote " + target.path() + data + " ("
                + onnx.graph().nodes().size() + " nodes, operator set " + target.opset() + ")");
    }

    private static String differences(OutputCheck check) {
        return String.join(
                ", ",
                check.outputs().stream()
                        .filter(output -> output.error() > OutputCheck.TOLERANCE)
                        .map(output -> "output \"" + output.name() + "\" by " + Numbers.text(output.error())
                                + " of its magnitude")
                        .toList());
    }
}
