package org.lsuv.tf.savedmodel;

import java.util.List;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.op.Operands;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Holds a placeholder, and the cast behind it where the graph computes in another type than the one in which such
 * values are fed. What the graph reads has the name that was asked for.
 *
 * @param nodes the placeholder, and the cast if there is one
 * @param fed what is fed
 * @param value what the graph reads
 */
record FedTensor(List<NodeDef> nodes, TensorRef fed, TensorRef value) {

    static FedTensor of(String name, DataType type, TensorShapeProto shape) {
        DataType fed = Operands.toDataType(TfTypes.computeType(TfTypes.onnxType(type)));
        TensorRef value = new TensorRef(name, 0);
        if (fed == type) {
            return new FedTensor(List.of(AttrValues.placeholder(name, fed, shape)), value, value);
        }
        String placeholder = name + "/fed";
        return new FedTensor(
                List.of(AttrValues.placeholder(placeholder, fed, shape), AttrValues.cast(name, placeholder, fed, type)),
                new TensorRef(placeholder, 0),
                value);
    }
}
