package org.lsuv.cli;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
                    options.layers().scope(),
                    options.device().threads().onnxRuntime());
            return new OrtCheck(Optional.of(found), "");
        } catch (UnsupportedModelException problem) {
            return none(String.valueOf(problem.getMessage()));
        }
    }

    /** Returns the seconds of one plain pass over what was measured; NaN where nothing was. */
    double forwardSeconds(Verifiable measured, List<Map<String, OnnxTensor>> pieces, InitOptions options) {
        return verification
                .flatMap(found -> measured.model())
                .map(model -> Verification.forwardSeconds(
                        model, pieces, options.device().threads().onnxRuntime()))
                .orElse(Double.NaN);
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
    List<ValueStatistics> toConfirm(LsuvReport report) {
        Set<String> missed = new HashSet<>();
        report.layers().stream()
                .filter(result -> result.status() != LayerResult.Status.CONVERGED)
                .forEach(result -> missed.add(result.layer().weight().source()));
        return verification.stream()
                .flatMap(found -> found.byWeight().entrySet().stream())
                .filter(entry -> !missed.contains(entry.getKey()))
                .flatMap(entry -> entry.getValue().stream())
                .toList();
    }
}
