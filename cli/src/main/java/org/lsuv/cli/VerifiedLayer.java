package org.lsuv.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.WeightedLayer;

/**
 * Is a layer that ONNX Runtime measured, as its source calls it.
 *
 * @param index the position among the layers of the source
 * @param output what was measured
 */
record VerifiedLayer(int index, String name, String op, String output, Verification.Layer found) {

    /** Returns the layers of a model as it calls them. */
    static List<VerifiedLayer> of(Verification verification) {
        return verification.layers().stream().map(VerifiedLayer::of).toList();
    }

    private static VerifiedLayer of(Verification.Layer found) {
        return new VerifiedLayer(
                found.layer().index(),
                found.layer().name(),
                found.layer().node().opType(),
                found.output(),
                found);
    }

    /**
     * Returns the layers of an export as the graph calls them, in its order: the use of a weight there is the use of the
     * same weight here.
     *
     * @param layers the layers of the graph
     * @param point where they were measured
     */
    static List<VerifiedLayer> of(Verification verification, List<WeightedLayer> layers, MeasuringPoint point) {
        Map<String, List<WeightedLayer>> uses = new HashMap<>();
        layers.forEach(layer -> uses.computeIfAbsent(layer.weight().source(), weight -> new ArrayList<>())
                .add(layer));
        List<VerifiedLayer> verified = new ArrayList<>();
        for (Verification.Layer found : verification.layers()) {
            List<WeightedLayer> open = uses.getOrDefault(found.layer().weight().source(), List.of());
            verified.add(open.isEmpty() ? of(found) : of(found, open.remove(0), point));
        }
        verified.sort(Comparator.comparingInt(VerifiedLayer::index));
        return verified;
    }

    private static VerifiedLayer of(Verification.Layer found, WeightedLayer layer, MeasuringPoint point) {
        return new VerifiedLayer(layer.index(), layer.name(), layer.op(), layer.output(point), found);
    }
}
