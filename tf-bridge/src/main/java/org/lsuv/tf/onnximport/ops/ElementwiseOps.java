package org.lsuv.tf.onnximport.ops;

import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts arithmetic, comparisons and logic, element by element with broadcasting. */
final class ElementwiseOps {
    private ElementwiseOps() {}

    static void addTo(OpRegistry.Table ops) {
        binary(ops, "Add", ElementwiseOps::add);
        binary(ops, "Sub", (node, a, b) -> node.tf().math.sub(a, b));
        binary(ops, "Mul", (node, a, b) -> node.tf().math.mul(a, b));
        // Integers are divided towards zero, in ONNX as in TensorFlow's Div.
        binary(ops, "Div", (node, a, b) -> ordered(node, "Div", node.tf().math::div, a, b));
        binary(ops, "Pow", ElementwiseOps::pow);
        ops.one("Mod", 10, ElementwiseOps::mod);

        binary(ops, "Equal", (node, a, b) -> node.tf().math.equal(a, b));
        binary(ops, "Less", (node, a, b) -> compared(node, "Less", node.tf().math::less, a, b));
        binary(ops, "Greater", (node, a, b) -> compared(node, "Greater", node.tf().math::greater, a, b));
        ops.one(
                "LessOrEqual",
                12,
                node -> compared(node, "LessEqual", node.tf().math::lessEqual, number(node, 0), number(node, 1)));
        ops.one(
                "GreaterOrEqual",
                12,
                node -> compared(node, "GreaterEqual", node.tf().math::greaterEqual, number(node, 0), number(node, 1)));
        binary(ops, "And", (node, a, b) -> node.tf().math.logicalAnd(bool(a), bool(b)));
        binary(ops, "Or", (node, a, b) -> node.tf().math.logicalOr(bool(a), bool(b)));
        binary(ops, "Xor", (node, a, b) -> node.tf().math.notEqual(bool(a), bool(b)));
        ops.one("Not", 1, node -> node.tf().math.logicalNot(node.input(0)));

        ops.one("Min", 1, node -> fold(node, (a, b) -> ordered(node, "Minimum", node.tf().math::minimum, a, b)));
        ops.one("Max", 1, node -> fold(node, (a, b) -> ordered(node, "Maximum", node.tf().math::maximum, a, b)));
        ops.one("Sum", 1, ElementwiseOps::sum);
        ops.one("Mean", 1, ElementwiseOps::mean);

        ops.one("Abs", 1, Narrowing.wrapped(ElementwiseOps::abs));
        ops.one("Neg", 1, Narrowing.wrapped(node -> node.tf().math.neg(number(node, 0))));
        ops.one("Sign", 9, ElementwiseOps::sign);
        ops.one("Reciprocal", 1, node -> node.tf().math.reciprocal(number(node, 0)));
        ops.one("Sqrt", 1, node -> node.tf().math.sqrt(number(node, 0)));
        ops.one("Exp", 1, node -> node.tf().math.exp(number(node, 0)));
        ops.one("Log", 1, node -> node.tf().math.log(number(node, 0)));
        ops.one("Erf", 9, ElementwiseOps::erf);
        ops.one("Floor", 1, node -> node.tf().math.floor(number(node, 0)));
        ops.one("Ceil", 1, node -> node.tf().math.ceil(number(node, 0)));
        // Halves go to the even neighbour.
        ops.one("Round", 11, node -> node.tf().math.rint(number(node, 0)));

        ops.one("Sin", 7, node -> node.tf().math.sin(number(node, 0)));
        ops.one("Cos", 7, node -> node.tf().math.cos(number(node, 0)));
        ops.one("Tan", 7, node -> node.tf().math.tan(number(node, 0)));
        ops.one("Asin", 7, node -> node.tf().math.asin(number(node, 0)));
        ops.one("Acos", 7, node -> node.tf().math.acos(number(node, 0)));
        ops.one("Atan", 7, node -> node.tf().math.atan(number(node, 0)));
        ops.one("Sinh", 9, node -> node.tf().math.sinh(number(node, 0)));
        ops.one("Cosh", 9, node -> node.tf().math.cosh(number(node, 0)));
        ops.one("Asinh", 9, node -> node.tf().math.asinh(number(node, 0)));
        ops.one("Acosh", 9, node -> node.tf().math.acosh(number(node, 0)));
        ops.one("Atanh", 9, node -> node.tf().math.atanh(number(node, 0)));

        ops.one("IsNaN", 9, node -> node.tf().math.isNan(number(node, 0)));
        ops.one("IsInf", 10, ElementwiseOps::isInf);
        ops.one("BitShift", 11, Narrowing.wrapped(ElementwiseOps::bitShift));
        ops.one("BitwiseAnd", 18, node -> node.tf().bitwise.bitwiseAnd(number(node, 0), number(node, 1)));
        ops.one("BitwiseOr", 18, node -> node.tf().bitwise.bitwiseOr(number(node, 0), number(node, 1)));
        ops.one("BitwiseXor", 18, node -> node.tf().bitwise.bitwiseXor(number(node, 0), number(node, 1)));
        ops.one("BitwiseNot", 18, Narrowing.wrapped(node -> node.tf().bitwise.invert(number(node, 0))));
    }

