package org.lsuv.tf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.tensorflow.proto.GraphDef;

/**
 * Holds a network as a TensorFlow graph, with its parts known by their names in the source.
 *
 * @param label the name by which errors call the model
 * @param graph the graph; weights are placeholders
 * @param inputs the inputs that a batch feeds
 * @param outputs the outputs by source name
 * @param values every value of the source that the graph computes, by source name
 * @param inner values inside of nodes of the source, which have no name of their own there
 * @param weights the stored tensors that are fed, by source name
 * @param layers the weighted layers in execution order
 * @param batchNorms the batch normalisations in inference form, in execution order
 * @param notes what the importer did that a user should know
 */
public record TfModel(
        String label,
        GraphDef graph,
        List<TfInput> inputs,
        Map<String, TensorRef> outputs,
        Map<String, TensorRef> values,
        Map<InnerValue, TensorRef> inner,
        Map<String, Weight> weights,
        List<WeightedLayer> layers,
        List<BatchNorm> batchNorms,
        List<String> notes) {

    public TfModel {
        inputs = List.copyOf(inputs);
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        inner = Collections.unmodifiableMap(new LinkedHashMap<>(inner));
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        layers = List.copyOf(layers);
        batchNorms = List.copyOf(batchNorms);
        notes = List.copyOf(notes);
    }

    /**
     * Returns a weight by its name in the source.
     *
     * @throws IllegalArgumentException if there is no weight of this name
     */
    public Weight weight(String name) {
        Weight found = weights.get(name);
        if (found == null) {
            throw new IllegalArgumentException("\"" + name + "\" is no weight of " + label);
        }
        return found;
    }

    /** Returns the number of operations of the graph. */
    public int operationCount() {
        return graph.getNodeCount();
    }

    /**
     * Returns the same graph, fed with other weights.
     *
     * @param values the new values by the names of the weights; the others stay
     * @throws IllegalArgumentException if there is no weight of one of these names
     */
    public TfModel with(Map<String, OnnxTensor> values) {
        Map<String, Weight> changed = new LinkedHashMap<>(weights);
        values.forEach(
                (name, value) -> changed.put(name, new Weight(name, weight(name).tensor(), value)));
        return new TfModel(label, graph, inputs, outputs, this.values, inner, changed, layers, batchNorms, notes);
    }

    /** Returns what inputs and values are called in the source, each by the first of its names. */
    public Map<TensorRef, String> names() {
        Map<TensorRef, String> names = new LinkedHashMap<>();
        inputs.forEach(input -> names.put(input.tensor(), input.name()));
        values.forEach((name, tensor) -> names.putIfAbsent(tensor, name));
        return names;
    }

    /**
     * Returns a value inside of a node, if the node's converter marked it.
     *
     * @param output the name of the node's first output that is there
     * @param name the name that the converter gave, such as {@code gates}
     */
    public Optional<TensorRef> inner(String output, String name) {
        return Optional.ofNullable(inner.get(new InnerValue(output, name)));
    }
}
