package org.lsuv.tf.onnxexport.ops;

import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that draw random numbers: other ones, of the same distribution. */
final class RandomOps {
    private RandomOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("RandomUniform", node -> draw(node, "RandomUniformLike"));
        ops.add("RandomStandardNormal", node -> draw(node, "RandomNormalLike"));
        ops.add("Multinomial", RandomOps::multinomial);
    }

    private static void draw(NodeExport node, String operator) {
        String like = node.add("Expand", node.scalar(OnnxType.FLOAT, 0), node.inLongs(0));
        node.give(node.draft(operator, like).with("dtype", node.outType(0).code()));
    }

    private static void multinomial(NodeExport node) {
        node.give(node.draft("Multinomial", node.in(0))
                .with("sample_size", node.integers(1)[0])
                .with("dtype", node.outType(0).code()));
    }
}
