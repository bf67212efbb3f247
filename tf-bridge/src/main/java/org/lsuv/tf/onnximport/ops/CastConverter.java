package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import org.lsuv.onnx.NarrowFloat;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.dtypes.AsString;
import org.tensorflow.types.TBool;
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
public final class CastConverter {
    private CastConverter() {}

    static Operand<?> cast(NodeContext node) {
        return to(node, type(node, "to"));
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

    /** Returns the element type that an attribute names by its number. */
    public static OnnxType type(NodeContext node, String attribute) {
        long code = node.attributes().requireInt(attribute);
        return OnnxType.ofCode((int) code)
                .filter(type -> type != OnnxType.UNDEFINED)
                .orElseThrow(() -> node.malformedAttribute(attribute, "there is no element type " + code));
    }

    private static Operand<?> to(NodeContext node, OnnxType target) {
        if (!TfTypes.isSupported(target)) {
            throw node.unsupported("element type " + target.label() + " is not supported in TensorFlow");
        }
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        OnnxType source = node.type(0);
        if (target == OnnxType.STRING) {
            return x.type().equals(TString.class) ? tf.identity(x) : strings(node, x);
        }
        Operand<? extends TType> numbers = x;
        if (x.type().equals(TString.class)) {
            numbers = numbers(node, target);
        } else if (source == OnnxType.UINT64 && target != OnnxType.UINT64 && !target.isInteger()) {
            numbers = Unsigned64.toDouble(tf, NodeContext.cast(x));
        }
        return node.typed(0, target, number(node, numbers, target));
    }

    private static Operand<?> number(NodeContext node, Operand<? extends TType> x, OnnxType target) {
        Ops tf = node.tf();
        if (target == OnnxType.FLOAT8E8M0) {
            Operand<? extends TType> numbers = x.type().equals(TBool.class) ? tf.dtypes.cast(x, TFloat64.class) : x;
            return Narrowing.exponentOnly(tf, NodeContext.<TNumber>cast(numbers), rounding(node), overflow(node));
        }
        if (target.isFloating() || NarrowFloat.of(target).isPresent()) {
            return Narrowing.floating(tf, x, target, overflow(node));
        }
        if (target == OnnxType.UINT64) {
            return isFloating(x) ? Unsigned64.from(tf, x) : tf.dtypes.cast(x, TInt64.class);
        }
        Class<? extends TType> carrier = TfTypes.computeType(target);
        // What an int32 cannot hold still has lower bits.
        boolean wide = target.isInteger() && isFloating(x) && !target.equals(OnnxType.INT32);
        Operand<? extends TType> integers = wide ? tf.dtypes.cast(x, TInt64.class) : x;
        return Narrowing.integer(tf, tf.dtypes.cast(integers, carrier), target);
    }

    private static boolean isFloating(Operand<? extends TType> x) {
        return x.type().equals(TFloat32.class) || x.type().equals(TFloat64.class);
    }

    private static Narrowing.Overflow overflow(NodeContext node) {
        return node.attributes().intOr("saturate", 1) != 0 ? Narrowing.Overflow.SATURATE : Narrowing.Overflow.SPECIAL;
    }

    private static Narrowing.Rounding rounding(NodeContext node) {
        String mode = node.attributes().stringOr("round_mode", "up");
        return switch (mode) {
            case "up" -> Narrowing.Rounding.UP;
            case "down" -> Narrowing.Rounding.DOWN;
            case "nearest" -> Narrowing.Rounding.NEAREST;
            default -> throw node.malformedAttribute("round_mode", "expected up, down or nearest, got " + mode);
        };
    }

    private static Operand<TNumber> numbers(NodeContext node, OnnxType target) {
        Ops tf = node.tf();
        Operand<TString> text = node.input(0);
        Class<? extends TNumber> type =
                target == OnnxType.DOUBLE ? TFloat64.class : target.isInteger() ? TInt64.class : TFloat32.class;
        return NodeContext.cast(tf.strings.toNumber(text, type));
    }

    private static Operand<?> strings(NodeContext node, Operand<TType> x) {
        Ops tf = node.tf();
        if (isFloating(x)) {
            return NodeContext.cast(x).type().equals(TFloat64.class)
                    ? shortest(tf, NodeContext.cast(x), TFloat64.class, 15, 17)
                    : shortest(tf, NodeContext.cast(x), TFloat32.class, 6, 9);
        }
        if (node.type(0) == OnnxType.UINT64) {
            throw node.unsupported("64-bit unsigned integers as strings are not supported");
        }
        return x.type().equals(TBool.class)
                ? tf.select(NodeContext.cast(x), tf.constant("1"), tf.constant("0"))
                : tf.dtypes.asString(ElementTypes.as(tf, NodeContext.cast(x), TInt64.class));
    }

    /** Writes each number with the fewest digits from which it is read back. */
    private static <T extends TNumber> Operand<TString> shortest(
            Ops tf, Operand<T> x, Class<T> type, int fewest, int most) {
        Operand<TString> text = digits(tf, x, most);
        for (int count = most - 1; count >= fewest; count--) {
            Operand<TString> shorter = digits(tf, x, count);
            text = tf.select(tf.math.equal(tf.strings.toNumber(shorter, type), x), shorter, text);
        }
        Operand<T> zero = tf.zerosLike(x);
        Operand<TString> infinite = tf.select(tf.math.greater(x, zero), tf.constant("INF"), tf.constant("-INF"));
        return tf.select(tf.math.isNan(x), tf.constant("NaN"), tf.select(tf.math.isInf(x), infinite, text));
    }

    private static Operand<TString> digits(Ops tf, Operand<? extends TType> x, int count) {
        return tf.dtypes.asString(x, AsString.precision((long) count), AsString.shortest(true));
    }

    /** Returns integers of one type as those that TensorFlow has most kernels for. */
    public static Operand<TInt32> toInt32(Ops tf, Operand<? extends TType> x) {
        return x.type().equals(TInt32.class) ? NodeContext.cast(x) : tf.dtypes.cast(x, TInt32.class);
    }
}
