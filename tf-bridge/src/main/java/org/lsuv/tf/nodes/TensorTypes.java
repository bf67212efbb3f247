package org.lsuv.tf.nodes;

import java.util.Map;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/** Tells the types of tensors from the attributes of the nodes that give them. */
public final class TensorTypes {
    private static final int REF = 100;

    private TensorTypes() {}

    /** Returns the type of a tensor; {@code DT_INVALID} where its operation is not known. */
    public static DataType of(NodeGraph graph, TensorRef tensor) {
        if (tensor.op().equals(NodeGraph.ARGUMENT)) {
            return graph.arguments().get(tensor.index()).type();
        }
        return graph.node(tensor)
                .flatMap(node ->
                        OpDefinitions.find(node.getOp()).map(definition -> of(node, definition, tensor.index())))
                .orElse(DataType.DT_INVALID);
    }

    private static DataType of(NodeDef node, OpDef definition, int output) {
        int index = output;
        for (OpDef.ArgDef argument : definition.getOutputArgList()) {
            int count = OpDefinitions.count(argument, node.getAttrMap());
            if (index < count) {
                return of(argument, node.getAttrMap(), definition, index);
            }
            index -= count;
        }
        return DataType.DT_INVALID;
    }

    /** Returns the type of one of the tensors that an argument stands for. */
    public static DataType of(OpDef.ArgDef argument, Map<String, AttrValue> attributes, OpDef definition, int index) {
        if (!argument.getTypeListAttr().isEmpty()) {
            return attribute(argument.getTypeListAttr(), attributes, definition)
                    .getList()
                    .getType(index);
        }
        return argument.getTypeAttr().isEmpty()
                ? plain(argument.getType())
                : attribute(argument.getTypeAttr(), attributes, definition).getType();
    }

    private static AttrValue attribute(String name, Map<String, AttrValue> attributes, OpDef definition) {
        AttrValue given = attributes.get(name);
        if (given != null) {
            return given;
        }
        return definition.getAttrList().stream()
                .filter(attribute -> attribute.getName().equals(name))
                .findFirst()
                .map(OpDef.AttrDef::getDefaultValue)
                .orElse(AttrValue.getDefaultInstance());
    }

    /** Returns the type of the values behind a reference. */
    static DataType plain(DataType type) {
        if (type == DataType.UNRECOGNIZED) {
            return DataType.DT_INVALID;
        }
        return type.getNumber() > REF ? DataType.forNumber(type.getNumber() - REF) : type;
    }
}
