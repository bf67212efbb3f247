package org.lsuv.tf.onnximport.ops.quantized;

import java.util.Arrays;
import java.util.Optional;
import org.lsuv.onnx.NarrowFloat;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.CastConverter;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.ConvOps;
import org.lsuv.tf.onnximport.ops.MatrixOps;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Converts products and convolutions of quantised numbers. */
public final class QLinearOps {
    private QLinearOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.one("ConvInteger", 10, QLinearOps::convInteger);
        ops.one("MatMulInteger", 10, QLinearOps::matMulInteger);
        ops.one("QLinearConv", 10, QLinearOps::qLinearConv);
        ops.one("QLinearMatMul", 10, QLinearOps::qLinearMatMul);
    }

    private static Operand<?> convInteger(NodeContext node) {
        return node.typed(0, OnnxType.INT32, convolved(node, 0, 2, 1, 3));
    }

    /** Convolves exactly: a sum of 2^37 products of 8-bit integers still fits the 53 bits of float64. */
    private static Operand<TInt32> convolved(NodeContext node, int x, int xZero, int w, int wZero) {
        Ops tf = node.tf();
        Operand<TInt32> filter = CastConverter.toInt32(tf, node.input(w));
        Optional<Operand<TInt32>> filterZero =
                Quantized.integers(node, wZero).map(zero -> perFilter(node, zero, filter));
        Operand<TFloat64> sum = ConvOps.convolve(
                node,
                tf.dtypes.cast(Quantized.shifted(node, x, xZero), TFloat64.class),
                tf.dtypes.cast(Quantized.shifted(node, filter, filterZero), TFloat64.class));
        return tf.dtypes.cast(tf.dtypes.cast(sum, TInt64.class), TInt32.class);
    }

    /** Shapes one number for each output channel to broadcast against the filters. */
    private static Operand<TInt32> perFilter(NodeContext node, Operand<TInt32> zero, Operand<TInt32> filter) {
        Ops tf = node.tf();
        if (zero.shape().numDimensions() == 0 || zero.shape().size() == 1) {
            return tf.reshape(zero, tf.constant(new long[0]));
        }
        long[] shape = new long[filter.shape().numDimensions()];
        Arrays.fill(shape, 1);
        shape[0] = -1;
        return tf.reshape(zero, tf.constant(shape));
    }

    static Operand<?> qLinearConv(NodeContext node) {
        Ops tf = node.tf();
        Operand<TInt32> sum = convolved(node, 0, 2, 3, 5);
        int rank = node.rank(0);
        if (node.has(8)) {
            sum = tf.math.add(sum, Channels.along(tf, node.<TInt32>input(8), rank));
        }
        Operand<TFloat32> wScale = Quantized.floats(node, 4);
        boolean single = wScale.shape().numDimensions() == 0 || wScale.shape().size() == 1;
        Operand<TFloat32> perChannel =
                single ? tf.reshape(wScale, tf.constant(new long[0])) : Channels.along(tf, wScale, rank);
        return rescaled(node, tf.dtypes.cast(sum, TFloat32.class), scalar(node, 1), perChannel, scalar(node, 6), 7);
    }

    private static Operand<TFloat32> scalar(NodeContext node, int input) {
        return node.tf().reshape(Quantized.floats(node, input), node.tf().constant(new long[0]));
    }

    private static Operand<?> rescaled(
            NodeContext node,
            Operand<TFloat32> sum,
            Operand<TFloat32> left,
            Operand<TFloat32> right,
            Operand<TFloat32> result,
            int zeroPoint) {
        Ops tf = node.tf();
        Operand<TFloat32> factor = tf.math.div(tf.math.mul(left, right), result);
        return Quantized.rescaled(node, tf.math.mul(sum, factor), zeroPoint, node.type(0));
    }

    private static Operand<?> matMulInteger(NodeContext node) {
        return node.typed(0, OnnxType.INT32, product(node, shiftedRows(node, 0, 2), Quantized.shifted(node, 1, 3)));
    }

    /** Multiplies exactly, as {@link #convolved} does. */
    static Operand<TInt32> product(NodeContext node, Operand<TInt32> left, Operand<TInt32> right) {
        Ops tf = node.tf();
        Operand<TNumber> sum = MatrixOps.matMul(
                node,
                Quantized.number(tf.dtypes.cast(left, TFloat64.class)),
                Quantized.number(tf.dtypes.cast(right, TFloat64.class)));
        return tf.dtypes.cast(tf.dtypes.cast(sum, TInt64.class), TInt32.class);
    }

    /** Subtracts the zero point of a left operand: one for all, or one for each row. */
    static Operand<TInt32> shiftedRows(NodeContext node, int input, int zeroPoint) {
        Operand<TInt32> value = CastConverter.toInt32(node.tf(), node.input(input));
        return Quantized.shifted(
                node, value, Quantized.integers(node, zeroPoint).map(zero -> perRow(node, zero, value)));
    }

    /** A list holds one number for each row. */
    static <T extends TNumber> Operand<T> perRow(NodeContext node, Operand<T> values, Operand<?> matrix) {
        boolean list = values.shape().numDimensions() == 1 && matrix.shape().numDimensions() > 1;
        return list ? node.tf().expandDims(values, node.tf().constant(-1)) : values;
    }

    private static Operand<?> qLinearMatMul(NodeContext node) {
        Ops tf = node.tf();
        if (NarrowFloat.of(node.type(0)).isPresent()
                || NarrowFloat.of(node.type(3)).isPresent()) {
            throw node.unsupported("products of 8-bit floating-point numbers are not supported");
        }
        Operand<TInt32> left = shiftedRows(node, 0, 2);
        Operand<TInt32> right = Quantized.shifted(node, 3, 5);
        Operand<TFloat32> sum = tf.dtypes.cast(product(node, left, right), TFloat32.class);
        return rescaled(
                node,
                sum,
                perRow(node, Quantized.floats(node, 1), left),
                Quantized.floats(node, 4),
                Quantized.floats(node, 6),
                7);
    }
}
