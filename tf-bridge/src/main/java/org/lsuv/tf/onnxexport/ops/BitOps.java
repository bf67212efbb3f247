package org.lsuv.tf.onnxexport.ops;

import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations on the bits of integers. */
final class BitOps {
    private BitOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("BitwiseAnd", node -> bitwise(node, "BitwiseAnd"));
        ops.add("BitwiseOr", node -> bitwise(node, "BitwiseOr"));
        ops.add("BitwiseXor", node -> bitwise(node, "BitwiseXor"));
        ops.add("Invert", BitOps::invert);
        ops.add("LeftShift", BitOps::leftShift);
        ops.add("RightShift", BitOps::rightShift);
    }

    private static void bitwise(NodeExport node, String operator) {
        if (node.opset() < 18) {
            throw node.unsupported("needs opset 18 or above");
        }
        node.give(node.draft(operator, node.in(0), node.in(1)));
    }

    /** In two's complement the inverted bits are those of −1 − x. */
    private static void invert(NodeExport node) {
        String inverted = inverted(node, node.cast(node.in(0), OnnxType.INT64));
        node.give(node.draft("Cast", inverted).with("to", node.type(0).code()));
    }

    private static String inverted(NodeExport node, String longs) {
        return node.add("Sub", node.index(-1), longs);
    }

    private static void leftShift(NodeExport node) {
        String shifted = shifted(node, node.cast(node.in(0), OnnxType.UINT64), "LEFT");
        node.give(node.draft("Cast", shifted).with("to", node.type(0).code()));
    }

    /** ONNX shifts numbers without sign; those below 0 take ones in from the left. */
    private static void rightShift(NodeExport node) {
        if (!isSigned(node.type(0))) {
            String shifted = shifted(node, node.cast(node.in(0), OnnxType.UINT64), "RIGHT");
            node.give(node.draft("Cast", shifted).with("to", node.type(0).code()));
            return;
        }
        String values = node.cast(node.in(0), OnnxType.INT64);
        String negative = node.add("Less", values, node.index(0));
        String positive = node.add("Where", negative, inverted(node, values), values);
        String unsigned = shifted(node, node.cast(positive, OnnxType.UINT64), "RIGHT");
        String shifted = node.cast(unsigned, OnnxType.INT64);
        String signed = node.add("Where", negative, inverted(node, shifted), shifted);
        node.give(node.draft("Cast", signed).with("to", node.type(0).code()));
    }

    private static boolean isSigned(OnnxType type) {
        return type == OnnxType.INT8 || type == OnnxType.INT16 || type == OnnxType.INT32 || type == OnnxType.INT64;
    }

    private static String shifted(NodeExport node, String values, String direction) {
        String places = node.constant(1)
                .map(constant ->
                        node.store(OnnxTensor.ofIntegers("", OnnxType.UINT64, constant.shape(), constant.toLongs())))
                .orElseGet(() -> node.cast(node.in(1), OnnxType.UINT64));
        return node.draft("BitShift", values, places)
                .withText("direction", direction)
                .add();
    }
}
