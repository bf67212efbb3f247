package org.lsuv.onnx.layers;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;

/** Finds stored tensors that data is multiplied by, or that are added to it, value by value. */
final class ScalesAndShifts {
    /** Operators that take a scale or shift, and from which input on. */
    private static final Map<String, Integer> NORMALISATIONS = Map.of(
            "BatchNormalization", 1,
            "GroupNormalization", 1,
            "InstanceNormalization", 1,
            "LayerNormalization", 1,
            "RMSNormalization", 1,
            "SimplifiedLayerNormalization", 1);

    private ScalesAndShifts() {}

    /** Returns the names of those that nothing else reads. */
    static Set<String> of(OnnxGraph graph, InputDependence dependence) {
        Set<String> found = new HashSet<>();
        for (OnnxNode node : graph.nodes()) {
            for (String name : node.inputs()) {
                if (!name.isEmpty()
                        && !found.contains(name)
                        && graph.initializer(name)
                                .filter(tensor -> isParameter(tensor, name, graph, dependence))
                                .isPresent()) {
                    found.add(name);
                }
            }
        }
        return found;
    }

    private static boolean isParameter(OnnxTensor tensor, String name, OnnxGraph graph, InputDependence dependence) {
        return tensor.type().isFloating()
                && tensor.elementCount() > 0
                && !graph.isOutput(name)
                && !graph.captured().contains(name)
                && graph.consumers(name).stream().allMatch(node -> takes(node, name, tensor, dependence));
    }

    private static boolean takes(OnnxNode node, String name, OnnxTensor tensor, InputDependence dependence) {
        int position = node.inputs().indexOf(name);
        if (node.is("Mul") || node.is("Add")) {
            return tensor.elementCount() > 1 && dependence.reaches(node.input(1 - position));
        }
        int first = NORMALISATIONS.getOrDefault(node.opType(), Integer.MAX_VALUE);
        return node.domain().isEmpty()
                && position >= first
                && position < first + 2
                && dependence.reaches(node.input(0));
    }
}
