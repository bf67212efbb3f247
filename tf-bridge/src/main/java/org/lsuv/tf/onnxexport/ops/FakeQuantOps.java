package org.lsuv.tf.onnxexport.ops;

import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts rounding to the numbers that a quantised network has, as TensorFlow's {@code FakeQuant} operations define it. */
final class FakeQuantOps {
    private FakeQuantOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add(
                "FakeQuantWithMinMaxArgs",
                node -> write(
                        node,
                        node.scalar(OnnxType.FLOAT, node.real("min")),
                        node.scalar(OnnxType.FLOAT, node.real("max"))));
        ops.add("FakeQuantWithMinMaxVars", node -> write(node, node.in(1), node.in(2)));
        ops.add("FakeQuantWithMinMaxVarsPerChannel", node -> write(node, node.in(1), node.in(2)));
    }

    /** The range is moved so that 0 is one of its numbers. */
    private static void write(NodeExport node, String min, String max) {
        double first = node.flag("narrow_range") ? 1 : 0;
        double last = (1L << node.integer("num_bits")) - 1;
        String steps = number(node, last - first);
        String scale = node.add("Div", node.add("Sub", max, min), steps);
        String exact = node.add("Sub", number(node, first), node.add("Div", min, scale));
        String zero = node.add("Floor", node.add("Add", exact, number(node, 0.5)));
        String within = node.add("Min", node.add("Max", zero, number(node, first)), number(node, last));
        String least = node.add("Mul", node.add("Sub", number(node, first), within), scale);
        String most = node.add("Mul", node.add("Sub", number(node, last), within), scale);
        String clipped = node.add("Min", node.add("Max", node.in(0), least), most);
        String place = node.add("Div", node.add("Sub", clipped, least), scale);
        String whole = node.add("Floor", node.add("Add", place, number(node, 0.5)));
        node.give(node.draft("Add", node.add("Mul", whole, scale), least));
    }

    private static String number(NodeExport node, double value) {
        return node.scalar(OnnxType.FLOAT, value);
    }
}
