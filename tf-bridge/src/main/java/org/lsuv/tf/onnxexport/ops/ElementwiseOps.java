package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts arithmetic, comparisons and logic, one element at a time. */
final class ElementwiseOps {
    private ElementwiseOps() {}

    static void addTo(TfOpRegistry ops) {
        for (String op : List.of("Add", "AddV2")) {
            ops.add(op, ElementwiseOps::add);
        }
        ops.add("BiasAdd", ElementwiseOps::biasAdd);
        ops.add("AddN", ElementwiseOps::addAll);
        ops.add("Sub", node -> same(node, "Sub"));
        ops.add("Mul", node -> same(node, "Mul"));
        ops.add("MulNoNan", ElementwiseOps::mulNoNan);
        ops.add("Xlogy", node -> zeroSafe(node, "Mul", true));
        ops.add("Xdivy", node -> zeroSafe(node, "Div", false));
        ops.add("Div", node -> same(node, "Div"));
        ops.add("RealDiv", node -> same(node, "Div"));
        ops.add("TruncateDiv", node -> same(node, "Div"));
        ops.add("DivNoNan", ElementwiseOps::divNoNan);
        ops.add("FloorDiv", ElementwiseOps::floorDiv);
        ops.add("FloorMod", ElementwiseOps::floorMod);
        ops.add("Mod", ElementwiseOps::truncatedMod);
        ops.add("TruncateMod", ElementwiseOps::truncatedMod);
        ops.add("Pow", node -> same(node, "Pow"));
        ops.add("Maximum", node -> same(node, "Max"));
        ops.add("Minimum", node -> same(node, "Min"));
        ops.add("SquaredDifference", ElementwiseOps::squaredDifference);
        ops.add("Atan2", ElementwiseOps::atan2);
        ops.add("Greater", node -> same(node, "Greater"));
        ops.add("GreaterEqual", node -> same(node, "GreaterOrEqual"));
        ops.add("Less", node -> same(node, "Less"));
        ops.add("LessEqual", node -> same(node, "LessOrEqual"));
        ops.add("Equal", node -> same(node, "Equal"));
        ops.add("NotEqual", ElementwiseOps::notEqual);
        ops.add("ApproximateEqual", ElementwiseOps::approximateEqual);
        ops.add("LogicalAnd", node -> same(node, "And"));
        ops.add("LogicalOr", node -> same(node, "Or"));
        ops.add("LogicalNot", node -> same(node, "Not"));
        ops.add("SelectV2", node -> same(node, "Where"));
        ops.add("Select", ElementwiseOps::select);
        ops.add("ClipByValue", ElementwiseOps::clip);
        ops.add("Cast", ElementwiseOps::cast);
        ops.add("Abs", node -> same(node, "Abs"));
        ops.add("Neg", node -> same(node, "Neg"));
        ops.add("Sign", node -> same(node, "Sign"));
        ops.add("Floor", node -> same(node, "Floor"));
        ops.add("Ceil", node -> same(node, "Ceil"));
        ops.add("Round", node -> same(node, "Round"));
        ops.add("Rint", node -> same(node, "Round"));
        ops.add("Exp", node -> same(node, "Exp"));
        ops.add("Expm1", ElementwiseOps::expm1);
        ops.add("Log", node -> same(node, "Log"));
        ops.add("Log1p", ElementwiseOps::log1p);
        ops.add("Sqrt", node -> same(node, "Sqrt"));
        ops.add("Rsqrt", ElementwiseOps::rsqrt);
        ops.add("Square", ElementwiseOps::square);
        ops.add("Reciprocal", node -> same(node, "Reciprocal"));
        ops.add("Inv", node -> same(node, "Reciprocal"));
        ops.add("Erf", node -> same(node, "Erf"));
        ops.add("Erfc", ElementwiseOps::erfc);
        for (String op :
                List.of("Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh")) {
            ops.add(op, node -> same(node, op));
        }
        ops.add("IsNan", node -> same(node, "IsNaN"));
        ops.add("IsInf", node -> same(node, "IsInf"));
        ops.add("IsFinite", ElementwiseOps::isFinite);
        ops.add("ZerosLike", node -> filled(node, 0));
        ops.add("OnesLike", node -> filled(node, 1));
    }

