package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts products of matrices. */
final class MatrixOps {
    private static final Order SWAPPED = Order.of(1, 0);

    private MatrixOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("MatMul", MatrixOps::matMul);
        ops.add("BatchMatMul", node -> batchMatMul(node, "adj_x", "adj_y"));
        ops.add("BatchMatMulV2", node -> batchMatMul(node, "adj_x", "adj_y"));
        ops.add("BatchMatMulV3", node -> batchMatMul(node, "adj_x", "adj_y"));
        ops.add("Einsum", MatrixOps::einsum);
    }

    private static void matMul(NodeExport node) {
        OnnxType type = node.outType(0);
        if (type != OnnxType.FLOAT && type != OnnxType.DOUBLE) {
            batchMatMul(node, "transpose_a", "transpose_b");
            return;
        }
        boolean left = isSwapped(node, 0);
        boolean right = isSwapped(node, 1);
        boolean transA = node.flag("transpose_a") != left;
        boolean transB = node.flag("transpose_b") != right;
        String a = left ? node.in(0, SWAPPED) : node.in(0);
        String b = right ? node.in(1, SWAPPED) : node.in(1);
        node.give(node.draft("Gemm", a, b).with("transA", transA ? 1 : 0).with("transB", transB ? 1 : 0));
    }

    private static boolean isSwapped(NodeExport node, int input) {
        return node.order(input).filter(SWAPPED::equals).isPresent();
    }

    private static void batchMatMul(NodeExport node, String left, String right) {
        String a = node.flag(left) ? swapped(node, 0) : node.in(0);
        String b = node.flag(right) ? swapped(node, 1) : node.in(1);
        node.give(node.draft("MatMul", a, b));
    }

    private static String swapped(NodeExport node, int input) {
        int rank = node.rank(input);
        List<Integer> axes = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.swap(axes, rank - 1, rank - 2);
        return node.in(input, new Order(axes));
    }

    private static void einsum(NodeExport node) {
        String[] operands = IntStream.range(0, node.inputs()).mapToObj(node::in).toArray(String[]::new);
        node.give(node.draft("Einsum", operands).withText("equation", node.text("equation")));
    }
}
