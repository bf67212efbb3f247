package org.lsuv.tf.layers;

import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.layers.BiasShape;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.proto.NodeDef;

/**
 * Describes what a product gives and what is added to it.
 *
 * @param linear the product, under the shape in which its bias is added
 * @param bias the bias, if there is one
 * @param blob the product with its bias
 */
record LayerOutput(Place linear, Optional<WeightedLayer.Bias> bias, TensorRef blob) {
    /** What lies further behind a product is no bias of it. */
    private static final int FURTHEST = 6;

    /** Finds the bias behind a product. */
    static LayerOutput of(GraphView graph, WeightTracer tracer, Product product) {
        long channels = product.kernel().channels();
        Place whole = Place.of(product);
        Place start = whole.cut(graph, product.node(), channels).orElse(whole);
        Optional<Place> place = Optional.of(start);
        for (int i = 0; i < FURTHEST && place.isPresent(); i++) {
            Optional<LayerOutput> found = biased(graph, tracer, place.get(), channels);
            if (found.isPresent()) {
                return found.get();
            }
            place = place.get().next(graph, channels);
        }
        return new LayerOutput(start, Optional.empty(), start.tensor());
    }

    private static Optional<LayerOutput> biased(GraphView graph, WeightTracer tracer, Place place, long channels) {
        Optional<NodeDef> reader = graph.onlyReader(place.tensor());
        if (reader.isEmpty() || place.bias().isEmpty()) {
            return Optional.empty();
        }
        NodeDef node = reader.get();
        return switch (node.getOp()) {
            case "BiasAdd", "BiasAddV1" -> {
                boolean second = GraphView.text(node, "data_format", "NHWC").startsWith("NC");
                Optional<WeightPath> bias = tracer.trace(GraphView.input(node, 1))
                        .filter(path -> path.operandShape().equals(List.of(channels)));
                yield bias.map(path -> with(
                        place,
                        node,
                        path,
                        second ? OnnxLayer.Broadcast.CHANNELS : OnnxLayer.Broadcast.TRAILING,
                        GraphView.input(node, 1)));
            }
            case "Add", "AddV2" -> {
                int own = GraphView.input(node, 0).equals(place.tensor()) ? 0 : 1;
                TensorRef other = GraphView.input(node, 1 - own);
                BiasShape fitting = place.bias().get();
                yield tracer.trace(other)
                        .filter(path -> fitting.fits(path.operandShape()))
                        .map(path -> with(place, node, path, OnnxLayer.Broadcast.TRAILING, other));
            }
            default -> Optional.empty();
        };
    }

    private static LayerOutput with(
            Place place, NodeDef node, WeightPath path, OnnxLayer.Broadcast broadcast, TensorRef tensor) {
        return new LayerOutput(
                place,
                Optional.of(new WeightedLayer.Bias(path.source(), path.operandShape(), tensor, 1, broadcast)),
                GraphView.output(node));
    }
}
