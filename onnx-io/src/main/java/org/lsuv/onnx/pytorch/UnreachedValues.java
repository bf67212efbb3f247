package org.lsuv.onnx.pytorch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/** Lists what a graph stores where no rule looks: sparse tensors, and those in the bodies of nodes. */
final class UnreachedValues {
    private UnreachedValues() {}

    static List<Lost> of(OnnxGraph graph) {
        List<Lost> found = new ArrayList<>();
        graph.sparseInitializerNames().forEach(name -> found.add(new Lost(name, List.of(), "is stored as sparse")));
        graph.nodes().forEach(node -> addBodies(node, found));
        return List.copyOf(found);
    }

    private static void addBodies(OnnxNode node, List<Lost> found) {
        String place = node.opType() + " \"" + (node.name().isEmpty() ? node.firstOutput() : node.name()) + "\"";
        for (OnnxGraph body : node.attributes().allGraphs()) {
            body.initializerNames().stream()
                    .flatMap(name -> body.initializer(name).stream())
                    .filter(tensor -> tensor.type().isFloating() && tensor.elementCount() > 1)
                    .map(tensor -> new Lost(
                            tensor.name(),
                            Arrays.stream(tensor.shape()).boxed().toList(),
                            "is inside the body of " + place))
                    .forEach(found::add);
            body.nodes().forEach(inner -> addBodies(inner, found));
        }
    }
}
