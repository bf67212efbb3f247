package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.Optional;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Converts casts. Types that are computed in a wider one get the values of the narrow one: rounded
 * for floating point, wrapped around for integers.
 */
final class CastConverter {
    private CastConverter() {}

    static Operand<?> cast(NodeContext node) {
        int code = (int) node.attributes().requireInt("to");
        Optional<OnnxType> target = OnnxType.ofCode(code).filter(type -> type != OnnxType.UNDEFINED);
        return to(node, target.orElseThrow(() -> node.malformedAttribute("to", "there is no element type " + code)));
    }

    /** Version 1 names the type in words. */
    static Operand<?> cast1(NodeContext node) {
        String name = node.attributes().requireString("to");
        return to(
                node,
                Arrays.stream(OnnxType.values())
                        .filter(type ->
                                type != OnnxType.UNDEFINED && type.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> node.malformedAttribute("to", "there is no element type \"" + name + "\"")));
    }

    static Operand<?> castLike(NodeContext node) {
        return to(node, node.type(1));
    }

    private static Operand<?> to(NodeContext node, OnnxType target) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        if (target == OnnxType.STRING) {
            return x.type().equals(TString.class) ? tf.identity(x) : toStrings(node, x);
        }
        Operand<?> numbers = x.type().equals(TString.class) ? numbers(node, target) : x;
        return switch (target) {
            case FLOAT16 -> tf.dtypes.cast(tf.dtypes.cast(numbers, TFloat16.class), TFloat32.class);
            case BFLOAT16 -> tf.dtypes.cast(tf.dtypes.cast(numbers, TBfloat16.class), TFloat32.class);
            case INT8 -> signed(tf, tf.dtypes.cast(numbers, TInt32.class), 24);
            case INT16 -> signed(tf, tf.dtypes.cast(numbers, TInt32.class), 16);
            case UINT32 -> tf.bitwise.bitwiseAnd(tf.dtypes.cast(numbers, TInt64.class), tf.constant(0xffffffffL));
            default -> tf.dtypes.cast(numbers, computeType(node, target));
        };
    }

    private static Class<? extends TType> computeType(NodeContext node, OnnxType target) {
        try {
            return TfTypes.computeType(target);
        } catch (UnsupportedModelException problem) {
            throw node.unsupported(String.valueOf(problem.getMessage()));
        }
    }

    /** Keeps the lower bits and extends their sign. */
    private static Operand<TInt32> signed(Ops tf, Operand<TInt32> x, int droppedBits) {
        Operand<TInt32> bits = tf.constant(droppedBits);
        return tf.bitwise.rightShift(tf.bitwise.leftShift(x, bits), bits);
    }

    private static Operand<TNumber> numbers(NodeContext node, OnnxType target) {
        Ops tf = node.tf();
        Operand<TString> text = node.input(0);
        Class<? extends TNumber> type =
                target == OnnxType.DOUBLE ? TFloat64.class : target.isFloating() ? TFloat32.class : TInt64.class;
        return NodeContext.cast(tf.strings.toNumber(text, type));
    }

    private static Operand<?> toStrings(NodeContext node, Operand<TType> x) {
        if (node.type(0).isFloating()) {
            throw node.unsupported("floating-point numbers as strings are not supported");
        }
        return node.tf().dtypes.asString(x);
    }
}
