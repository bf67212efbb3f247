package org.lsuv.tf.onnximport.ops;

import java.util.Optional;
import java.util.function.Function;
import org.lsuv.onnx.NarrowFloat;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Brings values that are carried in a wider type to what their own type can hold. */
public final class Narrowing {
    private Narrowing() {}

    /** Says what becomes of numbers beyond the largest one of an 8-bit format. */
    public enum Overflow {
        /** They become the largest number. */
        SATURATE,
        /** They become infinite, or NaN where there is no infinity. */
        SPECIAL
    }

    /** Returns the converter with a result that wraps around as integers of the first input's type do. */
    static Function<NodeContext, Operand<?>> wrapped(Function<NodeContext, Operand<?>> converter) {
        return node -> integer(node.tf(), converter.apply(node), node.type(0));
    }

    /** Keeps the lower bits of an integer that is carried in a wider type. */
    static Operand<?> integer(Ops tf, Operand<? extends TType> wide, OnnxType type) {
        return switch (type) {
            case INT2, INT4, INT8, INT16 -> signed(tf, NodeContext.cast(wide), 32 - type.bits());
            case UINT2, UINT4 ->
                tf.bitwise.bitwiseAnd(NodeContext.<TInt32>cast(wide), tf.constant((1 << type.bits()) - 1));
            case UINT32 -> tf.bitwise.bitwiseAnd(NodeContext.<TInt64>cast(wide), tf.constant(0xffffffffL));
            default -> wide;
        };
    }

    /** Shifts out the upper bits and the sign of the rest back in. */
    private static Operand<TInt32> signed(Ops tf, Operand<TInt32> x, int droppedBits) {
        Operand<TInt32> bits = tf.constant(droppedBits);
        return tf.bitwise.rightShift(tf.bitwise.leftShift(x, bits), bits);
    }

    /** Rounds float32 or float64 values to a floating-point type, in the type that carries it. */
    public static Operand<?> floating(Ops tf, Operand<? extends TType> x, OnnxType type, Overflow overflow) {
        Optional<NarrowFloat> format = NarrowFloat.of(type);
        if (format.isPresent()) {
            return narrow(tf, tf.dtypes.cast(x, TFloat32.class), format.get(), overflow);
        }
        return switch (type) {
            case FLOAT16 -> tf.dtypes.cast(tf.dtypes.cast(x, TFloat16.class), TFloat32.class);
            case BFLOAT16 -> tf.dtypes.cast(tf.dtypes.cast(x, TBfloat16.class), TFloat32.class);
            case DOUBLE -> tf.dtypes.cast(x, TFloat64.class);
            default -> tf.dtypes.cast(x, TFloat32.class);
        };
    }

    private static Operand<TFloat32> narrow(Ops tf, Operand<TFloat32> x, NarrowFloat format, Overflow overflow) {
        Operand<TFloat32> magnitude = tf.math.abs(x);
        // The unit in the last place, from the bits of the exponent, which are those of a power of two.
        Operand<TInt32> exponent = tf.bitwise.bitwiseAnd(bits(tf, magnitude), tf.constant(0x7f800000));
        Operand<TFloat32> power = tf.math.maximum(number(tf, exponent), tf.constant(powerOfTwo(format.minExponent())));
        Operand<TFloat32> unit = tf.math.mul(power, tf.constant(powerOfTwo(-format.mantissaBits())));
        Operand<TFloat32> rounded = tf.math.mul(tf.math.rint(tf.math.div(magnitude, unit)), unit);
        // An infinite magnitude has no unit; it is large as any other that is too large.
        Operand<TBool> large =
                tf.math.logicalOr(tf.math.greater(rounded, tf.constant(format.max())), tf.math.isInf(magnitude));
        boolean saturates = overflow == Overflow.SATURATE || !format.hasNaN();
        float limit = saturates ? format.max() : format.hasInfinity() ? Float.POSITIVE_INFINITY : Float.NaN;
        Operand<TFloat32> limited = tf.select(large, tf.constant(limit), rounded);
        Operand<TFloat32> notANumber = tf.constant(format.hasNaN() ? Float.NaN : -0f);
        Operand<TFloat32> result = tf.select(tf.math.isNan(x), notANumber, limited);
        Operand<TInt32> sign = tf.bitwise.bitwiseAnd(bits(tf, x), tf.constant(Integer.MIN_VALUE));
        Operand<TFloat32> signed = number(tf, tf.bitwise.bitwiseOr(bits(tf, result), sign));
        return format.hasNegativeZero()
                ? signed
                : tf.select(tf.math.equal(result, tf.constant(0f)), tf.constant(0f), signed);
    }

    private static float powerOfTwo(int exponent) {
        return Math.scalb(1f, exponent);
    }

    private static Operand<TInt32> bits(Ops tf, Operand<TFloat32> x) {
        return tf.bitcast(x, TInt32.class);
    }

    private static Operand<TFloat32> number(Ops tf, Operand<TInt32> bits) {
        return tf.bitcast(bits, TFloat32.class);
    }

    /** Says how numbers become powers of two. */
    enum Rounding {
        UP,
        DOWN,
        NEAREST
    }

    /** Rounds positive numbers to the powers of two from 2^-127 to 2^127 that an 8-bit exponent holds. */
    static Operand<TFloat64> exponentOnly(
            Ops tf, Operand<? extends TNumber> numbers, Rounding rounding, Overflow overflow) {
        Operand<TFloat64> x = tf.dtypes.cast(numbers, TFloat64.class);
        Operand<TInt64> bits = tf.bitcast(x, TInt64.class);
        Operand<TFloat64> down =
                tf.bitcast(tf.bitwise.bitwiseAnd(bits, tf.constant(0x7ff0000000000000L)), TFloat64.class);
        Operand<TFloat64> two = tf.constant(2.0);
        Operand<TFloat64> half = tf.math.mul(down, tf.constant(1.5));
        Operand<TFloat64> power = switch (rounding) {
            case DOWN -> down;
            case UP -> tf.select(tf.math.greater(x, down), tf.math.mul(down, two), down);
            // Halfway goes up.
            case NEAREST -> tf.select(tf.math.greaterEqual(x, half), tf.math.mul(down, two), down);
        };
        double max = 0x1p127;
        double min = 0x1p-127;
        Operand<TFloat64> limited = overflow == Overflow.SATURATE
                ? tf.math.minimum(tf.math.maximum(power, tf.constant(min)), tf.constant(max))
                : tf.select(
                        tf.math.logicalAnd(
                                tf.math.greaterEqual(power, tf.constant(min)),
                                tf.math.lessEqual(power, tf.constant(max))),
                        power,
                        tf.constant(Double.NaN));
        return tf.select(tf.math.isNan(x), tf.constant(Double.NaN), limited);
    }
}
