package org.lsuv.tf.onnximport.ops.quantized;

import java.util.Optional;
import org.lsuv.onnx.NarrowFloat;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.CastConverter;
import org.lsuv.tf.onnximport.ops.Narrowing;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts between real numbers and quantised ones: {@code real = (quantised − zero point) · scale}. */
final class Quantized {
    private Quantized() {}

    /** Lists the least and the greatest value of quantised integers. */
    private record Range(int least, int greatest) {
        static Range of(NodeContext node, OnnxType type) {
            return switch (type) {
                case UINT2, UINT4, UINT8, UINT16 -> new Range(0, (1 << type.bits()) - 1);
                case INT2, INT4, INT8, INT16 -> new Range(-(1 << (type.bits() - 1)), (1 << (type.bits() - 1)) - 1);
                default -> throw node.malformed("cannot quantise to " + type.label());
            };
        }
    }

    /** Returns an input without its zero point, if that input is there. */
    static Operand<TInt32> shifted(NodeContext node, int input, int zeroPoint) {
        return shifted(node, CastConverter.toInt32(node.tf(), node.input(input)), integers(node, zeroPoint));
    }

    static Operand<TInt32> shifted(NodeContext node, Operand<TInt32> value, Optional<Operand<TInt32>> zeroPoint) {
        return zeroPoint.isPresent() ? node.tf().math.sub(value, zeroPoint.get()) : value;
    }

    /** Returns an input that may be left out, as int32. */
    static Optional<Operand<TInt32>> integers(NodeContext node, int input) {
        return node.<TType>optional(input).map(value -> CastConverter.toInt32(node.tf(), value));
    }

    /** Returns a floating-point input in the type that scales are computed in. */
    static Operand<TFloat32> floats(NodeContext node, int input) {
        Operand<TType> value = node.input(input);
        return value.type().equals(TFloat32.class)
                ? NodeContext.cast(value)
                : node.tf().dtypes.cast(value, TFloat32.class);
    }

    /** Returns the real numbers of an input whose scale and zero point are single numbers. */
    static Operand<TFloat32> real(NodeContext node, int input, int scale, int zeroPoint) {
        return real(node, shifted(node, input, zeroPoint), floats(node, scale));
    }

    static Operand<TFloat32> real(NodeContext node, Operand<TInt32> shifted, Operand<TFloat32> scale) {
        return node.tf().math.mul(node.tf().dtypes.cast(shifted, TFloat32.class), scale);
    }

    /** Returns what remains of real numbers that were divided by their scale. */
    static Operand<?> quantised(
            NodeContext node,
            Operand<TFloat32> quotient,
            Optional<Operand<TType>> zeroPoint,
            OnnxType type,
            Narrowing.Overflow overflow) {
        Ops tf = node.tf();
        if (NarrowFloat.of(type).isPresent()) {
            // The formats of 8 bits have a zero point of zero, and keep the sign of zero.
            boolean shifts = type == OnnxType.FLOAT4E2M1 && zeroPoint.isPresent();
            Operand<TFloat32> moved = shifts ? tf.math.add(quotient, NodeContext.cast(zeroPoint.get())) : quotient;
            return Narrowing.floating(tf, moved, type, overflow);
        }
        Range range = Range.of(node, type);
        // Halves go to the even neighbour before the zero point is added.
        Operand<TFloat32> rounded = tf.math.rint(quotient);
        Operand<TFloat32> moved =
                zeroPoint.isPresent() ? tf.math.add(rounded, tf.dtypes.cast(zeroPoint.get(), TFloat32.class)) : rounded;
        Operand<TFloat32> limited = tf.math.minimum(
                tf.math.maximum(moved, tf.constant((float) range.least())), tf.constant((float) range.greatest()));
        return tf.dtypes.cast(tf.dtypes.cast(limited, TInt32.class), TfTypes.computeType(type));
    }

    /** Quantises real numbers with the scale and zero point that two inputs hold, to the node's first output. */
    static Operand<?> quantised(
            NodeContext node, Operand<TFloat32> real, int scale, int zeroPoint, OnnxType typeByDefault) {
        return rescaled(node, node.tf().math.div(real, floats(node, scale)), zeroPoint, typeByDefault);
    }

    /** Quantises numbers that are divided by the scale already, to the node's first output. */
    static Operand<?> rescaled(NodeContext node, Operand<TFloat32> quotient, int zeroPoint, OnnxType typeByDefault) {
        OnnxType type = node.has(zeroPoint) ? node.type(zeroPoint) : typeByDefault;
        return node.typed(
                0, type, quantised(node, quotient, node.optional(zeroPoint), type, Narrowing.Overflow.SATURATE));
    }

    /** Returns a number as one operand of arithmetic in any element type. */
    static Operand<TNumber> number(Operand<?> operand) {
        return NodeContext.cast(operand);
    }
}
