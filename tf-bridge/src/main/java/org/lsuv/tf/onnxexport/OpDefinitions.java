package org.lsuv.tf.onnxexport;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.OpDef;

/** Knows the operations of this TensorFlow. */
final class OpDefinitions {
    private static final Map<String, OpDef> OPERATIONS = new HashMap<>();

    private OpDefinitions() {}

    /** Returns an operation's definition, an empty one for a name that is none. */
    static synchronized OpDef of(String type) {
        if (OPERATIONS.isEmpty()) {
            TensorFlow.registeredOpList().getOpList().forEach(op -> OPERATIONS.put(op.getName(), op));
        }
        return OPERATIONS.getOrDefault(type, OpDef.getDefaultInstance());
    }
}
