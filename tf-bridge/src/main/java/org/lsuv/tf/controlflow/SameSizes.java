package org.lsuv.tf.controlflow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.NodeGraph;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Tells which numbers of a graph are the same: constants, and sizes of one tensor. */
final class SameSizes {
    private static final Set<String> SIZES = Set.of("Const", "Shape", "StridedSlice", "Cast", "Minimum", "Maximum");
    private static final int MOST_STEPS = 8;

    private final NodeGraph graph;

    SameSizes(NodeGraph graph) {
        this.graph = graph;
    }

    /** Tells whether a tensor is a constant of one integer. */
    boolean isNumber(TensorRef tensor, long number) {
        return graph.node(tensor)
                .filter(node -> node.getOp().equals("Const"))
                .map(node -> node.getAttrOrThrow("value").getTensor())
                .flatMap(SameSizes::integer)
                .filter(value -> value == number)
                .isPresent();
    }

    private static Optional<Long> integer(TensorProto value) {
        if (value.getTensorShape().getDimCount() > 0) {
            return Optional.empty();
        }
        ByteBuffer content = value.getTensorContent().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        return switch (value.getDtype()) {
            case DT_INT32 ->
                Optional.of((long)
                        (content.hasRemaining()
                                ? content.getInt()
                                : value.getIntValCount() > 0 ? value.getIntVal(0) : 0));
            case DT_INT64 ->
                Optional.of(
                        content.hasRemaining()
                                ? content.getLong()
                                : value.getInt64ValCount() > 0 ? value.getInt64Val(0) : 0);
            default -> Optional.empty();
        };
    }

    /** Tells whether two tensors are computed in the same way from the same one, as sizes are again and again. */
    boolean areSame(TensorRef one, TensorRef other) {
        return areSame(one, other, MOST_STEPS);
    }

    private boolean areSame(TensorRef one, TensorRef other, int steps) {
        if (one.equals(other)) {
            return true;
        }
        Optional<NodeDef> first = graph.node(one);
        Optional<NodeDef> second = graph.node(other);
        if (steps == 0 || first.isEmpty() || second.isEmpty() || one.index() != other.index()) {
            return false;
        }
        List<TensorRef> inputs = NodeGraph.data(first.get());
        List<TensorRef> others = NodeGraph.data(second.get());
        boolean alike = SIZES.contains(first.get().getOp())
                && first.get().getOp().equals(second.get().getOp())
                && attributes(first.get()).equals(attributes(second.get()))
                && inputs.size() == others.size();
        for (int i = 0; alike && i < inputs.size(); i++) {
            alike = areSame(inputs.get(i), others.get(i), steps - 1);
        }
        return alike;
    }

    private static Map<String, AttrValue> attributes(NodeDef node) {
        Map<String, AttrValue> attributes = new HashMap<>(node.getAttrMap());
        attributes.keySet().removeIf(name -> name.startsWith("_"));
        return attributes;
    }
}
