package org.lsuv.tf.compare;

import org.lsuv.onnx.OnnxNode;
import org.tensorflow.proto.NodeDef;

/**
 * Names what computes a value.
 *
 * @param name its name in the source
 * @param operator the operator
 * @param description both in words, and what else an error shows of it
 */
public record ValueMaker(String name, String operator, String description) {
    static ValueMaker of(OnnxNode node) {
        return new ValueMaker(node.name(), node.opType(), node.describe());
    }

    /** Names an operation of TensorFlow by what the source calls its value. */
    static ValueMaker of(String name, NodeDef node) {
        return new ValueMaker(name, node.getOp(), "operation \"" + name + "\" (" + node.getOp() + ")");
    }
}
