package org.lsuv.tf.onnxexport.ops;

import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts non-linearities. */
final class ActivationOps {
    private ActivationOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Relu", node -> same(node, "Relu"));
        ops.add("Relu6", ActivationOps::relu6);
        ops.add("Elu", node -> same(node, "Elu"));
        ops.add("Selu", node -> same(node, "Selu"));
        ops.add("LeakyRelu", ActivationOps::leakyRelu);
        ops.add("Softplus", node -> same(node, "Softplus"));
        ops.add("Softsign", node -> same(node, "Softsign"));
        ops.add("Sigmoid", node -> same(node, "Sigmoid"));
        ops.add("Tanh", node -> same(node, "Tanh"));
        ops.add("Softmax", node -> lastAxis(node, "Softmax"));
        ops.add("LogSoftmax", node -> lastAxis(node, "LogSoftmax"));
    }

    private static void same(NodeExport node, String operator) {
        Aligned operand = Aligned.all(node);
        operand.give(node, operand.draft(node, operator));
    }

    private static void relu6(NodeExport node) {
        Aligned operand = Aligned.all(node);
        operand.give(node, node.draft("Clip", operand.values().get(0), node.scalar(0, 0), node.scalar(0, 6)));
    }

    private static void leakyRelu(NodeExport node) {
        Aligned operand = Aligned.all(node);
        operand.give(node, operand.draft(node, "LeakyRelu").withFloat("alpha", node.real("alpha")));
    }

    private static void lastAxis(NodeExport node, String operator) {
        Aligned operand = Aligned.all(node);
        int last = node.shape(0).numDimensions() - 1;
        int axis = operand.order().map(order -> order.position(last)).orElse(-1);
        NodeDraft draft = operand.draft(node, operator).with("axis", axis);
        operand.give(node, draft);
    }
}
