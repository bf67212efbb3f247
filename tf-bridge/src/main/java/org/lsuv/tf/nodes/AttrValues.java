package org.lsuv.tf.nodes;

import java.util.List;
import java.util.stream.Collectors;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NameAttrList;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Makes attributes of nodes, and the nodes that are little more. */
public final class AttrValues {
    private AttrValues() {}

    /** Returns the attribute that holds a type. */
    public static AttrValue of(DataType type) {
        return AttrValue.newBuilder().setType(type).build();
    }

    /** Returns the attribute that holds a shape. */
    public static AttrValue of(TensorShapeProto shape) {
        return AttrValue.newBuilder().setShape(shape).build();
    }

    /** Returns the attribute that holds a truth value. */
    public static AttrValue of(boolean value) {
        return AttrValue.newBuilder().setB(value).build();
    }

    /** Returns the attribute that holds a list of types. */
    public static AttrValue of(List<DataType> types) {
        AttrValue.Builder list = AttrValue.newBuilder();
        list.getListBuilder().addAllType(types);
        return list.build();
    }

    /** Returns the attribute that names a function. */
    public static AttrValue of(String function) {
        return AttrValue.newBuilder()
                .setFunc(NameAttrList.newBuilder().setName(function))
                .build();
    }

    /** Returns a shape as files hold it. */
    public static TensorShapeProto shape(Shape shape) {
        TensorShapeProto.Builder proto = TensorShapeProto.newBuilder();
        if (shape.isUnknown()) {
            return proto.setUnknownRank(true).build();
        }
        for (long size : shape.asArray()) {
            proto.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
        }
        return proto.build();
    }

    /** Returns a constant; the values stand for a scalar unless they have a shape. */
    public static NodeDef constant(String name, DataType type, TensorProto.Builder value) {
        if (!value.hasTensorShape()) {
            value.setTensorShape(TensorShapeProto.getDefaultInstance());
        }
        return NodeDef.newBuilder()
                .setName(name)
                .setOp("Const")
                .putAttr("dtype", of(type))
                .putAttr(
                        "value",
                        AttrValue.newBuilder().setTensor(value.setDtype(type)).build())
                .build();
    }

    /** Returns a placeholder. */
    public static NodeDef placeholder(String name, DataType type, TensorShapeProto shape) {
        return NodeDef.newBuilder()
                .setName(name)
                .setOp("Placeholder")
                .putAttr("dtype", of(type))
                .putAttr("shape", of(shape))
                .build();
    }

    /** Returns a cast of what another node gives first. */
    public static NodeDef cast(String name, String input, DataType from, DataType to) {
        return NodeDef.newBuilder()
                .setName(name)
                .setOp("Cast")
                .addInput(input)
                .putAttr("SrcT", of(from))
                .putAttr("DstT", of(to))
                .build();
    }

    /** Returns a constant that holds a shape, −1 for what is open. */
    public static NodeDef sizes(String name, TensorShapeProto shape) {
        TensorProto.Builder value = TensorProto.newBuilder();
        if (shape.getUnknownRank()) {
            return constant(name, DataType.DT_INT32, value.addIntVal(-1));
        }
        value.getTensorShapeBuilder().addDimBuilder().setSize(shape.getDimCount());
        shape.getDimList().forEach(dim -> value.addIntVal((int) Math.max(-1, dim.getSize())));
        return constant(name, DataType.DT_INT32, value);
    }

    /** Returns a shape in words, {@code ?} for what is open. */
    public static String text(TensorShapeProto shape) {
        return shape.getUnknownRank()
                ? "[...]"
                : shape.getDimList().stream()
                        .map(dim -> dim.getSize() < 0 ? "?" : Long.toString(dim.getSize()))
                        .collect(Collectors.joining(", ", "[", "]"));
    }
}
