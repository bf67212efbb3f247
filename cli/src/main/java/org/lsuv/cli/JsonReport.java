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
import org.lsuv.onnx.pytorch.Parameter;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.init.JoinResult;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.residual.Join;

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
        List<Joined> joins,
        List<Rest> notInitialised,
        List<Unscaled> unscaled,
        @Nullable Verified verification,
        @Nullable String verificationReason,
        @Nullable Weights weights,
        Times timings,
        List<String> warnings,
        List<String> notes) {

    record Options(
            String init,
            String rescale,
            String bias,
            String batchNorm,
            String normParams,
            String ties,
            String residual,
            double residualBase,
            @Nullable Double highwayBias,
            @Nullable String plan,
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
            List<String> weightSources,
            List<Long> weightShape,
            @Nullable String bias,
            String output,
            String initializer,
            double target,
            double varianceBefore,
            double scale,
            double mean,
            double variance,
            int iterations,
            String status,
            @Nullable String reason,
            List<Part> parts) {}

    record Part(String name, double varianceBefore, double scale, double mean, double variance, String status) {}

    record Joined(
            int index,
            String name,
            List<String> layers,
            List<String> last,
            String passage,
            double target,
            double reached,
            double scale,
            double streamVariance,
            double branchVariance,
            double sumVariance,
            String status,
            @Nullable String reason) {}

    record Rest(String name, List<Long> shape, String reason) {}

    record Unscaled(String weight, String layer, String op, String initializer) {}

    record Verified(
            String engine, List<Measured> layers, List<MeasuredJoin> joins, double maxError, double maxJoinDeviation) {}

    record MeasuredJoin(
            int index, String name, double reached, double streamVariance, double branchVariance, double sumVariance) {}

    record Measured(String output, double mean, double variance, List<MeasuredPart> parts) {}

    record MeasuredPart(double mean, double variance) {}

    record Weights(
            @Nullable String file,
            String format,
            String names,
            List<Tensor> tensors,
            List<Lost> lost,
            List<String> notes) {}

    record Tensor(String name, List<Long> shape, String dtype, List<String> sources, String recovery) {}

    record Lost(String source, List<Long> shape, String reason) {}

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
                outcome.dryRun() ? null : outcome.target().path().toString(),
                outcome.opset().isPresent() ? outcome.opset().getAsLong() : null,
                outcome.options().lsuv().seed(),
                outcome.options().device().device().toString(),
                options,
                batch(outcome.batch().tensors()),
                report.layers().stream()
                        .map(layer -> layer(layer, outcome.loaded().sources()))
                        .toList(),
                report.joins().stream().map(JsonReport::join).toList(),
                outcome.loaded().notInitialised().stream()
                        .map(rest -> new Rest(rest.name(), rest.shape(), rest.reason()))
                        .toList(),
                report.unscaled().stream()
                        .map(found -> new Unscaled(
                                found.weight(),
                                found.layer(),
                                found.op(),
                                found.initializer().toString()))
                        .toList(),
                outcome.check()
                        .verification()
                        .map(found -> verified(found, version, outcome))
                        .orElse(null),
                outcome.check().reason().isEmpty() ? null : outcome.check().reason(),
                outcome.weights()
                        .map(contents -> weights(contents, outcome.dryRun()))
                        .orElse(null),
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
                    new Input(list(tensor.shape()), tensor.type().label(), statistics.mean(), statistics.variance()));
        });
        return batch;
    }

    private static Layer layer(LayerResult result, Map<String, List<String>> sources) {
        WeightedLayer layer = result.layer();
        String weight = layer.weight().source();
        return new Layer(
                layer.index(),
                layer.name(),
                layer.op(),
                weight,
                sources.getOrDefault(weight, List.of(weight)),
                layer.weight().storedShape(),
                layer.bias().map(WeightedLayer.Bias::weight).orElse(null),
                result.output(),
                result.initializer().toString(),
                result.target(),
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

    private static Joined join(JoinResult result) {
        Join join = result.join();
        return new Joined(
                join.index(),
                join.name(),
                join.layers().stream().map(WeightedLayer::name).toList(),
                join.last().stream().map(WeightedLayer::name).toList(),
                join.passage().name().toLowerCase(Locale.ROOT),
                result.target(),
                result.reached(),
                result.scale(),
                result.stream(),
                result.branch(),
                result.sum(),
                status(result.status()),
                result.reason().isEmpty() ? null : result.reason());
    }

    private static String status(LayerResult.Status status) {
        return status.name().toLowerCase(Locale.ROOT);
    }

    private static Verified verified(Verification found, Version version, Outcome outcome) {
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
                outcome.check().joins().stream().map(JsonReport::measured).toList(),
                outcome.maxError(),
                outcome.check().maxJoinDeviation());
    }

    private static MeasuredJoin measured(JoinCheck check) {
        Join join = check.result().join();
        return new MeasuredJoin(
                join.index(),
                join.name(),
                check.result().status() == LayerResult.Status.MEASURED ? Double.NaN : check.reached(),
                check.found().stream().orElse(Double.NaN),
                check.found().branch().orElse(Double.NaN),
                check.found().sum().orElse(Double.NaN));
    }

    private static Weights weights(WeightsOutput.Contents contents, boolean dryRun) {
        WeightsOutput output = contents.output();
        return new Weights(
                dryRun ? null : output.file().toString(),
                output.format().name().toLowerCase(Locale.ROOT),
                contents.names().toString(),
                contents.parameters().stream().map(JsonReport::tensor).toList(),
                contents.lost().stream()
                        .map(lost -> new Lost(lost.source(), lost.shape(), lost.reason()))
                        .toList(),
                contents.notes());
    }

    private static Tensor tensor(Parameter parameter) {
        return new Tensor(
                parameter.name(),
                list(parameter.tensor().shape()),
                parameter.tensor().type().label(),
                parameter.sources(),
                parameter.recovery().toString());
    }

    static List<Long> list(long[] shape) {
        return Arrays.stream(shape).boxed().toList();
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
