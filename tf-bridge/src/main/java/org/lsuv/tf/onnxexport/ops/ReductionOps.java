package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts reductions. */
final class ReductionOps {
    private ReductionOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Mean", node -> reduce(node, "ReduceMean"));
        ops.add("Sum", node -> reduce(node, "ReduceSum"));
        ops.add("Max", node -> reduce(node, "ReduceMax"));
        ops.add("Min", node -> reduce(node, "ReduceMin"));
        ops.add("Prod", node -> reduce(node, "ReduceProd"));
        ops.add("EuclideanNorm", node -> reduce(node, "ReduceL2"));
        ops.add("All", node -> truth(node, "ReduceMin"));
        ops.add("Any", node -> truth(node, "ReduceMax"));
        ops.add("L2Loss", ReductionOps::l2Loss);
        ops.add("ArgMax", node -> index(node, "ArgMax"));
        ops.add("ArgMin", node -> index(node, "ArgMin"));
    }

    /**
     * Says along which axes of a value is reduced.
     *
     * @param axes the axes of the tensor
     * @param order in which order the value lies
     * @param left in which order the result lies
     */
    private record Axes(List<Integer> axes, Order order, Order left) {
        static Axes of(NodeExport node) {
            int rank = node.rank(0);
            List<Integer> axes = LongStream.of(node.integers(1))
                    .mapToObj(axis -> Math.floorMod((int) axis, Math.max(1, rank)))
                    .distinct()
                    .toList();
            Order order = node.order(0).orElseGet(() -> Order.identity(rank));
            return new Axes(axes, order, node.flag("keep_dims") ? order : order.without(axes));
        }

        List<Long> positions() {
            return axes.stream().map(axis -> (long) order.position(axis)).toList();
        }
    }

    private static void reduce(NodeExport node, String operator) {
        Axes axes = Axes.of(node);
        if (axes.axes().isEmpty()) {
            node.passes(0, 0);
            return;
        }
        node.give(0, draft(node, operator, node.in(0, axes.order()), axes), axes.left());
    }

    /** Sums take their axes as an operand since opset 13, all others since opset 18. */
    private static NodeDraft draft(NodeExport node, String operator, String value, Axes axes) {
        boolean operand = operator.equals("ReduceSum") || node.opset() >= 18;
        NodeDraft draft = operand
                ? node.draft(operator, value, node.longs(axes.positions()))
                : node.draft(operator, value).withInts("axes", axes.positions());
        return draft.with("keepdims", node.flag("keep_dims") ? 1 : 0);
    }

    /** Adds a mean along some axes of a value, which stay with size 1. */
    static String mean(NodeExport node, String value, List<Long> axes) {
        NodeDraft draft = node.opset() >= 18
                ? node.draft("ReduceMean", value, node.longs(axes))
                : node.draft("ReduceMean", value).withInts("axes", axes);
        return draft.with("keepdims", 1).add();
    }

    private static void truth(NodeExport node, String operator) {
        Axes axes = Axes.of(node);
        if (axes.axes().isEmpty()) {
            node.passes(0, 0);
            return;
        }
        String number = node.cast(node.in(0, axes.order()), OnnxType.INT32);
        String reduced = draft(node, operator, number, axes).add();
        node.give(0, node.draft("Cast", reduced).with("to", OnnxType.BOOL.code()), axes.left());
    }

    private static void l2Loss(NodeExport node) {
        NodeDraft squares = node.draft("ReduceSumSquare", node.in(0)).with("keepdims", 0);
        node.give(node.draft("Mul", squares.add(), node.scalar(0, 0.5)));
    }

    /** Both sides take the first of equal elements; ONNX gives int64. */
    private static void index(NodeExport node, String operator) {
        int rank = node.rank(0);
        int axis = Math.floorMod((int) node.integers(1)[0], rank);
        Order order = node.order(0).orElseGet(() -> Order.identity(rank));
        NodeDraft draft = node.draft(operator, node.in(0, order))
                .with("axis", order.position(axis))
                .with("keepdims", 0);
        Order left = order.without(List.of(axis));
        Optional<OnnxType> other = Optional.of(node.outType(0)).filter(type -> type != OnnxType.INT64);
        node.give(
                0,
                other.isPresent()
                        ? node.draft("Cast", draft.add()).with("to", other.get().code())
                        : draft,
                left);
    }
}
