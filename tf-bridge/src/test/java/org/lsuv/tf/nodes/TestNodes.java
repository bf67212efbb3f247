package org.lsuv.tf.nodes;

import com.google.protobuf.ByteString;
import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;

/** Writes nodes and functions of tests in few words. */
public final class TestNodes {
    private TestNodes() {}

    /** Returns a node; names of attributes and their values take turns. */
    public static NodeDef node(String op, String name, List<String> inputs, Object... attributes) {
        NodeDef.Builder node = NodeDef.newBuilder().setOp(op).setName(name).addAllInput(inputs);
        for (int i = 0; i < attributes.length; i += 2) {
            node.putAttr((String) attributes[i], attribute(attributes[i + 1]));
        }
        return node.build();
    }

    private static AttrValue attribute(Object value) {
        AttrValue.Builder attribute = AttrValue.newBuilder();
        if (value instanceof AttrValue given) {
            return given;
        } else if (value instanceof DataType type) {
            return attribute.setType(type).build();
        } else if (value instanceof Boolean truth) {
            return attribute.setB(truth).build();
        } else if (value instanceof Number number) {
            return attribute.setI(number.longValue()).build();
        } else if (value instanceof Shape shape) {
            return attribute.setShape(AttrValues.shape(shape)).build();
        } else if (value instanceof TensorProto tensor) {
            return attribute.setTensor(tensor).build();
        } else if (value instanceof List<?> types) {
            types.forEach(type -> attribute.getListBuilder().addType((DataType) type));
            return attribute.build();
        }
        return attribute.setS(ByteString.copyFromUtf8((String) value)).build();
    }

    public static AttrValue function(String name, Object... attributes) {
        NameAttrList.Builder function = NameAttrList.newBuilder().setName(name);
        for (int i = 0; i < attributes.length; i += 2) {
            function.putAttr((String) attributes[i], attribute(attributes[i + 1]));
        }
        return AttrValue.newBuilder().setFunc(function).build();
    }

    public static AttrValue text(String text) {
        return attribute(text);
    }

    public static AttrValue placeholder(String attribute) {
        return AttrValue.newBuilder().setPlaceholder(attribute).build();
    }

    /** Returns the call of a function. */
    public static NodeDef call(
            String name, String function, List<String> inputs, List<DataType> in, List<DataType> out) {
        return node("StatefulPartitionedCall", name, inputs, "Tin", in, "Tout", out, "f", function(function));
    }

    public static NodeDef binary(String op, String name, String one, String other) {
        return node(op, name, List.of(one, other), "T", DataType.DT_FLOAT);
    }

    public static NodeDef unary(String op, String name, String input) {
        return node(op, name, List.of(input), "T", DataType.DT_FLOAT);
    }

    public static NodeDef constant(String name, OnnxTensor value) {
        return ConstantTensors.node(name, DataType.DT_FLOAT, value);
    }

    public static NodeDef scalar(String name, float value) {
        return constant(name, OnnxTensor.ofFloats(name, new long[0], value));
    }

    public static NodeDef integers(String name, int... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder();
        tensor.getTensorShapeBuilder().addDimBuilder().setSize(values.length);
        for (int value : values) {
            tensor.addIntVal(value);
        }
        return AttrValues.constant(name, DataType.DT_INT32, tensor);
    }

    public static NodeDef feed(String name, Shape shape) {
        return node("Placeholder", name, List.of(), "dtype", DataType.DT_FLOAT, "shape", shape);
    }

    public static NodeDef handle(String name, Shape shape) {
        return node("VarHandleOp", name, List.of(), "dtype", DataType.DT_FLOAT, "shape", shape, "shared_name", name);
    }

    public static NodeDef read(String name, String handle) {
        return node("ReadVariableOp", name, List.of(handle), "dtype", DataType.DT_FLOAT);
    }

    /**
     * Returns a function.
     *
     * @param arguments each {@code name:float} or another type in small letters
     * @param results each {@code name:float=reference}
     */
    public static FunctionDef define(String name, List<String> arguments, List<String> results, NodeDef... nodes) {
        OpDef.Builder signature = OpDef.newBuilder().setName(name).setIsStateful(true);
        arguments.forEach(argument -> signature.addInputArg(argument(argument)));
        FunctionDef.Builder function = FunctionDef.newBuilder().addAllNodeDef(List.of(nodes));
        for (String result : results) {
            int equals = result.indexOf('=');
            OpDef.ArgDef argument = argument(result.substring(0, equals));
            signature.addOutputArg(argument);
            function.putRet(argument.getName(), result.substring(equals + 1));
        }
        return function.setSignature(signature).build();
    }

    private static OpDef.ArgDef argument(String text) {
        int colon = text.indexOf(':');
        OpDef.ArgDef.Builder argument = OpDef.ArgDef.newBuilder().setName(text.substring(0, colon));
        String type = text.substring(colon + 1);
        return type.equals("T")
                ? argument.setTypeAttr("T").build()
                : argument.setType(DataType.valueOf("DT_" + type.toUpperCase(java.util.Locale.ROOT)))
                        .build();
    }
}
