package org.lsuv.tf.onnxexport;

import java.util.Map;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.tf.TensorRef;

/**
 * Holds an exported model and where to find in it what the graph computes.
 *
 * @param model the model
 * @param values the name of the ONNX value that holds a tensor of the graph, its axes in any order: for
 *     statistics over all elements. Tensors that no value holds are missing
 */
public record OnnxExport(OnnxModel model, Map<TensorRef, String> values) {
    public OnnxExport {
        values = Map.copyOf(values);
    }
}
