package org.lsuv.tf.layers;

import java.util.HashMap;
import java.util.Map;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;

/**
 * Calls operations as the source of a model calls the values that they give.
 *
 * @param names the names of values by the names of tensors in the graph
 */
record SourceNames(Map<String, String> names) {

    static SourceNames of(TfModel model) {
        Map<String, String> names = new HashMap<>();
        model.values().forEach((name, tensor) -> names.putIfAbsent(plain(tensor), name));
        return new SourceNames(names);
    }

    private static String plain(TensorRef tensor) {
        return tensor.index() == 0 ? tensor.op() : tensor.toString();
    }

    /** Returns a name; what was added inside a scope of the source keeps its own part of it. */
    private String name(String tensor) {
        String known = names.get(tensor);
        int slash = tensor.lastIndexOf('/');
        if (known == null && slash > 0) {
            return name(tensor.substring(0, slash)) + tensor.substring(slash);
        }
        return known == null ? tensor : known;
    }

    WeightedLayer named(WeightedLayer layer) {
        return new WeightedLayer(
                layer.index(),
                name(layer.name()),
                layer.op(),
                layer.weight(),
                layer.kernel(),
                layer.linear(),
                layer.active(),
                layer.bias(),
                layer.blob(),
                name(layer.output()),
                layer.channels(),
                layer.activation().map(found -> new WeightedLayer.Activation(found.tensor(), name(found.output()))),
                layer.recurrent());
    }

    BatchNorm named(BatchNorm norm) {
        return new BatchNorm(name(norm.name()), norm.input(), norm.axis(), norm.mean(), norm.variance());
    }
}
