package org.lsuv.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;

/**
 * Holds what ONNX Runtime can measure of a result.
 *
 * @param model the network in ONNX, if it has that form
 * @param reason why it has not; empty otherwise
 */
record Verifiable(Optional<OnnxModel> model, String reason) {

    static Verifiable of(OnnxModel model) {
        return new Verifiable(Optional.of(model), "");
    }

    OrtCheck check(List<Map<String, OnnxTensor>> pieces, InitOptions how) {
        return model.map(found -> OrtCheck.of(found, pieces, how)).orElseGet(() -> OrtCheck.none(reason));
    }
}
