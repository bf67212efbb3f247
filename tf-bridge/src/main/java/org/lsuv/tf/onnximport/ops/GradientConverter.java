package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;

/** Converts Gradient, which names values of the graph and asks how one depends on others. */
final class GradientConverter {
    private GradientConverter() {}

    static List<Operand<?>> gradient(NodeContext node) {
        List<String> variables = new ArrayList<>(node.attributes().strings("xs").orElseGet(List::of));
        int wanted = variables.size();
        variables.addAll(node.attributes().strings("zs").orElseGet(List::of));
        String result = node.attributes().requireString("y");
        if (wanted == 0) {
            throw node.malformedAttribute("xs", "expected at least one name");
        }
        if (!variables.equals(node.node().inputs())) {
            throw node.unsupported("a gradient at other values than those of the graph: it is for " + variables);
        }
        List<Operand<?>> inputs = new ArrayList<>();
        for (int i = 0; i < wanted; i++) {
            inputs.add(node.input(i));
        }
        return List.copyOf(node.tf().gradients(node.named(result), inputs).dy());
    }
}
