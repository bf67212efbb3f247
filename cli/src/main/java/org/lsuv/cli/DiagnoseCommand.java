package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.Timings.Phase;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.diagnose.DiagnoseOptions;
import org.lsuv.tf.diagnose.Diagnosis;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.Verdict;
import org.lsuv.tf.network.Network;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells whether a network can start training, as it is. */
@Command(
        name = "diagnose",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        versionProvider = Version.class,
        description = "Measure a model as it is on a batch, and tell whether it can start training: what fails, where,"
                + " and what to change. Nothing is written but the report.",
        sortOptions = false)
final class DiagnoseCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "MODEL", description = "The ONNX file, or the folder of a SavedModel.")
    private Path file = Path.of("");

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write all that was found as JSON (diagnosis.schema.json says how to read it).")
    private @Nullable Path json;

    @Option(names = "--force", description = "Replace files that exist.")
    private boolean force;

    @Option(names = "--gradients", description = "Follow the signal back, too, from the mean square of the outputs.")
    private boolean gradients;

    @Option(
            names = "--activations",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Measure the outputs of non-linearities, too (default: yes).")
    private boolean activations;

    @Option(
            names = "--batch-norm",
            paramLabel = "batch|stored",
            defaultValue = "batch",
            description = "Statistics by which batch normalisations normalise: the batch's, as in training, or the"
                    + " stored ones (default: ${DEFAULT-VALUE}).")
    private DiagnoseOptions.BatchNorms batchNorms = DiagnoseOptions.BatchNorms.BATCH;

    @Mixin
    private SourceOptions sources = new SourceOptions();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Mixin
    private Verbosity verbosity = new Verbosity();

    DiagnoseCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        data.require();
        device.check();
        verbosity.check();
        Optional<ReportFile> report = json == null
                ? Optional.empty()
                : Optional.of(ReportFile.json(json, file, file, force ? Overwrite.REPLACE : Overwrite.REFUSE));
        DiagnosisReport found;
        try (ConsoleProgress progress = new ConsoleProgress(console, verbosity)) {
            found = diagnose(progress);
        }
        if (report.isPresent()) {
            report.get().write(DiagnosisJson.of(found));
        }
        if (!verbosity.isQuiet()) {
            new DiagnosisText(found, verbosity, console).print();
        }
        return (found.level() == Verdict.Level.WILL_NOT_START ? ExitCode.FLAGGED : ExitCode.OK).code();
    }

    private DiagnosisReport diagnose(ConsoleProgress progress) throws IOException {
        Timings timings = new Timings();
        Network network = timings.time(Phase.READ, progress, () -> sources.read(file));
        DataBatch batch = timings.time(Phase.READ, progress, () -> data.bind(network.label(), network.inputs()));
        if (!verbosity.isQuiet()) {
            console.warn(batch.warnings());
        }
        // Weights that nodes generate must be the same in every run.
        Network.Loaded loaded =
                timings.time(Phase.IMPORT, progress, () -> network.load(batch, data.batchSize(), TieRule.KEEP, 0));
        if (verbosity.isVerbose()) {
            console.note(loaded.notes());
            console.note(loaded.model().notes());
        }
        return Diagnosis.of(loaded.model(), loaded.pieces(), options(), progress);
    }

    private DiagnoseOptions options() {
        return new DiagnoseOptions(
                activations ? DiagnoseOptions.Activations.MEASURE : DiagnoseOptions.Activations.SKIP,
                batchNorms,
                gradients ? DiagnoseOptions.Gradients.MEAN_SQUARE : DiagnoseOptions.Gradients.NONE,
                device.tensorFlow());
    }
}
