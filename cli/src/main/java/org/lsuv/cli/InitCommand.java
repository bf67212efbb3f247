package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.Timings.Phase;
import org.lsuv.cli.report.LabelledRun;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.ReleasedMemory;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.OnnxForm;
import org.lsuv.tf.network.SavedModelNetwork;
import org.lsuv.tf.network.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Initialises a model: the command itself. */
@Command(
        name = "lsuv-init",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Initialise the weights of an ONNX model or a SavedModel so that every layer has the same variance at its"
                    + " output (LSUV), and verify it with ONNX Runtime.",
            ""
        },
        customSynopsis = {
            "lsuv-init MODEL --data [NAME=]FILE [-o FILE|DIR] [OPTION]…",
            "       lsuv-init COMMAND [--help] …",
            ""
        },
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nOther commands:%n",
        footer = {"", "Example: lsuv-init model.onnx --data batch.npy", "writes model.lsuv.onnx beside model.onnx."},
        sortOptions = false,
        usageHelpAutoWidth = false)
final class InitCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = "The ONNX file, or the folder of a SavedModel.")
    private @Nullable Path file;

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            description = "What to write (default: MODEL.lsuv.onnx, or a folder DIR.lsuv, beside the model). For a"
                    + " SavedModel, a name that ends in .onnx asks for an ONNX file.")
    private @Nullable Path output;

    @Mixin
    private ExportOpset export = new ExportOpset();

    @Mixin
    private SourceOptions sources = new SourceOptions();

    @Option(names = "--force", description = "Replace files that exist.")
    private boolean force;

    @Option(names = "--dry-run", description = "Do everything but write the model.")
    private boolean dryRun;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "Write a report: what was measured as JSON (.json; report.schema.json says how to read it), or a"
                            + " diagnosis before and after as a page (.html), a table (.csv) or a text for a pull request"
                            + " (.md). Repeat it for several.")
    private List<Path> reports = new ArrayList<>();

    @Option(
            names = "--compare",
            paramLabel = "INIT",
            split = ",",
            description = "Show in the page what these initialisers make of the network, not scaled: he-normal,"
                    + " glorot-uniform and so on (the names of --init).")
    private List<Initializer> compared = new ArrayList<>();

    @Option(
            names = "--weights",
            paramLabel = "FILE",
            description = "Write the weights for PyTorch's load_state_dict, too: FILE.safetensors or FILE.npz; those of"
                    + " a SavedModel under the names of its variables.")
    private @Nullable Path weights;

    @Option(
            names = "--verify",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Measure the written file in ONNX Runtime (default: yes).")
    private boolean verify;

    @Mixin
    private InitOptions how = new InitOptions();

    @Mixin
    private Verbosity verbosity = new Verbosity();

    InitCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Path path = checked();
        Overwrite overwrite = force ? Overwrite.REPLACE : Overwrite.REFUSE;
        Target target = Destination.of(path, output, overwrite, export.opset());
        if (!dryRun) {
            target.checkFree();
        }
        List<ReportFile> files = new ArrayList<>();
        for (Path report : reports) {
            files.add(ReportFile.of(report, path, target.path(), overwrite));
        }
        if (!compared.isEmpty() && files.stream().noneMatch(ReportFile::isPage)) {
            throw new UsageException("--compare: needs a report to show it; give --report FILE.html");
        }
        Optional<WeightsOutput> weightsFile = weights == null
                ? Optional.empty()
                : Optional.of(WeightsOutput.of(weights, path, target.path(), overwrite));
        if (verify) {
            OrtProbe.preload();
        }
        Outcome outcome;
        List<LabelledRun> runs;
        Timings timings = new Timings();
        try (ConsoleProgress progress = new ConsoleProgress(console, verbosity)) {
            Network network = timings.time(Phase.READ, progress, () -> sources.read(path));
            if (!dryRun) {
                network.checkFree(target);
            }
            DataBatch batch = timings.time(Phase.READ, progress, () -> data.bind(network.label(), network.inputs()));
            Network.Loaded loaded = timings.time(
                    Phase.IMPORT,
                    progress,
                    () -> network.load(
                            batch, data.batchSize(), how.ties(), how.lsuv().seed()));
            requireLayers(loaded);
            Initialised done = initialise(network, loaded, target, weightsFile, files, timings, progress);
            runs = done.runs();
            ReleasedMemory.add(done.releasedBytes());
            OrtCheck check = verify
                    ? timings.time(
                            Phase.VERIFY,
                            progress,
                            () -> OrtCheck.of(
                                    done.written(), loaded, done.report().joins(), how))
                    : OrtCheck.none("--no-verify was given");
            timings.stop();
            if (verbosity.isVerbose() || !files.isEmpty()) {
                timings.ortForward(check.forwardSeconds(done.written(), loaded.pieces(), how));
            }
            outcome = new Outcome(
                    path,
                    network.opset(),
                    target,
                    dryRun,
                    how,
                    data,
                    batch,
                    loaded,
                    done.report(),
                    check,
                    done.contents(),
                    timings);
        }
        for (ReportFile report : files) {
            report.write(() -> InitPage.of(outcome, runs, spec), () -> JsonReport.of(outcome));
        }
        if (!verbosity.isQuiet()) {
            new OutcomeText(outcome, verbosity, console).print();
        }
        return outcome.exit().code();
    }

    /**
     * Holds what an initialisation leaves in memory: once the new weights are in a file, they are read there.
     *
     * @param written the network, as it was read from the file
     * @param contents what is in the file of weights, if one was asked for
     * @param report what was found, without the weights
     * @param runs the diagnoses before and after; empty where no report asks for them
     * @param releasedBytes the size of the weights that were released
     */
    private record Initialised(
            OnnxForm written,
            Optional<WeightsOutput.Contents> contents,
            LsuvReport report,
            List<LabelledRun> runs,
            long releasedBytes) {}

    private Initialised initialise(
            Network network,
            Network.Loaded loaded,
            Target target,
            Optional<WeightsOutput> weightsFile,
            List<ReportFile> files,
            Timings timings,
            ConsoleProgress progress)
            throws IOException {
        LsuvReport found = Lsuv.initialize(loaded.model(), loaded.pieces(), how.lsuv(), progress);
        Comparison comparison = new Comparison(
                loaded.pieces(), ReportFile.histograms(files), how.device().tensorFlow(), progress);
        List<LabelledRun> runs = files.stream().noneMatch(ReportFile::isPage)
                ? List.of()
                : timings.time(
                        Phase.DIAGNOSE,
                        progress,
                        () -> Stream.concat(
                                        comparison.beforeAndAfter(loaded.model(), found.weights()).stream(),
                                        comparison.others(loaded.model(), compared, how.lsuv()).stream())
                                .toList());
        OnnxForm written = dryRun
                ? loaded.changed(found.weights())
                : timings.time(Phase.WRITE, progress, () -> loaded.write(found.weights(), target));
        Optional<WeightsOutput.Contents> contents = weightsFile.isEmpty()
                ? Optional.empty()
                : Optional.of(timings.time(
                        Phase.WRITE,
                        progress,
                        () -> writeWeights(weightsFile.get(), network, written, found.weights())));
        long bytes = found.weights().values().stream()
                .mapToLong(OnnxTensor::byteCount)
                .sum();
        return new Initialised(written, contents, found.withoutWeights(), runs, dryRun ? 0 : bytes);
    }

    private WeightsOutput.Contents writeWeights(
            WeightsOutput output, Network network, OnnxForm written, Map<String, OnnxTensor> values)
            throws IOException {
        WeightsOutput.Contents contents = network instanceof SavedModelNetwork saved
                ? output.variables(saved.imported().model().with(saved.kernels().joined(values)))
                : output.find(network.onnx(), written.model().orElseThrow());
        if (!dryRun) {
            output.write(contents);
        }
        return contents;
    }

    private Path checked() throws IOException {
        if (file == null) {
            throw new UsageException("no model; give an ONNX file or a SavedModel, or --help for help");
        }
        data.require();
        how.check();
        verbosity.check();
        return file;
    }

    private static void requireLayers(Network.Loaded loaded) {
        List<NotInitialised> rest = loaded.notInitialised();
        if (loaded.model().layers().isEmpty()) {
            String found = rest.isEmpty()
                    ? ""
                    : "; \"" + rest.get(0).name() + "\" " + rest.get(0).reason()
                            + (rest.size() == 1 ? "" : ", and inspect lists " + (rest.size() - 1) + " more");
            throw new UnsupportedModelException(
                    loaded.model().label() + ": has no layer with a stored weight to initialise" + found);
        }
    }
}
