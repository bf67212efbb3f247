package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;
import org.tensorflow.ndarray.Shape;

/** Converts operations that change or tell the shape of a tensor. */
final class ShapeOps {
    private ShapeOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Reshape", ShapeOps::reshape);
        ops.add("Squeeze", ShapeOps::squeeze);
        ops.add("ExpandDims", ShapeOps::expandDims);
        ops.add("Shape", node -> size(node, "Shape"));
        ops.add("Size", node -> size(node, "Size"));
        ops.add("Rank", node -> {
            String sizes = node.add("Size", node.add("Shape", node.in(0)));
            node.give(node.draft("Cast", sizes).with("to", node.outType(0).code()));
        });
    }

    private static void reshape(NodeExport node) {
        if (node.reshapesStored()) {
            return;
        }
        Order order = node.order(0).orElse(null);
        String value = order != null && keepsElements(order, node.shape(0)) ? node.in(0, order) : node.in(0);
        give(node, value, node.outShape(0), 1);
    }

    /** Reshapes to what is known of a shape; sizes that are not, and cannot be left to ONNX, come from an operand. */
    static void give(NodeExport node, String value, Shape result, int sizes) {
        Optional<long[]> known = writable(result).or(() -> node.sizes(sizes).filter(ShapeOps::isWritable));
        boolean zero = known.isPresent() && LongStream.of(known.get()).anyMatch(size -> size == 0);
        NodeDraft draft = node.draft("Reshape", value, known.map(node::longs).orElseGet(() -> node.inLongs(sizes)));
        // Zero means no elements in TensorFlow, and in ONNX by default the old size.
        node.give(zero && node.opset() >= 14 ? draft.with("allowzero", 1) : draft);
    }

    private static Optional<long[]> writable(Shape shape) {
        return shape.isUnknown()
                ? Optional.empty()
                : Optional.of(shape.asArray()).filter(ShapeOps::isWritable);
    }

    /** One size may stay open, if no other is 0. */
    private static boolean isWritable(long[] sizes) {
        long open = LongStream.of(sizes).filter(size -> size < 0).count();
        return open == 0 || (open == 1 && LongStream.of(sizes).noneMatch(size -> size == 0));
    }

    /** Tells whether an order moves only axes of size 1, so that the elements lie as before. */
    private static boolean keepsElements(Order order, Shape shape) {
        List<Integer> moved =
                order.axes().stream().filter(axis -> shape.get(axis) != 1).toList();
        return IntStream.range(1, moved.size()).allMatch(i -> moved.get(i - 1) < moved.get(i));
    }

    private static void squeeze(NodeExport node) {
        int rank = node.rank(0);
        List<Integer> axes = node.list("squeeze_dims").stream()
                .map(axis -> Math.floorMod(axis.intValue(), rank))
                .toList();
        if (axes.isEmpty()) {
            if (node.shape(0).hasUnknownDimension()) {
                throw node.unsupported("which axes have size 1 is not known");
            }
            axes = IntStream.range(0, rank)
                    .filter(axis -> node.shape(0).get(axis) == 1)
                    .boxed()
                    .toList();
        }
        if (axes.isEmpty()) {
            node.passes(0, 0);
            return;
        }
        if (node.reshapesStored()) {
            return;
        }
        Order order = node.order(0).orElseGet(() -> Order.identity(rank));
        List<Long> positions =
                axes.stream().map(axis -> (long) order.position(axis)).sorted().toList();
        node.give(0, node.draft("Squeeze", node.in(0, order), node.longs(positions)), order.without(axes));
    }

    private static void expandDims(NodeExport node) {
        if (node.reshapesStored()) {
            return;
        }
        int rank = node.rank(0);
        int axis = Math.floorMod((int) node.integers(1)[0], rank + 1);
        Order before = node.order(0).orElseGet(() -> Order.identity(rank));
        // The new axis stands first in memory or where it belongs, whichever keeps the order.
        List<Integer> moved = before.axes().stream()
                .map(other -> other >= axis ? other + 1 : other)
                .toList();
        int at = before.isIdentity() ? axis : Math.min(axis, rank);
        List<Integer> after = new java.util.ArrayList<>(moved);
        after.add(at, axis);
        node.give(0, node.draft("Unsqueeze", node.in(0, before), node.longs(at)), new Order(after));
    }

    /** Sizes of a tensor that lies in another order are put in its own. */
    private static void size(NodeExport node, String operator) {
        Order order = node.order(0).orElse(null);
        NodeDraft draft = node.draft(operator, order == null ? node.in(0) : node.in(0, order));
        if (order != null && operator.equals("Shape")) {
            List<Long> positions = IntStream.range(0, order.rank())
                    .mapToObj(axis -> (long) order.position(axis))
                    .toList();
            draft = node.draft("Gather", draft.add(), node.longs(positions));
        }
        node.give(
                node.outType(0) == OnnxType.INT64
                        ? draft
                        : node.draft("Cast", draft.add())
                                .with("to", node.outType(0).code()));
    }
}
