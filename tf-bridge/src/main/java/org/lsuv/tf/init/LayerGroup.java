package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.tf.WeightedLayer;

/**
 * Holds all layers that use one stored weight, in execution order: usually one, several for a tied weight.
 * They get one scale, so that their outputs reach the target variance pooled over all uses.
 *
 * @param weight the name of the stored weight
 * @param uses the layers
 */
record LayerGroup(String weight, List<WeightedLayer> uses) {
    LayerGroup {
        uses = List.copyOf(uses);
    }

    /** Groups layers by their weight. */
    static List<LayerGroup> of(List<WeightedLayer> layers) {
        Map<String, List<WeightedLayer>> byWeight = new LinkedHashMap<>();
        for (WeightedLayer layer : layers) {
            byWeight.computeIfAbsent(layer.weight().source(), key -> new ArrayList<>())
                    .add(layer);
        }
        return byWeight.entrySet().stream()
                .map(entry -> new LayerGroup(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** Returns the use that is measured to find the scale: the first. */
    WeightedLayer leader() {
        return uses.get(0);
    }
}
