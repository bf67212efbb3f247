package org.lsuv.tf.onnximport.ops;

import java.util.List;
import java.util.Optional;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.LeakyRelu;
import org.tensorflow.types.family.TNumber;

/** Converts activation functions, softmaxes apart (see {@link SoftmaxOps}), and dropout. */
final class ActivationOps {
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

    private ActivationOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Relu", 1, node -> node.tf().nn.relu(number(node)));
        ops.one("LeakyRelu", 1, ActivationOps::leakyRelu);
        ops.one("PRelu", 1, ActivationOps::pRelu1);
        ops.one("PRelu", 7, node -> pRelu(node, node.input(1)));
        ops.one("ThresholdedRelu", 1, ActivationOps::thresholdedRelu);
        ops.one("Elu", 1, ActivationOps::elu);
        ops.one("Selu", 1, node -> selu(node, 1.6732f, 1.0507f));
        ops.one("Selu", 6, node -> selu(node, 1.6732632f, 1.050701f));
        ops.one("Celu", 12, ActivationOps::celu);
        ops.one("Gelu", 20, ActivationOps::gelu);
        ops.one("Sigmoid", 1, node -> node.tf().math.sigmoid(number(node)));
        ops.one("Tanh", 1, node -> node.tf().math.tanh(number(node)));
        ops.one("HardSigmoid", 1, ActivationOps::hardSigmoid);
        ops.one("HardSwish", 14, ActivationOps::hardSwish);
        ops.one("Mish", 18, ActivationOps::mish);
        ops.one("Swish", 24, ActivationOps::swish);
        ops.one("Softplus", 1, node -> node.tf().math.softplus(number(node)));
        ops.one("Softsign", 1, node -> node.tf().nn.softsign(number(node)));
        ops.one("Clip", 1, ActivationOps::clip1);
        ops.one("Clip", 11, ActivationOps::clip11);
        ops.one("Shrink", 9, ActivationOps::shrink);
        ops.many("Dropout", 1, node -> dropout(node, node.tf().onesLike(number(node))));
        ops.many("Dropout", 10, node -> dropout(node, allTrue(node)));
    }

    private static Operand<TNumber> number(NodeContext node) {
        return node.input(0);
    }

    private static Operand<TNumber> scalar(NodeContext node, double value) {
        return ElementTypes.scalar(node.tf(), number(node), value);
    }

    private static Operand<TNumber> attribute(NodeContext node, String name, float defaultValue) {
        return scalar(node, node.attributes().floatOr(name, defaultValue));
    }

    private static Operand<?> leakyRelu(NodeContext node) {
        return node.tf()
                .nn
                .leakyRelu(number(node), LeakyRelu.alpha(node.attributes().floatOr("alpha", 0.01f)));
    }

    /** Before version 7 a slope of one dimension belongs to the channels, which stand at axis 1. */
    private static Operand<?> pRelu1(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> slope = node.input(1);
        if (node.rank(1) == 1) {
            for (int i = 2; i < node.rank(0); i++) {
                slope = tf.expandDims(slope, tf.constant(-1));
            }
        }
        return pRelu(node, slope);
    }

    private static Operand<?> pRelu(NodeContext node, Operand<TNumber> slope) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        return tf.select(tf.math.less(x, scalar(node, 0)), tf.math.mul(x, slope), x);
    }

    private static Operand<?> thresholdedRelu(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        return tf.select(tf.math.greater(x, attribute(node, "alpha", 1)), x, scalar(node, 0));
    }

    private static Operand<?> elu(NodeContext node) {
        return exponentialBelowZero(node, attribute(node, "alpha", 1), scalar(node, 1));
    }

    private static Operand<?> selu(NodeContext node, float defaultAlpha, float defaultGamma) {
        Operand<TNumber> gamma = attribute(node, "gamma", defaultGamma);
        Operand<?> elu = exponentialBelowZero(node, attribute(node, "alpha", defaultAlpha), scalar(node, 1));
        return node.tf().math.mul(gamma, NodeContext.cast(elu));
    }

    private static Operand<?> celu(NodeContext node) {
        float alpha = node.attributes().floatOr("alpha", 1);
        if (alpha == 0) {
            throw node.malformedAttribute("alpha", "must not be 0");
        }
        return exponentialBelowZero(node, scalar(node, alpha), scalar(node, alpha));
    }

    /**
     * Returns max(x, 0) + α·(exp(min(x, 0) / β) − 1). TensorFlow's own Elu subtracts 1 from the
     * exponential and so loses all digits near zero; the minimum keeps gradients finite at large x.
     */
    private static Operand<?> exponentialBelowZero(NodeContext node, Operand<TNumber> alpha, Operand<TNumber> beta) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        Operand<TNumber> below = tf.math.expm1(tf.math.div(tf.math.minimum(x, scalar(node, 0)), beta));
        return tf.math.add(tf.nn.relu(x), tf.math.mul(alpha, below));
    }

    private static Operand<?> gelu(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        String approximate = node.attributes().stringOr("approximate", "none");
        return switch (approximate) {
            // With erfc and not 1 + erf the far negative side keeps its digits.
            case "none" -> {
                Operand<TNumber> half = tf.math.mul(x, scalar(node, 0.5));
                yield tf.math.mul(half, tf.math.erfc(tf.math.mul(x, scalar(node, -Math.sqrt(0.5)))));
            }
            // (1 + tanh(u)) / 2 = sigmoid(2u), for the same reason.
            case "tanh" -> {
                Operand<TNumber> cubic = tf.math.mul(tf.math.square(x), scalar(node, 0.044715));
                Operand<TNumber> factor =
                        tf.math.mul(tf.math.add(cubic, scalar(node, 1)), scalar(node, 2 * SQRT_2_OVER_PI));
                yield tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, factor)));
            }
            default -> throw node.malformedAttribute("approximate", "expected none or tanh, got " + approximate);
        };
    }

    private static Operand<?> hardSigmoid(NodeContext node) {
        return hardSigmoid(node, attribute(node, "alpha", 0.2f), attribute(node, "beta", 0.5f));
    }

    private static Operand<TNumber> hardSigmoid(NodeContext node, Operand<TNumber> alpha, Operand<TNumber> beta) {
        Ops tf = node.tf();
        Operand<TNumber> line = tf.math.add(tf.math.mul(number(node), alpha), beta);
        return tf.math.minimum(tf.math.maximum(line, scalar(node, 0)), scalar(node, 1));
    }

    private static Operand<?> hardSwish(NodeContext node) {
        return node.tf().math.mul(number(node), hardSigmoid(node, scalar(node, 1.0 / 6), scalar(node, 0.5)));
    }

    /**
     * Returns x·tanh(softplus(x)) as x·n / (n + 2) with n = e(e + 2), e = exp(x). Written with the named
     * functions it would become one fused kernel that returns 0 where x is far below zero.
     */
    private static Operand<?> mish(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        // From 20 on the quotient is 1 in float64, too, and the square must not overflow.
        Operand<TNumber> e = tf.math.exp(tf.math.minimum(x, scalar(node, 20)));
        Operand<TNumber> two = scalar(node, 2);
        Operand<TNumber> n = tf.math.mul(e, tf.math.add(e, two));
        return tf.math.mul(x, tf.math.div(n, tf.math.add(n, two)));
    }

    private static Operand<?> swish(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        return tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, attribute(node, "alpha", 1))));
    }

    private static Operand<?> clip1(NodeContext node) {
        return clip(node, bound(node, "min"), bound(node, "max"));
    }

    private static Optional<Operand<TNumber>> bound(NodeContext node, String attribute) {
        return node.attributes().has(attribute) ? Optional.of(attribute(node, attribute, 0)) : Optional.empty();
    }

    private static Operand<?> clip11(NodeContext node) {
        return clip(node, bound(node, 1), bound(node, 2));
    }

    /** Returns a bound without dimensions: exporters also write it with one dimension of size 1. */
    private static Optional<Operand<TNumber>> bound(NodeContext node, int input) {
        return node.<TNumber>optional(input)
                .map(bound -> Unsigned64.comparable(node, bound))
                .map(bound -> node.tf().reshape(bound, node.tf().constant(new long[0])));
    }

    /** Where the bounds cross, every value becomes the upper one. */
    private static Operand<?> clip(
            NodeContext node, Optional<Operand<TNumber>> lower, Optional<Operand<TNumber>> upper) {
        Ops tf = node.tf();
        Operand<TNumber> result = tf.identity(Unsigned64.comparable(node, number(node)));
        if (lower.isPresent()) {
            result = tf.math.maximum(result, lower.get());
        }
        if (upper.isPresent()) {
            result = tf.math.minimum(result, upper.get());
        }
        return Unsigned64.comparable(node, result);
    }

    private static Operand<?> shrink(NodeContext node) {
        Ops tf = node.tf();
        return ElementTypes.floating(tf, node.input(0), x -> {
            Operand<TNumber> lambda =
                    ElementTypes.scalar(tf, x, node.attributes().floatOr("lambd", 0.5f));
            Operand<TNumber> bias = ElementTypes.scalar(tf, x, node.attributes().floatOr("bias", 0));
            Operand<TNumber> zero = ElementTypes.scalar(tf, x, 0);
            Operand<TNumber> above = tf.select(tf.math.greater(x, lambda), tf.math.sub(x, bias), zero);
            return tf.select(tf.math.less(x, tf.math.neg(lambda)), tf.math.add(x, bias), above);
        });
    }

    /**
     * Passes the input on, with a mask that keeps everything. This holds in training mode, too:
     * what is measured is inference, and random masks could not be compared with another runtime's.
     */
    private static List<Operand<?>> dropout(NodeContext node, Operand<?> mask) {
        return List.of(node.tf().identity(number(node)), mask);
    }

    private static Operand<?> allTrue(NodeContext node) {
        Ops tf = node.tf();
        Shape shape = node.shape(0);
        return tf.fill(shape.hasUnknownDimension() ? tf.shape(number(node)) : tf.constant(shape), tf.constant(true));
    }
}
