package org.lsuv.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.measured.MeasuredModel;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.init.JoinResult;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.OnnxForm;

/**
 * Holds what ONNX Runtime says of the written file.
 *
 * @param verification its measurements, if there are any
 * @param joins one a residual join, in execution order; empty where nothing was measured
 * @param reason why there are none; empty otherwise
 * @param detour how the batch's way through the written file differs from the one that was initialised; empty where it
 *     does not
 */
record OrtCheck(Optional<Verification> verification, List<JoinCheck> joins, String reason, String detour) {

    static OrtCheck none(String reason) {
        return new OrtCheck(Optional.empty(), List.of(), reason, "");
    }

    /** Measures a result, if it has a form that ONNX Runtime reads. */
    static OrtCheck of(OnnxForm result, Network.Loaded loaded, List<JoinResult> joins, InitOptions options) {
        return result.model()
                .map(found -> of(found, result.values(), loaded, joins, options))
                .orElseGet(() -> none(result.reason()));
    }

    /** Measures a model; one that ONNX Runtime cannot run is no failure of the initialisation. */
    private static OrtCheck of(
            OnnxModel model,
            Map<TensorRef, String> names,
            Network.Loaded loaded,
            List<JoinResult> joins,
            InitOptions options) {
        try {
            List<Map<String, OnnxTensor>> pieces = loaded.pieces();
            OrtOptions runtime = options.device().threads().onnxRuntime();
            MeasuredModel measured = MeasuredModel.of(model, pieces, runtime);
            Verification found = measured.verify(
                    pieces,
                    options.scope(),
                    JoinCheck.values(joins.stream().map(JoinResult::join).toList(), names),
                    runtime);
            return new OrtCheck(
                    Optional.of(found),
                    joins.stream()
                            .map(join -> new JoinCheck(join, JoinCheck.variances(join.join(), names, found.values())))
                            .toList(),
                    "",
                    detour(loaded.path(), measured.bodies().path()));
        } catch (UnsupportedModelException problem) {
            return none(String.valueOf(problem.getMessage()));
        }
    }

    private static String detour(List<String> initialised, List<String> written) {
        List<String> other =
                written.stream().filter(step -> !initialised.contains(step)).toList();
        return initialised.equals(written) ? "" : other.isEmpty() ? "it is shorter" : other.get(0);
    }

    /** Returns the seconds of one plain pass over what was measured; NaN where nothing was. */
    double forwardSeconds(OnnxForm measured, List<Map<String, OnnxTensor>> pieces, InitOptions options) {
        return verification
                .flatMap(found -> measured.model())
                .map(model -> Verification.forwardSeconds(
                        model, pieces, options.device().threads().onnxRuntime()))
                .orElse(Double.NaN);
    }

    /**
     * Returns what was measured of one layer, if it was: the layer with the same weight, and as many uses of it
     * before. A graph that was exported has its nodes in another order.
     */
    Optional<Verification.Layer> of(LayerResult result, LsuvReport report) {
        String weight = result.layer().weight().source();
        long before = report.layers().stream()
                .filter(other -> other.layer().weight().source().equals(weight)
                        && other.layer().index() < result.layer().index())
                .count();
        return verification.flatMap(found -> found.layers().stream()
                .filter(layer -> layer.layer().weight().source().equals(weight))
                .skip(before)
                .findFirst());
    }

    /**
     * Returns the statistics by weight of those that TensorFlow found at the target: the ones that ONNX
     * Runtime is to confirm.
     */
    List<ToConfirm> toConfirm(LsuvReport report) {
        Map<String, Double> targets = new HashMap<>();
        report.layers()
                .forEach(result -> targets.merge(
                        result.layer().weight().source(),
                        result.status() == LayerResult.Status.CONVERGED ? result.target() : Double.NaN,
                        (one, other) -> Double.isNaN(one) ? one : other));
        return verification.stream()
                .flatMap(found -> found.byWeight().entrySet().stream())
                .flatMap(entry -> entry.getValue().stream()
                        .map(found -> new ToConfirm(found, targets.getOrDefault(entry.getKey(), Double.NaN))))
                .filter(found -> !Double.isNaN(found.target()))
                .toList();
    }

    /** Returns how many weights ONNX Runtime finds farther off their targets than a share of them, NaN and Inf included. */
    long weightsApart(LsuvReport report, double tolerance) {
        return toConfirm(report).stream()
                .filter(found -> found.error() > tolerance * found.target())
                .count();
    }

    /**
     * Returns the largest |variance − target| of the weights to confirm, pooled over the layers that use one: infinite
     * where ONNX Runtime finds NaN or Inf, NaN where nothing was measured.
     */
    double maxError(LsuvReport report) {
        return toConfirm(report).stream().mapToDouble(ToConfirm::error).max().orElse(Double.NaN);
    }

    /** Returns how many joins ONNX Runtime finds off what TensorFlow measured, or off a target that it found reached. */
    long joinsApart(double tolerance) {
        return joins.stream().filter(join -> join.isApart(tolerance)).count();
    }

    /** Returns the largest deviation of a join that was measured; NaN where none was. */
    double maxJoinDeviation() {
        return joins.stream()
                .filter(JoinCheck::isMeasured)
                .mapToDouble(JoinCheck::deviation)
                .max()
                .orElse(Double.NaN);
    }

    /** Returns how many joins were not measured because the model has no value for a part of them. */
    long joinsNotMeasured() {
        return joins.stream().filter(join -> !join.isMeasured()).count();
    }

    /**
     * Holds what ONNX Runtime measured where TensorFlow found the target reached.
     *
     * @param found the statistics
     * @param target the variance that they are to have
     */
    record ToConfirm(ValueStatistics found, double target) {
        /** Returns |variance − target|, infinite where ONNX Runtime finds no number. */
        double error() {
            double error = Math.abs(found.variance() - target);
            return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
        }
    }
}
