package org.lsuv.tf.onnximport.ops;

import java.util.Optional;
import org.lsuv.onnx.NarrowFloat;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfTypes;
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
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * Converts reinterpretations of bits. Values that are carried in a wider type become the bits of their own
 * type first, as int32 without a sign for types of up to 16 bits.
 */
final class BitCastConverter {
    private BitCastConverter() {}

    static Operand<?> bitCast(NodeContext node) {
        OnnxType source = node.type(0);
        OnnxType target = CastConverter.type(node, "to");
        if (source.bits() != target.bits() || source.bits() == 0) {
            throw node.malformedAttribute(
                    "to", "expected a type as wide as " + source.label() + ", got " + target.label());
        }
        if (!TfTypes.isSupported(source) || !TfTypes.isSupported(target)) {
            throw node.unsupported("complex numbers are not supported in TensorFlow");
        }
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        Operand<?> result = switch (source.bits()) {
            case 64 -> as(tf, x, TfTypes.computeType(target));
            case 32 -> of32(tf, to32(tf, x, source), target);
            default -> ofShort(tf, toShort(tf, x, source), target);
        };
        return node.typed(0, target, result);
    }

    private static Operand<?> as(Ops tf, Operand<? extends TType> x, Class<? extends TType> type) {
        return x.type().equals(type) ? tf.identity(x) : tf.bitcast(x, type);
    }

    private static Operand<TInt32> to32(Ops tf, Operand<TType> x, OnnxType source) {
        return source == OnnxType.FLOAT ? tf.bitcast(x, TInt32.class) : tf.dtypes.cast(x, TInt32.class);
    }

    private static Operand<?> of32(Ops tf, Operand<TInt32> bits, OnnxType target) {
        return switch (target) {
            case FLOAT -> tf.bitcast(bits, TFloat32.class);
            case UINT32 -> Narrowing.integer(tf, tf.dtypes.cast(bits, TInt64.class), target);
            default -> tf.identity(bits);
        };
    }

    private static Operand<TInt32> toShort(Ops tf, Operand<TType> x, OnnxType source) {
        Optional<NarrowFloat> format = NarrowFloat.of(source);
        if (format.isPresent()) {
            return encoded(tf, NodeContext.cast(x), format.get(), source.bits());
        }
        return switch (source) {
            case FLOAT16 -> unsigned16(tf, tf.bitcast(tf.dtypes.cast(x, TFloat16.class), TUint16.class));
            case BFLOAT16 -> unsigned16(tf, tf.bitcast(tf.dtypes.cast(x, TBfloat16.class), TUint16.class));
            case FLOAT8E8M0 -> exponent(tf, NodeContext.cast(x));
            default -> tf.bitwise.bitwiseAnd(tf.dtypes.cast(x, TInt32.class), tf.constant((1 << source.bits()) - 1));
        };
    }

    private static Operand<TInt32> unsigned16(Ops tf, Operand<TUint16> bits) {
        return tf.dtypes.cast(bits, TInt32.class);
    }

    private static Operand<TInt32> exponent(Ops tf, Operand<TFloat64> powers) {
        Operand<TInt64> bits = tf.bitcast(powers, TInt64.class);
        Operand<TInt64> exponent = tf.math.sub(
                tf.bitwise.rightShift(bits, tf.constant(52L)), tf.constant((long) Double.MAX_EXPONENT - 127));
        return tf.select(tf.math.isNan(powers), tf.constant(0xff), tf.dtypes.cast(exponent, TInt32.class));
    }

    /** Moves exponent and mantissa from where float32 has them; numbers below the normal ones are counted. */
    private static Operand<TInt32> encoded(Ops tf, Operand<TFloat32> x, NarrowFloat format, int width) {
        int mantissa = format.mantissaBits();
        int signBit = 1 << (width - 1);
        Operand<TFloat32> magnitude = tf.math.abs(x);
        int rebias = format.minExponent() - Float.MIN_EXPONENT;
        Operand<TInt32> normal = tf.math.sub(
                tf.bitwise.rightShift(tf.bitcast(magnitude, TInt32.class), tf.constant(23 - mantissa)),
                tf.constant(rebias << mantissa));
        Operand<TInt32> subnormal = tf.dtypes.cast(
                tf.math.mul(magnitude, tf.constant(Math.scalb(1f, mantissa - format.minExponent()))), TInt32.class);
        Operand<TInt32> code = tf.select(
                tf.math.less(magnitude, tf.constant(Math.scalb(1f, format.minExponent()))), subnormal, normal);
        if (format.hasInfinity()) {
            code = tf.select(tf.math.isInf(x), tf.constant(format.encode(Float.POSITIVE_INFINITY)), code);
        }
        Operand<TInt32> sign = tf.select(
                tf.math.less(tf.bitcast(x, TInt32.class), tf.constant(0)), tf.constant(signBit), tf.constant(0));
        Operand<TInt32> signed = tf.bitwise.bitwiseOr(code, sign);
        return format.hasNaN() ? tf.select(tf.math.isNan(x), tf.constant(format.encode(Float.NaN)), signed) : signed;
    }

    private static Operand<?> ofShort(Ops tf, Operand<TInt32> bits, OnnxType target) {
        Optional<NarrowFloat> format = NarrowFloat.of(target);
        if (format.isPresent()) {
            float[] numbers = new float[1 << target.bits()];
            for (int code = 0; code < numbers.length; code++) {
                numbers[code] = format.get().decode(code);
            }
            return tf.gather(tf.constant(numbers), bits, tf.constant(0));
        }
        return switch (target) {
            case FLOAT16 -> tf.dtypes.cast(tf.bitcast(short16(tf, bits), TFloat16.class), TFloat32.class);
            case BFLOAT16 -> tf.dtypes.cast(tf.bitcast(short16(tf, bits), TBfloat16.class), TFloat32.class);
            case UINT16 -> short16(tf, bits);
            case UINT8 -> tf.dtypes.cast(bits, TUint8.class);
            case BOOL -> tf.dtypes.cast(bits, TBool.class);
            case FLOAT8E8M0 -> powers(tf, bits);
            default -> Narrowing.integer(tf, bits, target);
        };
    }

    private static Operand<TUint16> short16(Ops tf, Operand<TInt32> bits) {
        return tf.dtypes.cast(bits, TUint16.class);
    }

    private static Operand<TFloat64> powers(Ops tf, Operand<TInt32> bits) {
        double[] powers = new double[256];
        for (int code = 0; code < 255; code++) {
            powers[code] = Math.scalb(1.0, code - 127);
        }
        powers[255] = Double.NaN;
        return tf.gather(tf.constant(powers), bits, tf.constant(0));
    }
}
