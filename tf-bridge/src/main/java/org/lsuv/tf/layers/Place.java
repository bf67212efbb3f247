package org.lsuv.tf.layers;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.onnx.layers.BiasShape;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;

/**
 * Tells where the output of a product is found, be it behind operations that view it under another shape.
 *
 * @param tensor the tensor
 * @param axis the axis of the output channels, as {@link Product} has it
 * @param bias what may be added there as a bias
 */
record Place(TensorRef tensor, OptionalInt axis, Optional<BiasShape> bias) {

    static Place of(Product product) {
        return new Place(GraphView.output(product.node()), product.axis(), product.bias());
    }

    /** Returns the place behind the operation that reads this one, if it alone does, and keeps all values. */
    Optional<Place> next(GraphView graph, long channels) {
        return graph.onlyReader(tensor).flatMap(node -> behind(graph, node, channels));
    }

    private Optional<Place> behind(GraphView graph, NodeDef node, long channels) {
        TensorRef output = GraphView.output(node);
        if (!GraphView.input(node, 0).equals(tensor)) {
            return Optional.empty();
        }
        return switch (node.getOp()) {
            case "Identity", "CheckNumerics", "EnsureShape", "PreventGradient", "Snapshot", "StopGradient" ->
                Optional.of(new Place(output, axis, bias));
            case "Squeeze" -> squeezed(graph, node, channels);
            case "Reshape", "ExpandDims" -> viewed(graph, output, channels);
            case "Transpose" ->
                graph.integers(GraphView.input(node, 1)).flatMap(perm -> transposed(output, perm, channels));
            default -> Optional.empty();
        };
    }

    /**
     * Returns the place where what surrounds the output is cut off: that of the dilated convolutions of TensorFlow 1,
     * and that of transposed convolutions whose padding TensorFlow's own operation does not have.
     */
    Optional<Place> cut(GraphView graph, NodeDef product, long channels) {
        return graph.onlyReader(tensor)
                .filter(node -> node.getOp().equals("BatchToSpaceND") || (isTransposed(product) && isSlice(node)))
                .filter(node -> GraphView.input(node, 0).equals(tensor))
                .map(GraphView::output)
                .filter(output -> axis.isPresent()
                        && graph.rank(output).equals(graph.rank(tensor))
                        && Set.of(-1L, channels).contains(graph.size(output, axis.getAsInt())))
                .map(output -> new Place(output, axis, bias));
    }

    private static boolean isTransposed(NodeDef product) {
        return product.getOp().contains("BackpropInput");
    }

    private static boolean isSlice(NodeDef node) {
        return node.getOp().equals("Slice") || node.getOp().equals("StridedSlice");
    }

    private static Optional<Place> at(TensorRef output, int axis, int rank, long channels) {
        return Optional.of(
                new Place(output, OptionalInt.of(axis - rank), Optional.of(BiasShape.along(rank - axis, channels))));
    }

    /** Sizes of 1 may not be known to be, so the axes that go are counted, not those that stay. */
    private Optional<Place> squeezed(GraphView graph, NodeDef node, long channels) {
        OptionalInt rank = graph.rank(tensor);
        List<Long> gone = node.getAttrOrThrow("squeeze_dims").getList().getIList();
        if (rank.isEmpty() || axis.isEmpty() || gone.isEmpty()) {
            return viewed(graph, GraphView.output(node), channels);
        }
        int place = Math.floorMod(axis.getAsInt(), rank.getAsInt());
        List<Integer> axes = gone.stream()
                .map(dim -> (int) Math.floorMod(dim, (long) rank.getAsInt()))
                .toList();
        long before = axes.stream().filter(dim -> dim < place).count();
        return axes.contains(place)
                ? Optional.empty()
                : at(GraphView.output(node), (int) (place - before), rank.getAsInt() - axes.size(), channels);
    }

    /** The channels stay one axis where as many values as before lie behind each of them. */
    private Optional<Place> viewed(GraphView graph, TensorRef output, long channels) {
        OptionalInt rank = graph.rank(tensor);
        OptionalInt after = graph.rank(output);
        if (axis.isEmpty() || rank.isEmpty() || after.isEmpty() || rank.getAsInt() == 0 || after.getAsInt() == 0) {
            return Optional.empty();
        }
        long behind = trailing(graph.shape(tensor), Math.floorMod(axis.getAsInt(), rank.getAsInt()));
        Shape shape = graph.shape(output);
        for (int i = after.getAsInt() - 1; i >= 0 && behind > 0; i--) {
            boolean fits = shape.get(i) == channels || (shape.get(i) < 0 && i == after.getAsInt() - 1);
            if (fits && trailing(shape, i) == behind) {
                return at(output, i, after.getAsInt(), channels);
            }
        }
        return Optional.empty();
    }

    /** Returns the number of values behind an axis, −1 where it is not known. */
    private static long trailing(Shape shape, int axis) {
        long count = 1;
        for (int i = axis + 1; i < shape.numDimensions(); i++) {
            count = shape.get(i) < 0 ? -1 : count < 0 ? -1 : Math.multiplyExact(count, shape.get(i));
        }
        return count;
    }

    private Optional<Place> transposed(TensorRef output, long[] perm, long channels) {
        if (axis.isEmpty() || perm.length == 0) {
            return Optional.empty();
        }
        int from = Math.floorMod(axis.getAsInt(), perm.length);
        OptionalInt to =
                IntStream.range(0, perm.length).filter(i -> perm[i] == from).findFirst();
        return to.isPresent() ? at(output, to.getAsInt(), perm.length, channels) : Optional.empty();
    }
}
