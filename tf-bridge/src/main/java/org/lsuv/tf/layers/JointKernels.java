package org.lsuv.tf.layers;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.SharedTensors;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.Weight;
import org.tensorflow.proto.GraphDef;

/**
 * Holds a model in which each kernel that multiplies input and state side by side, as the cells of TensorFlow 1 have
 * it, is two weights: {@code [x, h]·K = x·K[:n] + h·K[n:]}, where n is the size of the input. They are called {@code
 * K[:n]} and {@code K[n:]}, and are what Keras stores as kernel and recurrent kernel.
 *
 * @param model the model, the same as before where it has no such kernel
 * @param wholes the kernels that were cut by the names of their parts
 */
public record JointKernels(TfModel model, Map<String, Weight> wholes) {
    public JointKernels {
        wholes = Collections.unmodifiableMap(new LinkedHashMap<>(wholes));
    }

    /**
     * Cuts the kernels of a model's loops. A kernel that anything else reads stays whole.
     *
     * @throws UnsupportedModelException if TensorFlow does not take the graph
     */
    public static JointKernels cutIn(TfModel model) {
        JointProducts.Outcome products = JointProducts.cutIn(model);
        if (products.cuts().isEmpty()) {
            return new JointKernels(model, Map.of());
        }
        Map<String, Weight> weights = new LinkedHashMap<>();
        Map<String, Weight> wholes = new LinkedHashMap<>();
        model.weights().forEach((name, weight) -> {
            JointProducts.Cut cut = products.cuts().get(weight.tensor());
            if (cut == null) {
                weights.put(name, weight);
                return;
            }
            long all = weight.value().shape()[0];
            part(
                    weights,
                    name + "[:" + cut.inputs() + "]",
                    cut.input(),
                    weight.value().rows(0, cut.inputs()));
            part(
                    weights,
                    name + "[" + cut.inputs() + ":]",
                    cut.state(),
                    weight.value().rows(cut.inputs(), all));
            wholes.put(name + "[:" + cut.inputs() + "]", weight);
            wholes.put(name + "[" + cut.inputs() + ":]", weight);
        });
        return new JointKernels(with(model, products.graph(), weights), wholes);
    }

    private static void part(Map<String, Weight> weights, String name, TensorRef tensor, OnnxTensor value) {
        weights.put(name, new Weight(name, tensor, value.withName(name)));
    }

    private static TfModel with(TfModel model, GraphDef graph, Map<String, Weight> weights) {
        return new TfModel(
                model.label(),
                graph,
                model.inputs(),
                model.outputs(),
                model.values(),
                model.inner(),
                weights,
                model.layers(),
                model.batchNorms(),
                model.notes());
    }

    /** Returns the names of the kernels that were cut, by the names of their parts. */
    public Map<String, List<String>> sources() {
        Map<String, List<String>> sources = new LinkedHashMap<>();
        wholes.forEach((part, whole) -> sources.put(part, List.of(whole.name())));
        return sources;
    }

    /** Returns values by the names of stored tensors: parts are put together, those without a new value as they were. */
    public Map<String, OnnxTensor> joined(Map<String, OnnxTensor> values) {
        Map<String, OnnxTensor> joined = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            Weight whole = wholes.get(name);
            if (whole == null) {
                joined.put(name, value);
            } else {
                joined.computeIfAbsent(whole.name(), source -> joined(whole, values));
            }
        });
        return joined;
    }

    private OnnxTensor joined(Weight whole, Map<String, OnnxTensor> values) {
        ByteBuffer bytes = SharedTensors.allocate(Math.toIntExact(whole.value().byteCount()));
        List<String> parts = new ArrayList<>();
        wholes.forEach((part, of) -> {
            if (of.equals(whole)) {
                parts.add(part);
            }
        });
        for (String part : parts) {
            values.getOrDefault(part, model.weight(part).value()).chunks().forEach(bytes::put);
        }
        return OnnxTensor.of(whole.name(), whole.value().type(), whole.value().shape(), List.of(bytes.flip()));
    }
}
