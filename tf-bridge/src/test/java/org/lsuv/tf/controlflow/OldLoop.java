package org.lsuv.tf.controlflow;

import static org.lsuv.tf.nodes.TestNodes.node;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Writes the nodes of a loop as TensorFlow 1 does. A value of the state is called {@code loop/name/merge} where the
 * condition reads it, and {@code loop/name} where the body does.
 */
final class OldLoop {
    private final String name;
    private final List<String> around;
    private final Map<String, DataType> types = new LinkedHashMap<>();
    private final List<NodeDef> nodes = new ArrayList<>();

    /**
     * @param around what runs in the iteration or branch around it, if there is one
     */
    OldLoop(String name, String... around) {
        this.name = name;
        this.around = List.of(around);
    }

    private String in(String inner) {
        return name + "/" + inner;
    }

    /** Adds a value of the state. */
    OldLoop state(String inner, DataType type, String initial) {
        types.put(inner, type);
        nodes.add(enter(inner + "/enter", type, initial, false));
        nodes.add(node(
                "Merge", in(inner + "/merge"), List.of(in(inner + "/enter"), in(inner + "/next")), "T", type, "N", 2));
        nodes.add(node("Switch", in(inner + "/switch"), List.of(in(inner + "/merge"), in("LoopCond")), "T", type));
        nodes.add(node("Identity", in(inner), List.of(in(inner + "/switch:1")), "T", type));
        nodes.add(node("Exit", in(inner + "/exit"), List.of(in(inner + "/switch")), "T", type));
        return this;
    }

    /** Adds what stays the same. */
    OldLoop constant(String inner, DataType type, String value) {
        nodes.add(enter(inner, type, value, true));
        return this;
    }

    private NodeDef enter(String inner, DataType type, String value, boolean constant) {
        return node(
                "Enter",
                in(inner),
                List.of(value),
                "T",
                type,
                "frame_name",
                name + "/frame",
                "is_constant",
                constant,
                "parallel_iterations",
                32);
    }

    /** Says what the next value is. */
    OldLoop next(String inner, String value) {
        DataType type = Objects.requireNonNull(types.get(inner));
        nodes.add(node("NextIteration", in(inner + "/next"), List.of(value), "T", type));
        return this;
    }

    OldLoop add(NodeDef... inside) {
        nodes.addAll(List.of(inside));
        return this;
    }

    /** Adds a node that reads nothing, which control edges put into an iteration. */
    OldLoop alone(NodeDef inside) {
        String pivot = in(types.keySet().iterator().next());
        nodes.add(inside.toBuilder().addInput("^" + pivot).build());
        return this;
    }

    /** Counts a value of int32 up to a limit, which the loop then ends at. */
    OldLoop count(String inner, String limit) {
        state(inner, DataType.DT_INT32, in(inner + "/zero"));
        NodeDef.Builder zero = integer(in(inner + "/zero"), 0).toBuilder();
        around.forEach(pivot -> zero.addInput("^" + pivot));
        nodes.add(zero.build());
        constant(inner + "/limit", DataType.DT_INT32, limit);
        alone(integer(in(inner + "/one"), 1));
        nodes.add(node("AddV2", in(inner + "/more"), List.of(in(inner), in(inner + "/one")), "T", DataType.DT_INT32));
        next(inner, in(inner + "/more"));
        nodes.add(
                node("Less", in("less"), List.of(in(inner + "/merge"), in(inner + "/limit")), "T", DataType.DT_INT32));
        return holds(in("less"));
    }

    OldLoop holds(String condition) {
        nodes.add(node("LoopCond", in("LoopCond"), List.of(condition)));
        return this;
    }

    static NodeDef integer(String name, int value) {
        return AttrValues.constant(
                name,
                DataType.DT_INT32,
                org.tensorflow.proto.TensorProto.newBuilder().addIntVal(value));
    }

    NodeDef[] nodes() {
        return nodes.toArray(NodeDef[]::new);
    }
}
