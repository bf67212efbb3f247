package org.lsuv.onnx.layers;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;

/**
 * Describes weight normalisation (Salimans and Kingma 2016, equation 2), w = g·v/‖v‖, spelled out as exporters
 * write it.
 *
 * @param direction v
 * @param gain g, of the shape of ‖v‖
 */
record WeightNorm(OnnxTensor direction, OnnxTensor gain) {

    /** Returns the parameters of a weight that a product makes, both of them stored, and g read by nothing else. */
    static Optional<WeightNorm> of(OnnxGraph graph, OnnxNode product) {
        if (!product.is("Mul")) {
            return Optional.empty();
        }
        return of(graph, product.input(0), product.input(1)).or(() -> of(graph, product.input(1), product.input(0)));
    }

    /** Either side may hold the quotient: (v/‖v‖)·g, or v·(g/‖v‖). */
    private static Optional<WeightNorm> of(OnnxGraph graph, String one, String quotient) {
        Optional<OnnxNode> division = graph.producer(quotient).filter(node -> node.is("Div"));
        Optional<OnnxTensor> stored = stored(graph, one);
        Optional<OnnxTensor> numerator = division.flatMap(node -> stored(graph, node.input(0)));
        if (stored.isEmpty() || numerator.isEmpty()) {
            return Optional.empty();
        }
        String norm = division.get().input(1);
        return matching(graph, numerator.get(), stored.get(), norm)
                .or(() -> matching(graph, stored.get(), numerator.get(), norm));
    }

    private static Optional<WeightNorm> matching(OnnxGraph graph, OnnxTensor v, OnnxTensor g, String norm) {
        Optional<OnnxNode> reduction = graph.producer(norm)
                .filter(node -> node.is("ReduceL2")
                        && node.input(0).equals(v.name())
                        && node.attributes().intOr("keepdims", 1) == 1);
        boolean matches = reduction
                .flatMap(node -> reduced(graph, node, v.shape()))
                .filter(shape -> fits(g, shape))
                .isPresent();
        // What else reads one of them would be scaled in another way, or not at all.
        boolean own = isReadBy(graph, g, 1) && isReadBy(graph, v, 2);
        return matches && own && v.type() == g.type() ? Optional.of(new WeightNorm(v, g)) : Optional.empty();
    }

    /** A norm of all values may be multiplied by a scalar. */
    private static boolean fits(OnnxTensor g, long[] norm) {
        return Arrays.equals(g.shape(), norm)
                || (g.rank() == 0 && Arrays.stream(norm).allMatch(size -> size == 1));
    }

    private static Optional<long[]> reduced(OnnxGraph graph, OnnxNode node, long[] shape) {
        boolean given = node.attributes().has("axes") || !node.input(1).isEmpty();
        Optional<long[]> axes =
                given ? new SmallIntegers(graph, Map.of()).of(node, 1, "axes") : Optional.of(new long[0]);
        return axes.filter(found -> Arrays.stream(found).allMatch(axis -> axis >= -shape.length && axis < shape.length))
                .map(found -> {
                    long[] reduced = shape.clone();
                    if (found.length == 0) {
                        Arrays.fill(reduced, 1);
                    }
                    Arrays.stream(found).forEach(axis -> reduced[Math.floorMod(axis, shape.length)] = 1);
                    return reduced;
                });
    }

    private static boolean isReadBy(OnnxGraph graph, OnnxTensor tensor, int nodes) {
        return graph.consumers(tensor.name()).size() == nodes && !graph.isOutput(tensor.name());
    }

    private static Optional<OnnxTensor> stored(OnnxGraph graph, String value) {
        return graph.initializer(value)
                .or(() -> graph.producer(value)
                        .filter(node ->
                                node.function().isEmpty() && !node.attributes().has("sparse_value"))
                        .flatMap(ConstantNode::value))
                .filter(tensor -> tensor.type().isFloating());
    }
}
