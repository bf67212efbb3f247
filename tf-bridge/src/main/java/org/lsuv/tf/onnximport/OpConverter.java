package org.lsuv.tf.onnximport;

import java.util.List;
import org.tensorflow.Operand;

/** Converts one ONNX node into TensorFlow operations. */
@FunctionalInterface
public interface OpConverter {

    /**
     * Builds the operations of a node.
     *
     * @return the outputs in the order of the ONNX operator; trailing ones that the operator allows to
     *     be left out may be missing
     */
    List<? extends Operand<?>> convert(NodeContext node);
}