    /** Computes from two operands that TensorFlow broadcasts. */
    @FunctionalInterface
    private interface Binary {
        Operand<?> apply(NodeContext node, Operand<TNumber> left, Operand<TNumber> right);
    }

    /** Registers an operator whose broadcasting was asked for by attributes before version 7. */
    private static void binary(OpRegistry.Table ops, String op, Binary function) {
        ops.one(op, 1, node -> wrapped(node, function.apply(node, number(node, 0), alignedAtAxis(node))));
        ops.one(op, 7, node -> wrapped(node, function.apply(node, number(node, 0), number(node, 1))));
    }

    /** Wraps numbers around, not truth values. */
    private static Operand<?> wrapped(NodeContext node, Operand<?> result) {
        return result.type() == TBool.class ? result : Narrowing.integer(node.tf(), result, node.type(0));
    }

    /** Applies an operation for which the highest bit of a 64-bit integer matters. */
    private static Operand<TNumber> ordered(
            NodeContext node,
            String operation,
            BinaryOperator<Operand<TNumber>> function,
            Operand<TNumber> left,
            Operand<TNumber> right) {
        return node.type(0) == OnnxType.UINT64
                ? NodeContext.cast(Unsigned64.apply(node.tf(), operation, left, right))
                : function.apply(left, right);
    }

    private static Operand<TBool> compared(
            NodeContext node,
            String operation,
            BiFunction<Operand<TNumber>, Operand<TNumber>, Operand<TBool>> function,
            Operand<TNumber> left,
            Operand<TNumber> right) {
        return node.type(0) == OnnxType.UINT64
                ? Unsigned64.compare(node.tf(), operation, left, right)
                : function.apply(left, right);
    }

    private static Operand<TNumber> number(NodeContext node, int input) {
        return node.input(input);
    }

    private static Operand<TBool> bool(Operand<? extends TType> operand) {
        return NodeContext.cast(operand);
    }

    /** Gives the second operand as many dimensions as stand behind it in the first, from {@code axis} on. */
    private static Operand<TNumber> alignedAtAxis(NodeContext node) {
        Operand<TNumber> right = node.input(1);
        if (!node.attributes().flag("broadcast") || !node.attributes().has("axis")) {
            return right;
        }
        long axis = node.attributes().requireInt("axis");
        int rank = node.rank(0);
        long behind = rank - (axis < 0 ? axis + rank : axis) - node.rank(1);
        if (behind < 0 || behind > rank) {
            throw node.malformedAttribute(
                    "axis", "an operand of rank " + node.rank(1) + " cannot start at axis " + axis + " of " + rank);
        }
        Ops tf = node.tf();
        for (long i = 0; i < behind; i++) {
            right = tf.expandDims(right, tf.constant(-1));
        }
        return right;
    }

    private static Operand<TNumber> add(NodeContext node, Operand<TNumber> left, Operand<TNumber> right) {
        Ops tf = node.tf();
        // TensorFlow adds all integers but uint16.
        return ElementTypes.isUnsigned(left) && ElementTypes.isUnsigned(right)
                ? ElementTypes.signed(tf, left, a -> tf.math.add(a, ElementTypes.as(tf, right, TInt64.class)))
                : tf.math.add(left, right);
    }

