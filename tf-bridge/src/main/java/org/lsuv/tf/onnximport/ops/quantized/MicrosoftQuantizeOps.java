package org.lsuv.tf.onnximport.ops.quantized;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Axes;
import org.lsuv.tf.onnximport.ops.PoolOps;
import org.lsuv.tf.onnximport.ops.SoftmaxOps;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;

/** Converts the quantised operators of ONNX Runtime that work on real numbers in between. */
public final class MicrosoftQuantizeOps {
    private MicrosoftQuantizeOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.one("QuantizeLinear", 1, QuantizeOps::quantizeLinear);
        ops.one("DequantizeLinear", 1, QuantizeOps::dequantizeLinear);
        ops.one("QLinearConv", 1, node -> channelsFirst(node, QLinearOps.qLinearConv(node)));
        ops.one("QLinearAdd", 1, node -> binary(node, (tf, a, b) -> tf.math.add(a, b)));
        ops.one("QLinearMul", 1, node -> binary(node, (tf, a, b) -> tf.math.mul(a, b)));
        ops.one("QLinearSigmoid", 1, node -> unary(node, node.tf().math::sigmoid));
        ops.one("QLinearLeakyRelu", 1, MicrosoftQuantizeOps::qLinearLeakyRelu);
        ops.one("QLinearAveragePool", 1, MicrosoftQuantizeOps::qLinearAveragePool);
        ops.one("QLinearGlobalAveragePool", 1, MicrosoftQuantizeOps::qLinearGlobalAveragePool);
        ops.one("QLinearReduceMean", 1, MicrosoftQuantizeOps::qLinearReduceMean);
        ops.one("QLinearSoftmax", 1, MicrosoftQuantizeOps::qLinearSoftmax);
        ops.one("QLinearConcat", 1, MicrosoftQuantizeOps::qLinearConcat);
        ops.one("QLinearWhere", 1, MicrosoftQuantizeOps::qLinearWhere);
        ops.one("QGemm", 1, MicrosoftQuantizeProducts::qGemm);
        ops.one("MatMulIntegerToFloat", 1, MicrosoftQuantizeProducts::matMulIntegerToFloat);
        ops.one("DynamicQuantizeMatMul", 1, MicrosoftQuantizeProducts::dynamicQuantizeMatMul);
    }

    private static Operand<?> channelsFirst(NodeContext node, Operand<?> result) {
        checkChannelsFirst(node);
        return result;
    }

    private static void checkChannelsFirst(NodeContext node) {
        if (node.attributes().flag("channels_last")) {
            throw node.unsupported("channels_last = 1 is not supported; expected channels first");
        }
    }

    /** Computes a real number from two. */
    @FunctionalInterface
    private interface Binary {
        Operand<TFloat32> apply(Ops tf, Operand<TFloat32> left, Operand<TFloat32> right);
    }

    private static Operand<?> binary(NodeContext node, Binary function) {
        Operand<TFloat32> left = Quantized.real(node, 0, 1, 2);
        Operand<TFloat32> right = Quantized.real(node, 3, 4, 5);
        return Quantized.quantised(node, function.apply(node.tf(), left, right), 6, 7, node.type(0));
    }

    private static Operand<?> unary(NodeContext node, UnaryOperator<Operand<TFloat32>> function) {
        return Quantized.quantised(node, function.apply(Quantized.real(node, 0, 1, 2)), 3, 4, node.type(0));
    }

    private static Operand<?> qLinearLeakyRelu(NodeContext node) {
        float alpha = node.attributes().floatOr("alpha", 0.01f);
        return unary(node, x -> node.tf().nn.leakyRelu(x, LeakyRelu.alpha(alpha)));
    }

    private static Operand<?> qLinearAveragePool(NodeContext node) {
        checkChannelsFirst(node);
        return unary(node, x -> PoolOps.averagePool(node, x));
    }

    private static Operand<?> qLinearGlobalAveragePool(NodeContext node) {
        checkChannelsFirst(node);
        long[] space = LongStream.range(2, node.rank(0)).toArray();
        return unary(node, x -> node.tf().math.mean(x, node.tf().constant(space), Mean.keepDims(true)));
    }

    private static Operand<?> qLinearReduceMean(NodeContext node) {
        int rank = node.rank(0);
        long[] all = LongStream.range(0, rank).toArray();
        int[] axes = Axes.positions(node, node.attributes().ints("axes").orElse(all), rank);
        boolean keepDims = node.attributes().intOr("keepdims", 1) != 0;
        return unary(node, x -> node.tf().math.mean(x, node.tf().constant(axes), Mean.keepDims(keepDims)));
    }

    private static Operand<?> qLinearSoftmax(NodeContext node) {
        boolean matrix = node.attributes().intOr("opset", 13) < 13;
        return unary(
                node,
                x -> NodeContext.cast(
                        matrix
                                ? SoftmaxOps.asMatrix(node, Quantized.number(x), -1, node.tf().nn::softmax)
                                : SoftmaxOps.alongAxis(node, Quantized.number(x), node.tf().nn::softmax)));
    }

    private static Operand<?> qLinearConcat(NodeContext node) {
        Ops tf = node.tf();
        if (node.inputCount() < 5 || (node.inputCount() - 2) % 3 != 0) {
            throw node.malformed("expected a scale, a zero point and three inputs for each part, got "
                    + node.inputCount() + " inputs");
        }
        List<Operand<TFloat32>> parts = new ArrayList<>();
        for (int i = 2; i < node.inputCount(); i += 3) {
            parts.add(Quantized.real(node, i, i + 1, i + 2));
        }
        int axis = Axes.position(node, node.attributes().requireInt("axis"), node.rank(2));
        return Quantized.quantised(node, tf.concat(parts, tf.constant(axis)), 0, 1, node.type(2));
    }

    private static Operand<?> qLinearWhere(NodeContext node) {
        Operand<TBool> condition = node.input(0);
        Operand<TFloat32> chosen =
                node.tf().select(condition, Quantized.real(node, 1, 2, 3), Quantized.real(node, 4, 5, 6));
        return Quantized.quantised(node, chosen, 7, 8, node.type(1));
    }
}
