package org.lsuv.tf.residual;

import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Tells which operations compute with floating-point numbers. */
final class Floats {
    private static final Set<DataType> TYPES =
            Set.of(DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_HALF, DataType.DT_BFLOAT16);

    private Floats() {}

    /** Tells whether an attribute of an operation names a floating-point type. */
    static boolean is(NodeDef node, String attribute) {
        return TYPES.contains(
                node.getAttrOrDefault(attribute, AttrValue.getDefaultInstance()).getType());
    }
}
