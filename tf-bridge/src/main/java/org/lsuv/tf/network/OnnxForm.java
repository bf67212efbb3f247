package org.lsuv.tf.network;

import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.tf.TensorRef;

/**
 * Holds what ONNX Runtime can be given of a network.
 *
 * @param model the network in ONNX, if it has that form
 * @param values the names of the values of the model that hold tensors of the network's graph; tensors of which there
 *     is none are missing
 * @param reason why it has not; empty otherwise
 */
public record OnnxForm(Optional<OnnxModel> model, Map<TensorRef, String> values, String reason) {
    public OnnxForm {
        values = Map.copyOf(values);
    }

    static OnnxForm of(OnnxModel model, Map<TensorRef, String> values) {
        return new OnnxForm(Optional.of(model), values, "");
    }

    static OnnxForm none(String reason) {
        return new OnnxForm(Optional.empty(), Map.of(), reason);
    }
}
