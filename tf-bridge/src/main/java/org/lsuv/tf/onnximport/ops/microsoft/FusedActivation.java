package org.lsuv.tf.onnximport.ops.microsoft;

import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/**
 * Applies the activation function that a fused operator names, with the defaults of the operator of that
 * name.
 */
final class FusedActivation {
    private final NodeContext node;
    private final Ops tf;
    private final Operand<TNumber> x;

    private FusedActivation(NodeContext node, Operand<TNumber> x) {
        this.node = node;
        this.tf = node.tf();
        this.x = x;
    }

    /** Returns the value itself if the node names no function. */
    static Operand<TNumber> apply(NodeContext node, Operand<TNumber> x) {
        String name = node.attributes().stringOr("activation", "");
        return name.isEmpty() ? x : new FusedActivation(node, x).apply(name);
    }

    private Operand<TNumber> apply(String name) {
        return switch (name) {
            case "Relu" -> tf.nn.relu(x);
            case "Tanh" -> tf.math.tanh(x);
            case "Sigmoid" -> tf.math.sigmoid(x);
            case "Softplus" -> tf.math.softplus(x);
            case "Softsign" -> tf.nn.softsign(x);
            case "Gelu" -> Gelu.exact(tf, x);
            case "LeakyRelu" -> belowZero(tf.math.mul(x, parameter(0, 0.01f)));
            case "ThresholdedRelu" -> tf.select(tf.math.greater(x, parameter(0, 1)), x, scalar(0));
            case "Elu" -> belowZero(tf.math.mul(parameter(0, 1), grown()));
            case "Selu" ->
                tf.math.mul(parameter(2, 1.050701f), belowZero(tf.math.mul(parameter(0, 1.6732632f), grown())));
            case "HardSigmoid" ->
                within(tf.math.add(tf.math.mul(x, parameter(0, 0.2f)), parameter(1, 0.5f)), scalar(0), scalar(1));
            case "Clip" -> within(x, parameter(0, -Float.MAX_VALUE), parameter(1, Float.MAX_VALUE));
            default -> throw node.unsupported("the fused activation " + name);
        };
    }

    private Operand<TNumber> belowZero(Operand<TNumber> below) {
        return tf.select(tf.math.less(x, scalar(0)), below, x);
    }

    /** Returns exp(x) − 1 where x is below zero, and 0 elsewhere. */
    private Operand<TNumber> grown() {
        return tf.math.expm1(tf.math.minimum(x, scalar(0)));
    }

    private Operand<TNumber> within(Operand<TNumber> value, Operand<TNumber> least, Operand<TNumber> most) {
        return tf.math.minimum(tf.math.maximum(value, least), most);
    }

    private Operand<TNumber> scalar(double value) {
        return ElementTypes.scalar(tf, x, value);
    }

    /** Returns alpha, beta or gamma: convolutions list them, products of matrices name them. */
    private Operand<TNumber> parameter(int position, float defaultValue) {
        String name = new String[] {"activation_alpha", "activation_beta", "activation_gamma"}[position];
        float[] listed = node.attributes().floats("activation_params").orElse(new float[0]);
        return scalar(
                position < listed.length ? listed[position] : node.attributes().floatOr(name, defaultValue));
    }
}
