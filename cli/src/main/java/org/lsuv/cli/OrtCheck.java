package org.lsuv.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LsuvReport;

/**
 * Holds what ONNX Runtime says of the written file.
 *
 * @param verification its measurements, if there are any
 * @param reason why there are none; empty otherwise
 */
record OrtCheck(Optional<Verification> verification, String reason) {

    static OrtCheck none(String reason) {
        return new OrtCheck(Optional.empty(), reason);
    }

    /** Measures a model; one that ONNX Runtime cannot run is no failure of the initialisation. */
    static OrtCheck of(OnnxModel model, List<Map<String, OnnxTensor>> pieces, InitOptions options) {
        try {
            Verification found = Verification.of(
                    model,
                    pieces,
                    options.scope(),
                    options.device().threads().onnxRuntime());
            return new OrtCheck(Optional.of(found), "");
        } catch (UnsupportedModelException problem) {
            return none(String.valueOf(problem.getMessage()));
        }
    }

    static double forwardSeconds(OnnxModel model, List<Map<String, OnnxTensor>> pieces, InitOptions options) {
        return Verification.forwardSeconds(
                model, pieces, options.device().threads().onnxRuntime());
    }

    /** Returns what was measured of one layer, if it was. */
    Optional<Verification.Layer> of(LayerResult result) {
        return verification.flatMap(found -> found.layers().stream()
                .filter(layer -> layer.layer().index() == result.layer().index())
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

    /**
     * Holds what ONNX Runtime measured where TensorFlow found the target reached.
     *
     * @param found the statistics
     * @param target the variance that they are to have
     */
    record ToConfirm(ValueStatistics found, double target) {
        double error() {
            return Math.abs(found.variance() - target);
        }
    }
}
