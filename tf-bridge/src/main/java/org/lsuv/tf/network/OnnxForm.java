package org.lsuv.tf.network;

import java.util.Optional;
import org.lsuv.onnx.OnnxModel;

/**
 * Holds what ONNX Runtime can be given of a network.
 *
 * @param model the network in ONNX, if it has that form
 * @param reason why it has not; empty otherwise
 */
public record OnnxForm(Optional<OnnxModel> model, String reason) {

    static OnnxForm of(OnnxModel model) {
        return new OnnxForm(Optional.of(model), "");
    }

    static OnnxForm none(String reason) {
        return new OnnxForm(Optional.empty(), reason);
    }
}
