package org.lsuv.tf.onnximport.ops.quantized;

import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.CastConverter;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Converts ONNX Runtime's products of quantised matrices, whose result may be real numbers. */
final class MicrosoftQuantizeProducts {
    private MicrosoftQuantizeProducts() {}

    static Operand<?> qGemm(NodeContext node) {
        Ops tf = node.tf();
        boolean transA = node.attributes().flag("transA");
        boolean transB = node.attributes().flag("transB");
        if (node.rank(0) != 2 || node.rank(3) != 2) {
            throw node.malformed("expected matrices, got ranks " + node.rank(0) + " and " + node.rank(3));
        }
        Operand<TInt32> b = Quantized.shifted(
                node,
                CastConverter.toInt32(tf, node.input(3)),
                Quantized.integers(node, 5).map(zero -> perColumn(node, zero, transB)));
        Operand<TInt32> sum =
                QLinearOps.product(node, turned(tf, Quantized.shifted(node, 0, 2), transA), turned(tf, b, transB));
        if (node.has(6)) {
            sum = tf.math.add(sum, node.input(6));
        }
        float alpha = node.attributes().floatOr("alpha", 1);
        Operand<TFloat32> scale =
                tf.math.mul(tf.math.mul(Quantized.floats(node, 1), Quantized.floats(node, 4)), tf.constant(alpha));
        Operand<TFloat32> real = Quantized.real(node, sum, scale);
        if (!node.has(7)) {
            return real;
        }
        Operand<TFloat32> factor = tf.math.div(scale, Quantized.floats(node, 7));
        return Quantized.rescaled(node, Quantized.real(node, sum, factor), 8, node.type(0));
    }

    private static Operand<TInt32> turned(Ops tf, Operand<TInt32> matrix, boolean transposed) {
        return transposed ? tf.linalg.transpose(matrix, tf.constant(new int[] {1, 0})) : matrix;
    }

    /** A transposed matrix has its columns as rows. */
    private static Operand<TInt32> perColumn(NodeContext node, Operand<TInt32> zero, boolean transposed) {
        return transposed && zero.shape().numDimensions() == 1
                ? node.tf().expandDims(zero, node.tf().constant(1))
                : zero;
    }

    static Operand<?> matMulIntegerToFloat(NodeContext node) {
        Operand<TInt32> left = Quantized.shifted(node, 0, 4);
        return scaled(node, left, Quantized.floats(node, 2), 3, 5, 6);
    }

    static Operand<?> dynamicQuantizeMatMul(NodeContext node) {
        Ops tf = node.tf();
        QuantizeOps.Dynamic a = QuantizeOps.Dynamic.of(node, node.input(0));
        Operand<TFloat32> shifted = tf.math.sub(a.quantised(), a.zeroPoint());
        Operand<TInt32> left = tf.dtypes.cast(shifted, TInt32.class);
        return scaled(node, left, a.scale(), 2, 3, 4);
    }

    private static Operand<?> scaled(
            NodeContext node,
            Operand<TInt32> left,
            Operand<TFloat32> leftScale,
            int rightScale,
            int rightZero,
            int bias) {
        Ops tf = node.tf();
        Operand<TInt32> right = Quantized.shifted(node, 1, rightZero);
        Operand<TFloat32> sum = tf.dtypes.cast(QLinearOps.product(node, left, right), TFloat32.class);
        Operand<TFloat32> real = tf.math.mul(sum, tf.math.mul(leftScale, Quantized.floats(node, rightScale)));
        return node.has(bias) ? tf.math.add(real, node.input(bias)) : real;
    }
}
