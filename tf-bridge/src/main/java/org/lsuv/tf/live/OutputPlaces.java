package org.lsuv.tf.live;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.TensorFlow;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Tells where the outputs of operations that have names lie among all of their outputs.
 *
 * @param operations what TensorFlow knows of its operations
 */
record OutputPlaces(Map<String, OpDef> operations) {

    static OutputPlaces registered() {
        Map<String, OpDef> operations = new HashMap<>();
        TensorFlow.registeredOpList().getOpList().forEach(op -> operations.put(op.getName(), op));
        return new OutputPlaces(operations);
    }

    /** Returns the first place of each output of a node. */
    Map<String, Integer> of(NodeDef node) {
        Map<String, Integer> places = new LinkedHashMap<>();
        int place = 0;
        for (OpDef.ArgDef output : operations
                .getOrDefault(node.getOp(), OpDef.getDefaultInstance())
                .getOutputArgList()) {
            places.put(output.getName(), place);
            place += count(output, node);
        }
        return places;
    }

    private static int count(OpDef.ArgDef output, NodeDef node) {
        AttrValue none = AttrValue.getDefaultInstance();
        if (!output.getNumberAttr().isEmpty()) {
            return (int) node.getAttrOrDefault(output.getNumberAttr(), none).getI();
        }
        return output.getTypeListAttr().isEmpty()
                ? 1
                : node.getAttrOrDefault(output.getTypeListAttr(), none)
                        .getList()
                        .getTypeCount();
    }
}
