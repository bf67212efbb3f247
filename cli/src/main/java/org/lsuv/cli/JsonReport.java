package org.lsuv.cli;

import com.google.gson.annotations.SerializedName;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.Timings.Phase;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.TensorStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LsuvReport;

/** Holds the report under the names that it has in JSON; {@code report.schema.json} documents each. */
record JsonReport(
        String tool,
        String version,
        String model,
        @Nullable String output,
        @Nullable Long opset,
        long seed,
        String device,
        Options options,
        Map<String, Input> batch,
        List<Layer> layers,
        List<Rest> notInitialised,
        List<Unscaled> unscaled,
        @Nullable Verified verification,
        @Nullable String verificationReason,
        Times timings,
        List<String> warnings,
        List<String> notes) {

    record Options(
            String init,
            String bias,
            String batchNorm,
            String ties,
            @Nullable String include,
            @Nullable String exclude,
            String granularity,
            String measure,
            boolean center,
            double targetVariance,
            double tolerance,
            int maxIterations,
            int threads,
            @Nullable Long batchSize) {}

    record Input(List<Long> shape, String dtype, double mean, double variance) {}

    record Layer(
            int index,
            String name,
            String op,
            String weight,
            List<Long> weightShape,
            @Nullable String bias,
            String output,
            String initializer,
            double varianceBefore,
            double scale,
            double mean,
            double variance,
            int iterations,
            String status,
            @Nullable String reason,
            List<Part> parts) {}

    record Part(String name, double varianceBefore, double scale, double mean, double variance, String status) {}

    record Rest(String name, List<Long> shape, String reason) {}

    record Unscaled(String weight, String layer, String op, String initializer) {}

    record Verified(String engine, List<Measured> layers, double maxError) {}

    record Measured(String output, double mean, double variance, List<MeasuredPart> parts) {}

    record MeasuredPart(double mean, double variance) {}

    record Times(
            double read,
            @SerializedName("import") double importing,
            double weights,
            double pass,
            double measure,
            double write,
            double verify,
            double total,
            double ortForward,
            int forwardPasses) {}

    static JsonReport of(Outcome outcome) {
        Options options = outcome.options().describe(outcome.data());
        LsuvReport report = outcome.report();
        Version version = new Version();
        return new JsonReport(
                "lsuv-init",
                version.tool(),
                outcome.path().toString(),
                outcome.dryRun() ? null : outcome.destination().file().toString(),
                outcome.opset().isPresent() ? outcome.opset().getAsLong() : null,
                outcome.options().lsuv().seed(),
                outcome.options().device().device().toString(),
                options,
                batch(outcome.batch().tensors()),
                report.layers().stream()
                        .map(layer -> layer(layer, options.init()))
                        .toList(),
                outcome.loaded().notInitialised().stream()
                        .map(rest -> new Rest(rest.name(), rest.shape(), rest.reason()))
                        .toList(),
                report.unscaled().stream()
                        .map(found -> new Unscaled(
                                found.weight(),
                                found.layer(),
                                found.op(),
                                found.initializer().toString().toLowerCase(Locale.ROOT)))
                        .toList(),
                outcome.check()
                        .verification()
                        .map(found -> verified(found, version, outcome.maxError()))
                        .orElse(null),
                outcome.check().reason().isEmpty() ? null : outcome.check().reason(),
                times(report, outcome.timings()),
                outcome.warnings(),
                outcome.notes());
    }

    private static Map<String, Input> batch(Map<String, OnnxTensor> tensors) {
        Map<String, Input> batch = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            TensorStatistics statistics =
                    tensor.type().isFloating() || tensor.type().isInteger()
                            ? TensorStatistics.of(tensor)
                            : TensorStatistics.EMPTY;
            batch.put(
                    name,
                    new Input(
                            Arrays.stream(tensor.shape()).boxed().toList(),
                            tensor.type().label(),
                            statistics.mean(),
                            statistics.variance()));
        });
        return batch;
    }

    private static Layer layer(LayerResult result, String initializer) {
        WeightedLayer layer = result.layer();
        return new Layer(
                layer.index(),
                layer.name(),
                layer.op(),
                layer.weight().source(),
                layer.weight().storedShape(),
                layer.bias().map(WeightedLayer.Bias::weight).orElse(null),
                result.output(),
                result.status() == LayerResult.Status.SKIPPED ? "keep" : initializer,
                result.varianceBefore(),
                result.scale(),
                result.mean(),
                result.variance(),
                result.iterations(),
                status(result.status()),
                result.reason().isEmpty() ? null : result.reason(),
                result.parts().stream()
                        .map(part -> new Part(
                                part.name(),
                                part.varianceBefore(),
                                part.scale(),
                                part.mean(),
                                part.variance(),
                                status(part.status())))
                        .toList());
    }

    private static String status(LayerResult.Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    private static Verified verified(Verification found, Version version, double maxError) {
        return new Verified(
                "ONNX Runtime " + version.onnxRuntime(),
                found.layers().stream()
                        .map(layer -> new Measured(
                                layer.output(),
                                layer.statistics().mean(),
                                layer.statistics().variance(),
                                layer.parts().stream()
                                        .map(part -> new MeasuredPart(part.mean(), part.variance()))
                                        .toList()))
                        .toList(),
                maxError);
    }

    private static Times times(LsuvReport report, Timings timings) {
        return new Times(
                timings.of(Phase.READ),
                timings.of(Phase.IMPORT),
                report.secondsWeights(),
                report.secondsScaling(),
                report.secondsMeasuring(),
                timings.of(Phase.WRITE),
                timings.of(Phase.VERIFY),
                timings.total(),
                timings.ortForward(),
                report.forwardPasses());
    }
}