    /** The result has the type of the base, whatever the type of the exponent. */
    private static Operand<TNumber> pow(NodeContext node, Operand<TNumber> base, Operand<TNumber> exponent) {
        Ops tf = node.tf();
        if (node.type(1) == OnnxType.UINT64) {
            return pow(tf, base, NodeContext.cast(Unsigned64.toDouble(tf, exponent)));
        }
        return pow(tf, base, exponent);
    }

    private static Operand<TNumber> pow(Ops tf, Operand<TNumber> base, Operand<TNumber> exponent) {
        boolean own = ElementTypes.isFloating(base) && !ElementTypes.is(exponent, TFloat64.class);
        Class<? extends TNumber> type = own ? base.type() : TFloat64.class;
        Operand<TNumber> power = tf.math.pow(ElementTypes.as(tf, base, type), ElementTypes.as(tf, exponent, type));
        return ElementTypes.as(tf, power, base.type());
    }

    private static Operand<?> mod(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> left = node.input(0);
        Operand<TNumber> right = node.input(1);
        if (!node.attributes().flag("fmod")) {
            if (ElementTypes.isFloating(left)) {
                throw node.malformedAttribute("fmod", "must be 1 for floating-point operands");
            }
            return ordered(node, "FloorMod", tf.math::floorMod, left, right);
        }
        // Unsigned operands have one kind of remainder alone.
        if (node.type(0) == OnnxType.UINT64) {
            return Unsigned64.apply(tf, "FloorMod", left, right);
        }
        return ElementTypes.isUnsigned(left) ? tf.math.floorMod(left, right) : tf.math.truncateMod(left, right);
    }

    private static Operand<TNumber> fold(NodeContext node, BinaryOperator<Operand<TNumber>> function) {
        Operand<TNumber> result = node.inputCount() == 1 ? node.tf().identity(number(node, 0)) : node.input(0);
        for (int i = 1; i < node.inputCount(); i++) {
            result = function.apply(result, node.input(i));
        }
        return result;
    }

    private static Operand<TNumber> sum(NodeContext node) {
        return fold(node, (a, b) -> add(node, a, b));
    }

    private static Operand<?> mean(NodeContext node) {
        Operand<TNumber> sum = sum(node);
        return node.inputCount() == 1
                ? sum
                : node.tf().math.div(sum, ElementTypes.scalar(node.tf(), sum, node.inputCount()));
    }

    private static Operand<?> abs(NodeContext node) {
        Operand<TNumber> x = node.input(0);
        return ElementTypes.isUnsigned(x) || node.type(0) == OnnxType.UINT64
                ? node.tf().identity(x)
                : node.tf().math.abs(x);
    }

    private static Operand<?> sign(NodeContext node) {
        return ElementTypes.signed(node.tf(), node.input(0), node.tf().math::sign);
    }

    private static Operand<?> erf(NodeContext node) {
        return ElementTypes.floating(node.tf(), node.input(0), node.tf().math::erf);
    }

    private static Operand<?> isInf(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        boolean positive = node.attributes().intOr("detect_positive", 1) != 0;
        boolean negative = node.attributes().intOr("detect_negative", 1) != 0;
        if (positive && negative) {
            return tf.math.isInf(x);
        }
        if (!positive && !negative) {
            return tf.math.logicalAnd(tf.math.isInf(x), tf.constant(false));
        }
        double infinity = positive ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
        return tf.math.equal(x, ElementTypes.scalar(tf, x, infinity));
    }

    private static Operand<?> bitShift(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        Operand<TNumber> distance = node.input(1);
        String direction = node.attributes().requireString("direction");
        return switch (direction) {
            case "RIGHT" -> ordered(node, "RightShift", tf.bitwise::rightShift, x, distance);
            case "LEFT" -> tf.bitwise.leftShift(x, distance);
            default -> throw node.malformedAttribute("direction", "expected LEFT or RIGHT, got " + direction);
        };
    }
}
