package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.BatchNormRule;
import org.lsuv.tf.init.BiasRule;
import org.lsuv.tf.init.Centering;
import org.lsuv.tf.init.LayerRule;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.NormRule;
import org.lsuv.tf.init.Rescale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Holds the options that say how layers are initialised. */
final class InitOptions {
    @Option(
            names = "--init",
            paramLabel = "NAME",
            defaultValue = "orthonormal",
            description = "Weights before scaling (default: ${DEFAULT-VALUE}): ${COMPLETION-CANDIDATES}. keep: those of"
                    + " the model.")
    private Initializer initializer = Initializer.ORTHONORMAL;

    @Option(
            names = "--rescale",
            paramLabel = "lsuv|none",
            defaultValue = "lsuv",
            description = "Scale weights until each layer's output has the target variance, or measure it alone"
                    + " (default: ${DEFAULT-VALUE}).")
    private Rescale rescale = Rescale.LSUV;

    @Option(
            names = "--bias",
            paramLabel = "auto|zero|keep",
            defaultValue = "auto",
            description = "Biases (default: ${DEFAULT-VALUE}: zero for new weights, else kept).")
    private BiasRule biases = BiasRule.AUTO;

    @Option(
            names = "--batch-norm",
            paramLabel = "recalibrate|keep",
            defaultValue = "recalibrate",
            description = "Running statistics of batch normalisation (default: ${DEFAULT-VALUE}: those of the batch).")
    private BatchNormRule batchNorms = BatchNormRule.RECALIBRATE;

    @Option(
            names = "--ties",
            paramLabel = "auto|keep|split",
            defaultValue = "auto",
            description = "Weights that several layers read (default: ${DEFAULT-VALUE}: split where the exporter merged"
                    + " equal ones).")
    private TieRule ties = TieRule.AUTO;

    @Option(
            names = "--norm-params",
            paramLabel = "keep|reset",
            defaultValue = "keep",
            description = "Scales and shifts of normalisations (default: ${DEFAULT-VALUE}): reset to 1 and 0, or kept.")
    private NormRule norms = NormRule.KEEP;

    @Mixin
    private ResidualOptions residual = new ResidualOptions();

    @Option(
            names = "--plan",
            paramLabel = "FILE.json",
            description =
                    "Rules for single layers, by regular expressions for their names; the first that matches holds.")
    private @Nullable Path planFile;

    private List<LayerRule> plan = List.of();

    @Option(
            names = "--include",
            paramLabel = "REGEX",
            description = "Initialise only layers whose name, or whose weight's, contains a match.")
    private @Nullable Pattern include;

    @Option(names = "--exclude", paramLabel = "REGEX", description = "Leave such layers as they are.")
    private @Nullable Pattern exclude;

    @Mixin
    private LayerOptions layers = new LayerOptions();

    @Option(
            names = "--center",
            description = "Bring the mean of each layer's output to zero through its bias, after the weight is scaled.")
    private boolean center;

    @Mixin
    private TargetOptions target = new TargetOptions();

    @Option(
            names = "--max-iterations",
            paramLabel = "N",
            defaultValue = "10",
            description = "Scale layers that miss the target at most so often (default: ${DEFAULT-VALUE}).")
    private int maxIterations;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description = "Seed of new weights; the same seed gives the same file (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    void check() throws IOException {
        target.check();
        residual.check();
        plan = planFile == null ? List.of() : PlanFile.read(planFile);
        device.check();
        if (maxIterations < 1) {
            throw new UsageException("--max-iterations: expected at least 1, got " + maxIterations);
        }
    }

    LsuvOptions lsuv() {
        return residual.in(LsuvOptions.defaults())
                .with(initializer)
                .with(rescale)
                .with(biases)
                .with(batchNorms)
                .with(norms)
                .with(layers.granularity())
                .with(layers.point())
                .with(center ? Centering.BIAS : Centering.NONE)
                .choosing(Optional.ofNullable(include), Optional.ofNullable(exclude))
                .withPlan(plan)
                .withTarget(target.variance(), target.tolerance())
                .withMaxIterations(maxIterations)
                .withSeed(seed)
                .with(device.tensorFlow());
    }

    /** Returns the options as they stand in the report. */
    JsonReport.Options describe(DataOptions data) {
        return new JsonReport.Options(
                initializer.toString(),
                rescale.toString(),
                biases.toString(),
                batchNorms.toString(),
                norms.toString(),
                ties.toString(),
                residual.rule().toString(),
                residual.base(),
                residual.highwayBias(),
                planFile == null ? null : planFile.toString(),
                include == null ? null : include.pattern(),
                exclude == null ? null : exclude.pattern(),
                lsuv().granularity().toString(),
                layers.point().toString(),
                lsuv().centering() == Centering.BIAS,
                target.variance(),
                target.tolerance(),
                maxIterations,
                device.threads().threads(),
                data.batchSize().isPresent() ? data.batchSize().getAsLong() : null);
    }

    TieRule ties() {
        return ties;
    }

    /** Returns what is measured in ONNX Runtime, too. */
    Verification.Scope scope() {
        return new Verification.Scope(lsuv().granularity(), layers.point());
    }

    TargetOptions target() {
        return target;
    }

    DeviceOptions device() {
        return device;
    }
}
