package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.ConvOps;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.MatrixOps;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/** Converts convolutions and products of matrices that are fused with what follows them. */
final class FusedLinearOps {
    /** The product with its bias, before what is fused with it. */
    private static final String BLOB = "product";

    private FusedLinearOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("FusedConv", 1, FusedLinearOps::fusedConv);
        ops.one("NhwcConv", 1, FusedLinearOps::nhwcFusedConv);
        ops.one("NhwcFusedConv", 1, FusedLinearOps::nhwcFusedConv);
        ops.one("FusedGemm", 1, node -> FusedActivation.apply(node, node.inner(BLOB, MatrixOps.gemm(node))));
        ops.one("FusedMatMul", 1, FusedLinearOps::fusedMatMul);
        ops.one("TransposeMatMul", 1, FusedLinearOps::fusedMatMul);
        ops.one("FusedMatMulActivation", 1, node -> FusedActivation.apply(node, fusedMatMul(node)));
        ops.one("GemmFastGelu", 1, FusedLinearOps::gemmFastGelu);
        ops.one("MatMulNBits", 1, MatMulNBitsConverter::matMulNBits);
    }

    private static Operand<?> fusedConv(NodeContext node) {
        Operand<TNumber> product = node.linear(ConvOps.product(node, node.<TNumber>input(0)));
        return FusedActivation.apply(node, plusThird(node, node.inner(BLOB, ConvOps.withBias(node, product))));
    }

    private static Operand<?> nhwcFusedConv(NodeContext node) {
        Ops tf = node.tf();
        if (node.rank(0) < 3) {
            throw node.malformed("expected an input with at least 3 axes, got " + node.rank(0));
        }
        Operand<TNumber> x = Channels.toFirst(tf, node.<TNumber>input(0));
        Operand<TNumber> product = node.linear(Channels.toLast(tf, ConvOps.product(node, x)));
        Operand<TNumber> biased = node.has(2) ? tf.math.add(product, node.<TNumber>input(2)) : product;
        return FusedActivation.apply(node, plusThird(node, node.inner(BLOB, biased)));
    }

    /** Adds the residual, which comes before the activation. */
    private static Operand<TNumber> plusThird(NodeContext node, Operand<TNumber> x) {
        return node.has(3) ? node.tf().math.add(x, node.<TNumber>input(3)) : x;
    }

    private static Operand<TNumber> fusedMatMul(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> product = MatrixOps.matMul(
                node, arranged(node, 0, "transA", "transBatchA"), arranged(node, 1, "transB", "transBatchB"));
        float alpha = node.attributes().floatOr("alpha", 1);
        return node.linear(alpha == 1 ? product : tf.math.mul(product, ElementTypes.scalar(tf, product, alpha)));
    }

    /** Moves the first axis behind the batch, then swaps the last two; each if asked to. */
    private static Operand<TNumber> arranged(NodeContext node, int input, String swap, String move) {
        Operand<TNumber> x = node.input(input);
        int rank = node.rank(input);
        List<Integer> order = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            order.add(axis);
        }
        if (rank >= 2 && node.attributes().flag(move)) {
            order.add(rank - 2, order.remove(0));
        }
        if (rank >= 2 && node.attributes().flag(swap)) {
            order.add(rank - 2, order.remove(rank - 1));
        }
        int[] permutation = order.stream().mapToInt(axis -> axis).toArray();
        boolean same = true;
        for (int axis = 0; axis < rank; axis++) {
            same &= permutation[axis] == axis;
        }
        return same ? x : node.tf().linalg.transpose(x, node.tf().constant(permutation));
    }

    private static Operand<?> gemmFastGelu(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> product = node.linear(MatrixOps.matMul(node, node.input(0), node.input(1)));
        return Gelu.byTanh(tf, node.inner(BLOB, node.has(2) ? tf.math.add(product, node.<TNumber>input(2)) : product));
    }
}