    private static void same(NodeExport node, String operator) {
        Aligned operands = Aligned.all(node);
        operands.give(node, operands.draft(node, operator));
    }

    private static void add(NodeExport node) {
        boolean last = node.shape(0).numDimensions() >= 2
                && node.shape(1).numDimensions() == 1
                && !node.outShape(0).isUnknown()
                && channelsLast(node);
        if (!(last && node.fuseBias(1))) {
            same(node, "Add");
        }
    }

    /** Tells whether the last axis is the one to which a bias of a convolution or product belongs. */
    private static boolean channelsLast(NodeExport node) {
        int rank = node.rank(0);
        boolean fits = node.shape(1).get(0) == node.shape(0).get(rank - 1)
                && node.shape(1).get(0) > 0;
        int position = node.order(0).map(order -> order.position(rank - 1)).orElse(rank - 1);
        return fits && position == 1;
    }

    private static void biasAdd(NodeExport node) {
        int rank = node.rank(0);
        boolean first = node.text("data_format").equals("NCHW");
        int axis = first ? 1 : rank - 1;
        int position = node.order(0).map(order -> order.position(axis)).orElse(axis);
        if (position == 1 && node.fuseBias(1)) {
            return;
        }
        if (!first || rank == 2) {
            same(node, "Add");
            return;
        }
        List<Long> axes = java.util.stream.LongStream.range(1, rank - 1).boxed().toList();
        node.give(node.draft("Add", node.in(0), node.unsqueeze(node.in(1), axes)));
    }

    /** ONNX Runtime sums up numbers alone, not integers. */
    private static void addAll(NodeExport node) {
        if (node.inputs() == 1) {
            node.passes(0, 0);
            return;
        }
        Aligned operands = Aligned.all(node);
        if (node.type(0).isFloating()) {
            operands.give(node, operands.draft(node, "Sum"));
            return;
        }
        String sum = operands.values().get(0);
        for (String next : operands.values().subList(1, node.inputs() - 1)) {
            sum = node.add("Add", sum, next);
        }
        operands.give(node, node.draft("Add", sum, operands.values().get(node.inputs() - 1)));
    }

    private static void mulNoNan(NodeExport node) {
        Aligned operands = Aligned.all(node);
        String zero = node.scalar(0, 0);
        String none = node.add("Equal", operands.values().get(1), zero);
        String product = operands.draft(node, "Mul").add();
        operands.give(node, node.draft("Where", none, zero, product));
    }

    /** Writes x·ln y or x/y, which are 0 where x is, whatever y is. */
    private static void zeroSafe(NodeExport node, String operator, boolean logarithm) {
        Aligned operands = Aligned.all(node);
        String zero = node.scalar(0, 0);
        String one = operands.values().get(0);
        String other = operands.values().get(1);
        String result = node.add(operator, one, logarithm ? node.add("Log", other) : other);
        operands.give(node, node.draft("Where", node.add("Equal", one, zero), zero, result));
    }

    private static void divNoNan(NodeExport node) {
        Aligned operands = Aligned.all(node);
        String zero = node.scalar(0, 0);
        String none = node.add("Equal", operands.values().get(1), zero);
        String quotient = operands.draft(node, "Div").add();
        operands.give(node, node.draft("Where", none, zero, quotient));
    }

    /** ONNX's Div cuts integers towards zero: where signs differ and something is left, floor is one less. */
    private static void floorDiv(NodeExport node) {
        Aligned operands = Aligned.all(node);
        if (node.type(0).isFloating()) {
            operands.give(node, node.draft("Floor", operands.draft(node, "Div").add()));
            return;
        }
        // (a − floorMod(a, b)) / b is exact.
        String left = operands.draft(node, "Mod").add();
        String rest = node.add("Sub", operands.values().get(0), left);
        operands.give(node, node.draft("Div", rest, operands.values().get(1)));
    }

    /** ONNX's Mod has the sign of the divisor for integers, and for numbers only that of the dividend. */
    private static void floorMod(NodeExport node) {
        Aligned operands = Aligned.all(node);
        if (!node.type(0).isFloating()) {
            operands.give(node, operands.draft(node, "Mod"));
            return;
        }
        String divisor = operands.values().get(1);
        String whole = node.add("Floor", operands.draft(node, "Div").add());
        operands.give(node, node.draft("Sub", operands.values().get(0), node.add("Mul", whole, divisor)));
    }

