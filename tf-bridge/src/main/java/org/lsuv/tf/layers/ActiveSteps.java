package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Adds the nodes that tell which steps of a batch of sequences count, and that leave the others out. */
final class ActiveSteps {
    private static final AttrValue INT32 = AttrValues.of(DataType.DT_INT32);
    private static final AttrValue BOOL = AttrValues.of(DataType.DT_BOOL);

    private final String scope;
    private final List<NodeDef.Builder> nodes = new ArrayList<>();

    /**
     * @param scope begins the names of all nodes
     */
    ActiveSteps(String scope) {
        this.scope = scope + "/active";
    }

    /** Returns the nodes that were added. */
    List<NodeDef.Builder> nodes() {
        return nodes;
    }

    /**
     * Adds what tells, steps × rows, whether a step lies within its row's length.
     *
     * @param input what is multiplied, steps × rows × values
     * @param lengths one a row
     */
    TensorRef active(TensorRef input, DataType type, TensorRef lengths, DataType lengthType) {
        add("shape", "Shape", input.toString())
                .putAttr("T", AttrValues.of(type))
                .putAttr("out_type", INT32);
        constant("zero", false, 0);
        constant("one", false, 1);
        constant("first", true, 0);
        constant("second", true, 1);
        add("steps", "StridedSlice", in("shape"), in("first"), in("second"), in("second"))
                .putAttr("T", INT32)
                .putAttr("Index", INT32)
                .putAttr("shrink_axis_mask", AttrValue.newBuilder().setI(1).build());
        add("range", "Range", in("zero"), in("steps"), in("one")).putAttr("Tidx", INT32);
        add("column", "ExpandDims", in("range"), in("one")).putAttr("T", INT32).putAttr("Tdim", INT32);
        add("cast", "Cast", in("column")).putAttr("SrcT", INT32).putAttr("DstT", AttrValues.of(lengthType));
        add("less", "Less", in("cast"), lengths.toString()).putAttr("T", AttrValues.of(lengthType));
        return new TensorRef(in("less"), 0);
    }

    /**
     * Adds what leaves the steps out that do not count: rows × channels.
     *
     * @param values steps × rows × channels
     * @param active which steps count
     */
    TensorRef kept(TensorRef values, DataType type, long channels, TensorRef active) {
        constant("all", true, -1);
        constant("matrix", true, -1, Math.toIntExact(channels));
        add("flat", "Reshape", active.toString(), in("all")).putAttr("T", BOOL).putAttr("Tshape", INT32);
        add("where", "Where", in("flat")).putAttr("T", BOOL);
        add("places", "Reshape", in("where"), in("all"))
                .putAttr("T", AttrValues.of(DataType.DT_INT64))
                .putAttr("Tshape", INT32);
        add("rows", "Reshape", values.toString(), in("matrix"))
                .putAttr("T", AttrValues.of(type))
                .putAttr("Tshape", INT32);
        add("kept", "GatherV2", in("rows"), in("places"), in("zero"))
                .putAttr("Tparams", AttrValues.of(type))
                .putAttr("Tindices", AttrValues.of(DataType.DT_INT64))
                .putAttr("Taxis", INT32);
        return new TensorRef(in("kept"), 0);
    }

    private String in(String name) {
        return scope + "/" + name;
    }

    private NodeDef.Builder add(String name, String operation, String... inputs) {
        NodeDef.Builder node =
                NodeDef.newBuilder().setName(in(name)).setOp(operation).addAllInput(List.of(inputs));
        nodes.add(node);
        return node;
    }

    private void constant(String name, boolean vector, int... values) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        if (vector) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(values.length));
        }
        TensorProto.Builder tensor = TensorProto.newBuilder().setTensorShape(shape);
        for (int value : values) {
            tensor.addIntVal(value);
        }
        nodes.add(AttrValues.constant(in(name), DataType.DT_INT32, tensor).toBuilder());
    }
}
