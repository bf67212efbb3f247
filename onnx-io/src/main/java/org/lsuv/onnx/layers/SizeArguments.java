package org.lsuv.onnx.layers;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/**
 * Finds what is computed from the sizes of activations and then says how stored tensors are rearranged. PyTorch cuts the
 * projections of a cross attention at a third of its input's width, and writes how it gets there.
 *
 * @param values the names of what says how to rearrange
 * @param shapes the {@code Shape} nodes that it is computed from
 */
public record SizeArguments(Set<String> values, Set<OnnxNode> shapes) {
    public SizeArguments {
        values = Set.copyOf(values);
        shapes = Set.copyOf(shapes);
    }

    /** Finds them in a main graph. */
    public static SizeArguments in(OnnxGraph graph) {
        InputDependence dependence = new InputDependence(graph);
        Map<String, Set<OnnxNode>> sizes = new HashMap<>();
        Set<String> values = new LinkedHashSet<>();
        Set<OnnxNode> shapes = new LinkedHashSet<>();
        for (OnnxNode node : graph.nodes()) {
            if (!node.domain().isEmpty() || node.inputs().isEmpty()) {
                continue;
            }
            List<String> read =
                    node.inputs().stream().filter(sizes::containsKey).toList();
            if (node.is("Shape") && dependence.reaches(node.input(0))) {
                sizes.put(node.output(0), Set.of(node));
            } else if (!read.isEmpty() && !dependence.reaches(node)) {
                Set<OnnxNode> makers = new HashSet<>();
                read.forEach(value -> makers.addAll(sizes.getOrDefault(value, Set.of())));
                if (Rearranging.rearranges(node) && !sizes.containsKey(node.input(0))) {
                    values.addAll(read);
                    shapes.addAll(makers);
                } else if (Rearranging.computesSizes(node)) {
                    node.outputs().forEach(output -> sizes.put(output, makers));
                }
            }
        }
        return new SizeArguments(values, shapes);
    }
}
