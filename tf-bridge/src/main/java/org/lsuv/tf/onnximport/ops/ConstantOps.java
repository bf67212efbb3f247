package org.lsuv.tf.onnximport.ops;

import org.lsuv.onnx.ConstantNode;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;

/** Converts constants and generators. */
final class ConstantOps {
    private ConstantOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Constant", 1, ConstantOps::constant);
    }

    private static Operand<?> constant(NodeContext node) {
        return node.stored(ConstantNode.value(node.node()).orElseThrow());
    }
}
