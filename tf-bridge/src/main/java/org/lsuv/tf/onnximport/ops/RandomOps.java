package org.lsuv.tf.onnximport.ops;

import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts generators of random numbers. Every run draws the same ones, so that two runs can be compared. */
final class RandomOps {
    private RandomOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("RandomNormal", 1, node -> normal(node, attributeShape(node), type(node, OnnxType.FLOAT)));
        ops.one("RandomNormalLike", 1, node -> normal(node, inputShape(node), type(node, node.type(0))));
        ops.one("RandomUniform", 1, node -> uniform(node, attributeShape(node), type(node, OnnxType.FLOAT)));
        ops.one("RandomUniformLike", 1, node -> uniform(node, inputShape(node), type(node, node.type(0))));
        ops.one("Bernoulli", 15, RandomOps::bernoulli);
        ops.one("Multinomial", 7, RandomOps::multinomial);
    }

    private static OnnxType type(NodeContext node, OnnxType byDefault) {
        return node.attributes().has("dtype") ? CastConverter.type(node, "dtype") : byDefault;
    }

    private static Operand<TInt64> attributeShape(NodeContext node) {
        long[] shape = node.attributes().requireInts("shape");
        ConstantOps.checkShape(node, shape);
        return node.tf().constant(shape);
    }

    private static Operand<TInt64> inputShape(NodeContext node) {
        return Dims.of(node.tf(), node.input(0));
    }

    private static Operand<?> normal(NodeContext node, Operand<TInt64> shape, OnnxType type) {
        Operand<TNumber> drawn =
                NodeContext.cast(node.tf().random.statelessRandomNormal(shape, seed(node), real(node, type)));
        float mean = node.attributes().floatOr("mean", 0);
        return scaled(node, drawn, mean, node.attributes().floatOr("scale", 1), type);
    }

    private static Operand<?> uniform(NodeContext node, Operand<TInt64> shape, OnnxType type) {
        Operand<TNumber> drawn =
                NodeContext.cast(node.tf().random.statelessRandomUniform(shape, seed(node), real(node, type)));
        double low = node.attributes().floatOr("low", 0);
        double high = node.attributes().floatOr("high", 1);
        return scaled(node, drawn, low, high - low, type);
    }

    private static Operand<?> scaled(
            NodeContext node, Operand<TNumber> drawn, double offset, double factor, OnnxType type) {
        Ops tf = node.tf();
        Operand<TNumber> result = tf.math.add(
                tf.math.mul(drawn, ElementTypes.scalar(tf, drawn, factor)), ElementTypes.scalar(tf, drawn, offset));
        return node.typed(0, type, Narrowing.floating(tf, result, type, Narrowing.Overflow.SPECIAL));
    }

    private static Operand<TInt32> seed(NodeContext node) {
        int own = node.attributes().has("seed")
                ? Float.floatToIntBits(node.attributes().floatOr("seed", 0))
                : node.node().output(0).hashCode();
        return node.tf().constant(new int[] {own, 0});
    }

    private static Class<? extends TNumber> real(NodeContext node, OnnxType type) {
        if (!type.isFloating()) {
            throw node.malformed("random numbers must be floating-point numbers, not " + type.label());
        }
        return type == OnnxType.DOUBLE ? TFloat64.class : TFloat32.class;
    }

    /** Returns 1 with the probability that the input holds, else 0. */
    private static Operand<?> bernoulli(NodeContext node) {
        Ops tf = node.tf();
        OnnxType type = type(node, node.type(0));
        if (!TfTypes.isSupported(type) || type == OnnxType.STRING) {
            throw node.malformedAttribute("dtype", "expected numbers or truth values, got " + type.label());
        }
        Operand<TNumber> probability = node.input(0);
        Operand<TNumber> drawn =
                NodeContext.cast(tf.random.statelessRandomUniform(inputShape(node), seed(node), probability.type()));
        Operand<TType> ones =
                NodeContext.cast(tf.dtypes.cast(tf.math.less(drawn, probability), TfTypes.computeType(type)));
        return node.typed(0, type, ones);
    }

    /** Draws classes with probabilities that are given by their logarithms, up to a constant. */
    private static Operand<?> multinomial(NodeContext node) {
        if (node.rank(0) != 2) {
            throw node.malformed("expected a matrix of batch and classes, got rank " + node.rank(0));
        }
        long count = node.attributes().intOr("sample_size", 1);
        if (count < 1 || count > Integer.MAX_VALUE) {
            throw node.malformedAttribute("sample_size", "expected 1 or more, got " + count);
        }
        OnnxType type = type(node, OnnxType.INT32);
        if (type != OnnxType.INT32 && type != OnnxType.INT64) {
            throw node.malformedAttribute("dtype", "expected int32 or int64, got " + type.label());
        }
        Class<? extends TNumber> index = type == OnnxType.INT32 ? TInt32.class : TInt64.class;
        return node.typed(
                0,
                type,
                node.tf()
                        .random
                        .statelessMultinomial(
                                node.<TNumber>input(0), node.tf().constant((int) count), seed(node), index));
    }
}
