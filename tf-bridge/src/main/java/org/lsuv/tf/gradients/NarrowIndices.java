package org.lsuv.tf.gradients;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/**
 * Lets operations read their axes, sizes and positions as 32-bit integers, since TensorFlow's gradients in C put 32-bit
 * shapes beside them, and fail or crash where these are wider. What lies beyond is cut to the nearest: "to the
 * end" is written as the greatest 64-bit number.
 */
final class NarrowIndices {
    private static final String SCOPE = "narrow.";

    /** Stands for the last input of an operation that has any number of them. */
    private static final int LAST = -1;

    /** Says in which attribute an operation has the type of its indices, and which inputs those are. */
    private record Indices(String attribute, int from, int to) {
        /** Returns the places of the inputs that an operation has them in. */
        IntStream of(NodeDef.Builder node) {
            if (from != LAST) {
                return IntStream.range(from, to);
            }
            int count = (int) node.getInputList().stream()
                    .filter(input -> !input.startsWith("^"))
                    .count();
            return IntStream.of(count - 1);
        }
    }

    private static final Map<String, Indices> OPERATIONS = Map.ofEntries(
            Map.entry("Mean", new Indices("Tidx", 1, 2)),
            Map.entry("Sum", new Indices("Tidx", 1, 2)),
            Map.entry("Prod", new Indices("Tidx", 1, 2)),
            Map.entry("Max", new Indices("Tidx", 1, 2)),
            Map.entry("Min", new Indices("Tidx", 1, 2)),
            Map.entry("ConcatV2", new Indices("Tidx", LAST, LAST)),
            Map.entry("GatherV2", new Indices("Taxis", 2, 3)),
            Map.entry("BroadcastTo", new Indices("Tidx", 1, 2)),
            Map.entry("Pad", new Indices("Tpaddings", 1, 2)),
            Map.entry("PadV2", new Indices("Tpaddings", 1, 2)),
            Map.entry("MirrorPad", new Indices("Tpaddings", 1, 2)),
            Map.entry("Transpose", new Indices("Tperm", 1, 2)),
            Map.entry("Tile", new Indices("Tmultiples", 1, 2)),
            Map.entry("Reshape", new Indices("Tshape", 1, 2)),
            Map.entry("ExpandDims", new Indices("Tdim", 1, 2)),
            Map.entry("Slice", new Indices("Index", 1, 3)),
            Map.entry("StridedSlice", new Indices("Index", 1, 4)));

    private NarrowIndices() {}

    static GraphDef applied(GraphDef graph) {
        GraphDef.Builder narrow = graph.toBuilder();
        narrow.addNode(number("least", -Integer.MAX_VALUE)).addNode(number("greatest", Integer.MAX_VALUE));
        AttrValue wide = AttrValues.of(DataType.DT_INT64);
        for (NodeDef.Builder node : List.copyOf(narrow.getNodeBuilderList())) {
            Indices indices = OPERATIONS.get(node.getOp());
            if (indices != null && wide.equals(node.getAttrMap().get(indices.attribute()))) {
                indices.of(node).forEach(input -> node.setInput(input, narrowed(narrow, node, input)));
                node.putAttr(indices.attribute(), AttrValues.of(DataType.DT_INT32));
            }
        }
        return narrow.build();
    }

    private static String narrowed(GraphDef.Builder graph, NodeDef.Builder node, int input) {
        String name = SCOPE + input + "." + node.getName();
        AttrValue wide = AttrValues.of(DataType.DT_INT64);
        graph.addNode(NodeDef.newBuilder()
                .setName(name + ".low")
                .setOp("Minimum")
                .addInput(node.getInput(input))
                .addInput(SCOPE + "greatest")
                .putAttr("T", wide));
        graph.addNode(NodeDef.newBuilder()
                .setName(name + ".high")
                .setOp("Maximum")
                .addInput(name + ".low")
                .addInput(SCOPE + "least")
                .putAttr("T", wide));
        graph.addNode(AttrValues.cast(name, name + ".high", DataType.DT_INT64, DataType.DT_INT32));
        return name;
    }

    private static NodeDef number(String name, long value) {
        return AttrValues.constant(
                SCOPE + name, DataType.DT_INT64, TensorProto.newBuilder().addInt64Val(value));
    }
}