    private static void truncatedMod(NodeExport node) {
        Aligned operands = Aligned.all(node);
        operands.give(node, operands.draft(node, "Mod").with("fmod", 1));
    }

    private static void squaredDifference(NodeExport node) {
        Aligned operands = Aligned.all(node);
        String difference = operands.draft(node, "Sub").add();
        operands.give(node, node.draft("Mul", difference, difference));
    }

    /** Returns the angle of (x, y) from the arc tangent of y / x, moved by π where x is negative. */
    private static void atan2(NodeExport node) {
        Aligned operands = Aligned.all(node);
        String y = operands.values().get(0);
        String x = operands.values().get(1);
        String zero = node.scalar(0, 0);
        String angle = node.add("Atan", node.add("Div", y, x));
        String up = node.scalar(0, Math.PI);
        String turn = node.add("Where", node.add("Less", y, zero), node.add("Neg", up), up);
        String moved = node.add("Where", node.add("Less", x, zero), node.add("Add", angle, turn), angle);
        String origin = node.add("And", node.add("Equal", x, zero), node.add("Equal", y, zero));
        operands.give(node, node.draft("Where", origin, zero, moved));
    }

    private static void notEqual(NodeExport node) {
        Aligned operands = Aligned.all(node);
        operands.give(node, node.draft("Not", operands.draft(node, "Equal").add()));
    }

    private static void approximateEqual(NodeExport node) {
        Aligned operands = Aligned.all(node);
        String distance = node.add("Abs", operands.draft(node, "Sub").add());
        operands.give(node, node.draft("Less", distance, node.scalar(0, node.real("tolerance"))));
    }

    /** Unlike with SelectV2, a condition of one dimension chooses rows here. */
    private static void select(NodeExport node) {
        int condition = node.rank(0);
        int rank = node.rank(1);
        if (condition == rank || condition == 0) {
            same(node, "Where");
            return;
        }
        List<Long> axes = java.util.stream.LongStream.range(1, rank).boxed().toList();
        node.give(node.draft("Where", node.unsqueeze(node.in(0), axes), node.in(1), node.in(2)));
    }

    private static void clip(NodeExport node) {
        Aligned operands = Aligned.all(node);
        String above =
                node.add("Max", operands.values().get(0), operands.values().get(1));
        operands.give(node, node.draft("Min", above, operands.values().get(2)));
    }

    /** A cast of numbers to truth values asks whether they differ from 0 on both sides. */
    private static void cast(NodeExport node) {
        if (node.type(0) == node.outType(0)) {
            node.passes(0, 0);
            return;
        }
        Aligned operand = Aligned.all(node);
        operand.give(
                node, operand.draft(node, "Cast").with("to", node.outType(0).code()));
    }

    private static void expm1(NodeExport node) {
        Aligned operand = Aligned.all(node);
        operand.give(node, node.draft("Sub", operand.draft(node, "Exp").add(), node.scalar(0, 1)));
    }

    private static void log1p(NodeExport node) {
        Aligned operand = Aligned.all(node);
        operand.give(node, node.draft("Log", node.add("Add", operand.values().get(0), node.scalar(0, 1))));
    }

    private static void rsqrt(NodeExport node) {
        Aligned operand = Aligned.all(node);
        operand.give(node, node.draft("Reciprocal", operand.draft(node, "Sqrt").add()));
    }

    private static void square(NodeExport node) {
        Aligned operand = Aligned.all(node);
        String x = operand.values().get(0);
        operand.give(node, node.draft("Mul", x, x));
    }

    private static void erfc(NodeExport node) {
        Aligned operand = Aligned.all(node);
        operand.give(
                node,
                node.draft("Sub", node.scalar(0, 1), operand.draft(node, "Erf").add()));
    }

    private static void isFinite(NodeExport node) {
        Aligned operand = Aligned.all(node);
        String bad = node.add(
                "Or",
                operand.draft(node, "IsNaN").add(),
                operand.draft(node, "IsInf").add());
        operand.give(node, node.draft("Not", bad));
    }

    private static void filled(NodeExport node, int value) {
        Aligned operand = Aligned.all(node);
        String shape = operand.draft(node, "Shape").add();
        OnnxType type = node.type(0);
        operand.give(node, node.draft("Expand", node.scalar(type, value), shape));
    }
}
