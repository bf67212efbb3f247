package org.lsuv.tf.onnximport.ops.quantized;

import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.NarrowFloat;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.CastConverter;
import org.lsuv.tf.onnximport.ops.Narrowing;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** Converts quantisation and its reverse. */
public final class QuantizeOps {
    private QuantizeOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.one("QuantizeLinear", 10, QuantizeOps::quantizeLinear);
        ops.one("DequantizeLinear", 10, QuantizeOps::dequantizeLinear);
        ops.many("DynamicQuantizeLinear", 11, QuantizeOps::dynamicQuantizeLinear);
    }

    static Operand<?> quantizeLinear(NodeContext node) {
        OnnxType target = outputType(node);
        Operand<TFloat32> scale = QuantizationScales.spread(node, Quantized.floats(node, 1));
        Optional<Operand<TType>> zeroPoint =
                node.<TType>optional(2).map(value -> QuantizationScales.spread(node, value));
        Operand<TFloat32> quotient = node.tf().math.div(Quantized.floats(node, 0), scale);
        Operand<?> result =
                Quantized.quantised(node, rounded(node, quotient, precision(node)), zeroPoint, target, overflow(node));
        return node.typed(0, target, result);
    }

    private static OnnxType outputType(NodeContext node) {
        boolean stated = node.attributes().intOr("output_dtype", 0) != 0;
        OnnxType byDefault = node.has(2) ? node.type(2) : OnnxType.UINT8;
        OnnxType target = stated ? CastConverter.type(node, "output_dtype") : byDefault;
        if (node.has(2) && target != byDefault) {
            throw node.malformedAttribute(
                    "output_dtype", target.label() + " differs from the zero point's type, " + byDefault.label());
        }
        return target;
    }

    /** The quotient has the precision of the scale, whatever is divided, unless the node says otherwise. */
    private static OnnxType precision(NodeContext node) {
        return node.attributes().intOr("precision", 0) != 0 ? CastConverter.type(node, "precision") : node.type(1);
    }

    private static Operand<TFloat32> rounded(NodeContext node, Operand<TFloat32> value, OnnxType type) {
        return type == OnnxType.FLOAT16 || type == OnnxType.BFLOAT16
                ? NodeContext.cast(Narrowing.floating(node.tf(), value, type, Narrowing.Overflow.SPECIAL))
                : value;
    }

    private static Narrowing.Overflow overflow(NodeContext node) {
        return node.attributes().intOr("saturate", 1) != 0 ? Narrowing.Overflow.SATURATE : Narrowing.Overflow.SPECIAL;
    }

    static Operand<?> dequantizeLinear(NodeContext node) {
        OnnxType target = node.attributes().intOr("output_dtype", 0) != 0
                ? CastConverter.type(node, "output_dtype")
                : node.type(1);
        Operand<TFloat32> scale = QuantizationScales.spread(node, Quantized.floats(node, 1));
        Operand<TFloat32> real = node.tf().math.mul(shifted(node), scale);
        return node.typed(0, target, rounded(node, real, target));
    }

    private static Operand<TFloat32> shifted(NodeContext node) {
        if (NarrowFloat.of(node.type(0)).isPresent()) {
            return Quantized.floats(node, 0);
        }
        Optional<Operand<TInt32>> zeroPoint =
                Quantized.integers(node, 2).map(value -> QuantizationScales.spread(node, value));
        Ops tf = node.tf();
        Operand<TInt32> value = CastConverter.toInt32(tf, node.input(0));
        return tf.dtypes.cast(Quantized.shifted(node, value, zeroPoint), TFloat32.class);
    }

    /** The range of the input, widened to hold zero, is mapped to 0 … 255. */
    private static List<Operand<?>> dynamicQuantizeLinear(NodeContext node) {
        Dynamic dynamic = Dynamic.of(node, node.input(0));
        Ops tf = node.tf();
        return List.of(
                tf.dtypes.cast(dynamic.quantised(), TUint8.class),
                dynamic.scale(),
                tf.dtypes.cast(dynamic.zeroPoint(), TUint8.class));
    }

    /**
     * Holds values that are quantised by their own range.
     *
     * @param quantised the values from 0 to 255
     * @param scale the scale, a scalar
     * @param zeroPoint the zero point, a scalar
     */
    record Dynamic(Operand<TFloat32> quantised, Operand<TFloat32> scale, Operand<TFloat32> zeroPoint) {
        static Dynamic of(NodeContext node, Operand<TFloat32> x) {
            Ops tf = node.tf();
            Operand<TFloat32> flat = tf.reshape(x, tf.constant(new long[] {-1}));
            Operand<TInt64> all = tf.constant(new long[] {0});
            Operand<TFloat32> zero = tf.constant(0f);
            Operand<TFloat32> least = tf.math.minimum(tf.reduceMin(flat, all), zero);
            Operand<TFloat32> greatest = tf.math.maximum(tf.reduceMax(flat, all), zero);
            Operand<TFloat32> width = tf.math.sub(greatest, least);
            // Zeros alone are quantised with scale 1.
            Operand<TFloat32> scale =
                    tf.select(tf.math.equal(width, zero), tf.constant(1f), tf.math.div(width, tf.constant(255f)));
            Operand<TFloat32> zeroPoint = tf.math.rint(limited(tf, tf.math.neg(tf.math.div(least, scale))));
            Operand<TFloat32> moved = tf.math.add(tf.math.rint(tf.math.div(x, scale)), zeroPoint);
            return new Dynamic(limited(tf, moved), scale, zeroPoint);
        }

        private static Operand<TFloat32> limited(Ops tf, Operand<TFloat32> value) {
            return tf.math.minimum(tf.math.maximum(value, tf.constant(0f)), tf.constant(255f));
        }
    }
}
