package org.lsuv.tf.onnximport.ops;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Converts products of matrices. */
public final class MatrixOps {
    private MatrixOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("MatMul", 1, Narrowing.wrapped(node -> matMul(node, node.input(0), node.input(1))));
        ops.one("Gemm", 1, MatrixOps::gemm);
        ops.one("Einsum", 12, EinsumConverter::einsum);
        ops.one("Det", 11, MatrixOps::det);
    }

    /** Returns the product of matrices, as MatMul defines it. */
    public static Operand<TNumber> matMul(NodeContext node, Operand<TNumber> left, Operand<TNumber> right) {
        Ops tf = node.tf();
        int leftRank = rank(node, left);
        int rightRank = rank(node, right);
        if (leftRank == 0 || rightRank == 0) {
            throw node.malformed("an operand has no dimensions; expected 1 or more");
        }
        checkInnerSizes(node, left.shape().get(-1), right.shape().get(rightRank == 1 ? 0 : -2));
        Operand<TNumber> rows = leftRank == 1 ? tf.expandDims(left, tf.constant(0)) : left;
        Operand<TNumber> columns = rightRank == 1 ? tf.expandDims(right, tf.constant(1)) : right;
        Operand<TNumber> product = product(tf, rows, columns);
        if (leftRank == 1 && rightRank == 1) {
            return tf.squeeze(product, Squeeze.axis(List.of(-2L, -1L)));
        }
        if (leftRank == 1 || rightRank == 1) {
            return tf.squeeze(product, Squeeze.axis(List.of(leftRank == 1 ? -2L : -1L)));
        }
        return product;
    }

    private static int rank(NodeContext node, Operand<?> operand) {
        if (operand.shape().isUnknown()) {
            throw node.unsupported("a factor whose rank is not known before the graph runs");
        }
        return operand.shape().numDimensions();
    }

    private static Operand<TNumber> product(Ops tf, Operand<TNumber> left, Operand<TNumber> right) {
        int leftRank = left.shape().numDimensions();
        if (leftRank == 2 && right.shape().numDimensions() == 2) {
            return tf.linalg.matMul(left, right);
        }
        long inner = right.shape().get(0);
        if (right.shape().numDimensions() == 2 && inner > 0) {
            // One product of tall matrices takes less time than many of small ones.
            Operand<TInt64> outer = tf.stridedSlice(tf.shape(left, TInt64.class), Indices.sliceTo(leftRank - 1));
            Operand<TInt64> columns = tf.stridedSlice(tf.shape(right, TInt64.class), Indices.sliceFrom(1));
            Operand<TNumber> flat = tf.reshape(left, tf.constant(new long[] {-1, inner}));
            return tf.reshape(tf.linalg.matMul(flat, right), tf.concat(List.of(outer, columns), tf.constant(0)));
        }
        return tf.train.batchMatMul(left, right, left.type());
    }

    private static void checkInnerSizes(NodeContext node, long left, long right) {
        if (left != right && left != Shape.UNKNOWN_SIZE && right != Shape.UNKNOWN_SIZE) {
            throw node.malformed("the inner sizes of the product differ: " + left + " and " + right);
        }
    }

    /** Returns what Gemm computes; its product is marked as the linear part. */
    public static Operand<TNumber> gemm(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> a = node.input(0);
        Operand<TNumber> b = node.input(1);
        if (node.rank(0) != 2 || node.rank(1) != 2) {
            throw node.malformed("expected matrices, got ranks " + node.rank(0) + " and " + node.rank(1));
        }
        boolean transA = node.attributes().flag("transA");
        boolean transB = node.attributes().flag("transB");
        checkInnerSizes(node, a.shape().get(transA ? 0 : 1), b.shape().get(transB ? 1 : 0));
        Operand<TNumber> product = tf.linalg.matMul(a, b, MatMul.transposeA(transA), MatMul.transposeB(transB));
        Operand<TNumber> scaled = node.linear(times(node, product, "alpha"));
        if (!node.has(2)) {
            return scaled;
        }
        checkBroadcast(node, scaled.shape());
        return plus(tf, scaled, times(node, node.input(2), "beta"));
    }

    /** C stretches to the product, never the product to C. */
    private static void checkBroadcast(NodeContext node, Shape product) {
        Shape c = node.shape(2);
        for (int i = 1; i <= c.numDimensions(); i++) {
            long size = c.get(-i);
            boolean fits = i <= 2 && (size == 1 || size == product.get(-i) || product.get(-i) == Shape.UNKNOWN_SIZE);
            if (!fits && size != Shape.UNKNOWN_SIZE) {
                throw node.malformed("C of shape " + c + " does not broadcast to the product's " + product);
            }
        }
    }

    private static Operand<TNumber> times(NodeContext node, Operand<TNumber> value, String attribute) {
        float factor = node.attributes().floatOr(attribute, 1);
        Ops tf = node.tf();
        return factor == 1
                ? value
                : ElementTypes.floating(tf, value, x -> tf.math.mul(x, ElementTypes.scalar(tf, x, factor)));
    }

    private static Operand<TNumber> plus(Ops tf, Operand<TNumber> product, Operand<TNumber> c) {
        Shape shape = c.shape();
        boolean perColumn = shape.numDimensions() == 1
                && shape.get(0) != Shape.UNKNOWN_SIZE
                && shape.get(0) == product.shape().get(1);
        // TensorFlow fuses BiasAdd, not Add, with the product in front.
        return perColumn && ElementTypes.is(product, TFloat32.class)
                ? tf.nn.biasAdd(product, c)
                : tf.math.add(product, c);
    }

    private static Operand<?> det(NodeContext node) {
        int rank = node.rank(0);
        long rows = rank < 2 ? 0 : node.shape(0).get(rank - 2);
        long columns = rank < 2 ? 0 : node.shape(0).get(rank - 1);
        if (rank < 2 || (rows >= 0 && columns >= 0 && rows != columns)) {
            throw node.malformed("expected square matrices, got shape " + node.shape(0));
        }
        return node.tf().linalg.det(node.<TNumber>input(0));
    }
}
