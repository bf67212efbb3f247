package org.lsuv.tf.nodes;

import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Tells which constants may be weights: what a frozen graph has in place of variables. */
public final class ConstantWeights {
    private ConstantWeights() {}

    /** Tells whether a node is a constant of floating-point numbers with at least one dimension, none of them empty. */
    public static boolean isOne(NodeDef node) {
        TensorProto tensor =
                node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
        TensorShapeProto shape = tensor.getTensorShape();
        return node.getOp().equals("Const")
                && switch (tensor.getDtype()) {
                    case DT_FLOAT, DT_DOUBLE, DT_HALF, DT_BFLOAT16 ->
                        shape.getDimCount() > 0 && shape.getDimList().stream().allMatch(dim -> dim.getSize() > 0);
                    default -> false;
                };
    }
}
