package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.tf.WeightedLayer;

/**
 * Holds all layers that use one stored weight, in execution order: usually one, several for a tied weight.
 * They get one scale, so that their outputs reach the target variance pooled over all uses.
 *
 * @param weight the name of the stored weight
 * @param uses the layers
 * @param lead the position of the use that is measured to find the scale: usually 0
 * @param partition the parts that have a scale each
 */
record LayerGroup(String weight, List<WeightedLayer> uses, int lead, Partition partition) {
    LayerGroup {
        uses = List.copyOf(uses);
        if (lead < 0 || lead >= uses.size()) {
            throw new IllegalArgumentException("lead: expected one of " + uses.size() + " uses, got " + lead);
        }
    }

    /** Groups layers by their weight. */
    static List<LayerGroup> of(List<WeightedLayer> layers, Granularity granularity) {
        Map<String, List<WeightedLayer>> byWeight = new LinkedHashMap<>();
        for (WeightedLayer layer : layers) {
            byWeight.computeIfAbsent(layer.weight().source(), key -> new ArrayList<>())
                    .add(layer);
        }
        return byWeight.entrySet().stream()
                .map(entry ->
                        new LayerGroup(entry.getKey(), entry.getValue(), 0, common(entry.getValue(), granularity)))
                .toList();
    }

    /** Uses that see the weight otherwise, a transposed one say, have no parts in common. */
    private static Partition common(List<WeightedLayer> uses, Granularity granularity) {
        List<Partition> partitions = uses.stream()
                .map(use -> Partition.of(use, granularity))
                .distinct()
                .toList();
        boolean alike = uses.stream().map(WeightedLayer::kernel).distinct().count() == 1;
        return partitions.size() == 1 && alike
                ? partitions.get(0)
                : Partition.whole(uses.get(0).kernel().channels());
    }

    /** Returns the name of the stored tensor that is multiplied to scale the weight. */
    String scaled() {
        return leader().weight().scaled();
    }

    /** Returns the use that is measured to find the scale. */
    WeightedLayer leader() {
        return uses.get(lead);
    }

    /** Returns the uses that the scale reaches in the pass that finds it: the leader, and those behind it. */
    List<WeightedLayer> scaledUses() {
        return uses.subList(lead, uses.size());
    }

    /** Returns the same layers with the next of them measured; unchanged at the last. */
    LayerGroup ledByNext() {
        return new LayerGroup(weight, uses, Math.min(lead + 1, uses.size() - 1), partition);
    }
}
