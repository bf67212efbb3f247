package org.lsuv.tf.onnximport.ops.microsoft;

import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/** Computes x · Φ(x), with the distribution function of the normal distribution or near it. */
final class Gelu {
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

    private Gelu() {}

    /** With erfc and not 1 + erf the far negative side keeps its digits. */
    static Operand<TNumber> exact(Ops tf, Operand<TNumber> x) {
        Operand<TNumber> half = tf.math.mul(x, ElementTypes.scalar(tf, x, 0.5));
        return tf.math.mul(half, tf.math.erfc(tf.math.mul(x, ElementTypes.scalar(tf, x, -Math.sqrt(0.5)))));
    }

    /** (1 + tanh(u)) / 2 = sigmoid(2u), for the same reason. */
    static Operand<TNumber> byTanh(Ops tf, Operand<TNumber> x) {
        Operand<TNumber> cubic = tf.math.mul(tf.math.square(x), ElementTypes.scalar(tf, x, 0.044715));
        Operand<TNumber> factor = tf.math.mul(
                tf.math.add(cubic, ElementTypes.scalar(tf, x, 1)), ElementTypes.scalar(tf, x, 2 * SQRT_2_OVER_PI));
        return tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, factor)));
    }
}
