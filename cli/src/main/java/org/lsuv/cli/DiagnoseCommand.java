package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.Timings.Phase;
import org.lsuv.cli.report.Fact;
import org.lsuv.cli.report.LabelledRun;
import org.lsuv.cli.report.ReportPage;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

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

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private DataOptions data = new DataOptions();

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write all that was found as JSON (diagnosis.schema.json says how to read it).")
    private @Nullable Path json;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write a report: a page (.html), layers as a table (.csv), a text for a pull request (.md) or"
                    + " the same as --json (.json). Repeat it for several.")
    private List<Path> reports = new ArrayList<>();

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
        List<ReportFile> files = files();
        DiagnosisReport found;
        DiagnosedJoins joins;
        Timings timings = new Timings();
        try (ConsoleProgress progress = new ConsoleProgress(console, verbosity)) {
            Input input = read(timings, progress);
            found = Diagnosis.of(input.loaded().model(), input.loaded().pieces(), options(files), progress);
            timings.stop();
            joins = timings.time(Phase.VERIFY, progress, () -> joins(input, found));
            for (ReportFile report : files) {
                report.write(() -> page(input, found, joins, timings), () -> DiagnosisJson.of(found, joins));
            }
        }
        if (!verbosity.isQuiet()) {
            new DiagnosisText(found, joins, verbosity, console).print();
        }
        return (found.level() == Verdict.Level.WILL_NOT_START ? ExitCode.FLAGGED : ExitCode.OK).code();
    }

    private List<ReportFile> files() throws IOException {
        Overwrite overwrite = force ? Overwrite.REPLACE : Overwrite.REFUSE;
        List<ReportFile> files = new ArrayList<>();
        if (json != null) {
            files.add(ReportFile.json(json, file, file, overwrite));
        }
        for (Path report : reports) {
            files.add(ReportFile.of(report, file, file, overwrite));
        }
        return files;
    }

    private record Input(Network network, DataBatch batch, Network.Loaded loaded) {}

    private Input read(Timings timings, ConsoleProgress progress) throws IOException {
        Network network = timings.time(Phase.READ, progress, () -> sources.read(file));
        DataBatch batch = timings.time(Phase.READ, progress, () -> data.bind(network.label(), network.inputs()));
        if (!verbosity.isQuiet()) {
            console.warn(batch.warnings());
        }
        // Exporters merge equal tensors, as the statistics of fresh normalisations are: each is one of its own. Weights
        // that nodes generate must be the same in every run.
        Network.Loaded loaded =
                timings.time(Phase.IMPORT, progress, () -> network.load(batch, data.batchSize(), TieRule.AUTO, 0));
        if (verbosity.isVerbose()) {
            console.note(loaded.notes());
            console.note(loaded.model().notes());
        }
        return new Input(network, batch, loaded);
    }

    private DiagnosedJoins joins(Input input, DiagnosisReport found) {
        return DiagnosedJoins.of(
                found.residuals().blocks(),
                input.loaded(),
                batchNorms,
                device.threads().onnxRuntime());
    }

    private ReportPage page(Input input, DiagnosisReport found, DiagnosedJoins joins, Timings timings) {
        List<Fact> facts = PageFacts.timings(timings);
        facts.add(new Fact("diagnosis", Numbers.seconds(found.seconds())));
        List<String> notes = new ArrayList<>(PageFacts.notes(
                input.batch(), input.loaded().notes(), input.loaded().model()));
        notes.addAll(joins.warnings());
        notes.addAll(joins.notes());
        List<Fact> options = new ArrayList<>(List.of(
                new Fact(
                        "batch normalisation",
                        switch (batchNorms) {
                            case BATCH -> "by the batch's statistics";
                            case STORED -> "by the stored statistics";
                        }),
                new Fact("non-linearities", activations ? "measured" : "not measured"),
                new Fact("gradients", gradients ? "of the mean square of the outputs" : "not followed")));
        options.addAll(PageFacts.run(data, device));
        return new ReportPage(
                input.network().label(),
                PageFacts.command(spec),
                PageFacts.model(file, input.network().opset(), input.loaded().model()),
                PageFacts.batch(input.batch()),
                options,
                PageFacts.versions(),
                facts,
                notes,
                List.of(new LabelledRun("as it is", found, joins.found())));
    }

    private DiagnoseOptions options(List<ReportFile> files) {
        return new DiagnoseOptions(
                activations ? DiagnoseOptions.Activations.MEASURE : DiagnoseOptions.Activations.SKIP,
                batchNorms,
                gradients ? DiagnoseOptions.Gradients.MEAN_SQUARE : DiagnoseOptions.Gradients.NONE,
                ReportFile.histograms(files),
                device.tensorFlow());
    }
}
