package org.lsuv.tf.onnxexport;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.tf.TensorRef;

/**
 * Holds an exported model and where to find in it what the graph computes.
 *
 * @param model the model
 * @param values the ONNX values that hold tensors of the graph; tensors of which there is none are missing
 */
public record OnnxExport(OnnxModel model, Map<TensorRef, Value> values) {
    /**
     * Names an ONNX value that holds a tensor.
     *
     * @param name the name
     * @param order how the tensor's axes lie in it; empty where they lie as they do in the tensor
     */
    public record Value(String name, Optional<Order> order) {}

    public OnnxExport {
        values = Map.copyOf(values);
    }

    /** Returns the names of the ONNX values by the tensors that they hold, in whatever order of axes. */
    public Map<TensorRef, String> names() {
        return values.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().name()));
    }
}
