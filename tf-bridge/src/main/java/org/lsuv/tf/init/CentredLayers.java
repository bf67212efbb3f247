package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;

/**
 * Tells which layers can be brought to mean zero through their bias. A bias that several layers add, or that is added
 * to several products, cannot centre each of them.
 *
 * @param groups the weights of the layers that can
 * @param others the names of the layers that cannot
 */
record CentredLayers(Set<LayerGroup> groups, List<String> others) {
    CentredLayers {
        groups = Set.copyOf(groups);
        others = List.copyOf(others);
    }

    static CentredLayers of(TfModel model, List<LayerGroup> groups) {
        List<String> biases = model.layers().stream()
                .flatMap(layer -> layer.bias().stream())
                .map(WeightedLayer.Bias::weight)
                .toList();
        Set<LayerGroup> centred = new HashSet<>();
        List<String> others = new ArrayList<>();
        for (LayerGroup group : groups) {
            boolean own = group.uses().size() == 1
                    && group.leader()
                            .bias()
                            .filter(bias -> Collections.frequency(biases, bias.weight()) == 1
                                    && bias.factor() != 0
                                    && isAddedAsStored(model, group.leader(), bias))
                            .isPresent();
            if (own) {
                centred.add(group);
            } else {
                group.uses().forEach(use -> others.add(use.name()));
            }
        }
        return new CentredLayers(centred, others);
    }

    private static boolean isAddedAsStored(TfModel model, WeightedLayer layer, WeightedLayer.Bias bias) {
        OnnxTensor stored = model.weight(bias.weight()).value();
        long added = bias.shape().stream().reduce(1L, Math::multiplyExact);
        return stored.elementCount() == added || RecurrentBias.of(layer, stored).isPresent();
    }

    /** Returns what a user should know of it. */
    Optional<String> note() {
        return others.isEmpty()
                ? Optional.empty()
                : Optional.of("not centred, for want of a bias of their own: " + String.join(", ", others));
    }
}
