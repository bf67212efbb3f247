package org.lsuv.tf.controlflow;

import static org.lsuv.tf.nodes.TestNodes.node;
import static org.lsuv.tf.nodes.TestNodes.scalar;

import java.util.List;
import org.lsuv.tf.nodes.TestNodes;
import org.lsuv.tf.savedmodel.TestSavedModel;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Writes {@code tf.nn.dynamic_rnn} of TensorFlow 1: a loop that reads an array and writes another one, over {@code
 * feed_x} of rows × steps × 3 values. The cell has 4 units.
 */
final class OldRecurrentLayer {
    static final int VALUES = 3;
    static final int UNITS = 4;

    private static final DataType FLOAT = DataType.DT_FLOAT;
    private static final DataType INT32 = DataType.DT_INT32;
    private static final DataType RESOURCE = DataType.DT_RESOURCE;

    private final TestSavedModel model;
    private final boolean ends;
    private final OldLoop loop = new OldLoop("rnn/while");

    private OldRecurrentLayer(TestSavedModel model, boolean ends) {
        this.model = model;
        this.ends = ends;
    }

    /** Computes the next states, called {@code rnn/while/h} and the like, from {@code rnn/while/x}. */
    interface Cell {
        /** Adds its nodes; the next state {@code h} is {@code rnn/while/new_h}. */
        void addTo(OldLoop loop);
    }

    /** Adds a layer whose outputs of all steps are {@code y}, rows in front, and whose last states are {@code last_…}. */
    static void add(TestSavedModel model, List<String> states, List<String> weights, Cell cell) {
        addOfLastStates(model, states, weights, cell);
        model.output("y", "rnn/y:0");
    }

    /** Adds a layer of which nothing but the last states {@code last_…} is wanted. */
    static void addOfLastStates(TestSavedModel model, List<String> states, List<String> weights, Cell cell) {
        new OldRecurrentLayer(model, false).add(states, weights, cell);
    }

    /** Adds a layer of which each row ends after as many steps as {@code feed_lengths} says. */
    static void addEnding(TestSavedModel model, List<String> states, List<String> weights, Cell cell) {
        new OldRecurrentLayer(model, true).add(states, weights, cell);
        model.output("y", "rnn/y:0");
    }

    private void add(List<String> states, List<String> weights, Cell cell) {
        before();
        loop(states, weights, cell);
        behind(states);
    }

    private void before() {
        model.add(
                TestNodes.integers("rnn/swap", 1, 0, 2),
                node("Transpose", "rnn/transpose", List.of("feed_x", "rnn/swap"), "T", FLOAT, "Tperm", INT32),
                OldLoop.integer("rnn/zero", 0),
                OldLoop.integer("rnn/one", 1));
        size("rnn/steps", 0);
        size("rnn/rows", 1);
        size("rnn/unstack/steps", 0);
        if (ends) {
            model.add(
                    TestNodes.integers("rnn/all", 0),
                    node(
                            "Max",
                            "rnn/longest",
                            List.of("feed_lengths", "rnn/all"),
                            "T",
                            INT32,
                            "Tidx",
                            INT32,
                            "keep_dims",
                            false));
        }
        model.add(
                binaryOf(INT32, "Maximum", "rnn/most", "rnn/one", ends ? "rnn/longest" : "rnn/steps"),
                binaryOf(INT32, "Minimum", "rnn/bound", "rnn/steps", "rnn/most"),
                array("rnn/input", VALUES),
                array("rnn/output", UNITS),
                node("Range", "rnn/unstack/range", List.of("rnn/zero", "rnn/unstack/steps", "rnn/one"), "Tidx", INT32),
                node(
                        "TensorArrayScatterV3",
                        "rnn/unstack/scatter",
                        List.of("rnn/input", "rnn/unstack/range", "rnn/transpose", "rnn/input:1"),
                        "T",
                        FLOAT),
                OldLoop.integer("rnn/units", UNITS),
                node("Pack", "rnn/state_shape", List.of("rnn/rows", "rnn/units"), "T", INT32, "N", 2, "axis", 0),
                scalar("rnn/nothing", 0),
                node("Fill", "rnn/zeros", List.of("rnn/state_shape", "rnn/nothing"), "T", FLOAT, "index_type", INT32));
    }

    private void size(String name, int axis) {
        model.add(
                node("Shape", name + "/shape", List.of("rnn/transpose"), "T", FLOAT, "out_type", INT32),
                TestNodes.integers(name + "/begin", axis),
                TestNodes.integers(name + "/end", axis + 1),
                TestNodes.integers(name + "/stride", 1),
                node(
                        "StridedSlice",
                        name,
                        List.of(name + "/shape", name + "/begin", name + "/end", name + "/stride"),
                        "T",
                        INT32,
                        "Index",
                        INT32,
                        "begin_mask",
                        0,
                        "end_mask",
                        0,
                        "ellipsis_mask",
                        0,
                        "new_axis_mask",
                        0,
                        "shrink_axis_mask",
                        1));
    }

    private static NodeDef array(String name, int values) {
        return node(
                "TensorArrayV3",
                name,
                List.of("rnn/steps"),
                "dtype",
                FLOAT,
                "element_shape",
                Shape.of(-1, values),
                "dynamic_size",
                false,
                "clear_after_read",
                true,
                "identical_element_shapes",
                true,
                "tensor_array_name",
                name);
    }

    private static NodeDef binaryOf(DataType type, String op, String name, String one, String other) {
        return node(op, name, List.of(one, other), "T", type);
    }

    private void loop(List<String> states, List<String> weights, Cell cell) {
        loop.state("count", INT32, "rnn/zero").state("time", INT32, "rnn/zero").state("out", FLOAT, "rnn/output:1");
        states.forEach(state -> loop.state(state, FLOAT, "rnn/zeros"));
        weights.forEach(weight -> loop.constant(weight + "/handle", RESOURCE, weight)
                .alone(TestNodes.read("rnn/while/" + weight, "rnn/while/" + weight + "/handle")));
        loop.constant("steps", INT32, "rnn/steps")
                .constant("bound", INT32, "rnn/bound")
                .constant("input", RESOURCE, "rnn/input")
                .constant("flow", FLOAT, "rnn/unstack/scatter")
                .constant("output", RESOURCE, "rnn/output")
                .add(
                        binaryOf(INT32, "Less", "rnn/while/Less", "rnn/while/count/merge", "rnn/while/steps"),
                        binaryOf(INT32, "Less", "rnn/while/Less_1", "rnn/while/time/merge", "rnn/while/bound"),
                        node("LogicalAnd", "rnn/while/both", List.of("rnn/while/Less", "rnn/while/Less_1")))
                .holds("rnn/while/both")
                .alone(OldLoop.integer("rnn/while/one", 1))
                .add(
                        binaryOf(INT32, "AddV2", "rnn/while/counted", "rnn/while/count", "rnn/while/one"),
                        binaryOf(INT32, "AddV2", "rnn/while/later", "rnn/while/time", "rnn/while/one"),
                        node(
                                "TensorArrayReadV3",
                                "rnn/while/x",
                                List.of("rnn/while/input", "rnn/while/time", "rnn/while/flow"),
                                "dtype",
                                FLOAT));
        cell.addTo(loop);
        if (ends) {
            ends(states);
        }
        loop.add(node(
                        "TensorArrayWriteV3",
                        "rnn/while/write",
                        List.of("rnn/while/output", "rnn/while/time", next("y"), "rnn/while/out"),
                        "T",
                        FLOAT))
                .next("count", "rnn/while/counted")
                .next("time", "rnn/while/later")
                .next("out", "rnn/while/write");
        states.forEach(state -> loop.next(state, next(state)));
        model.add(loop.nodes());
    }

    private String next(String state) {
        return ends ? "rnn/while/" + state + "/chosen" : "rnn/while/new_" + (state.equals("y") ? "h" : state);
    }

    /** Behind its end a row gives zeros, and its states stay. */
    private void ends(List<String> states) {
        loop.constant("lengths", INT32, "feed_lengths")
                .constant("zeros", FLOAT, "rnn/zeros")
                .add(
                        binaryOf(INT32, "GreaterEqual", "rnn/while/past", "rnn/while/time", "rnn/while/lengths"),
                        chosen("y", "rnn/while/zeros", "rnn/while/new_h"));
        states.forEach(state -> loop.add(chosen(state, "rnn/while/" + state, "rnn/while/new_" + state)));
    }

    private NodeDef chosen(String state, String before, String after) {
        return node("Select", next(state), List.of("rnn/while/past", before, after), "T", FLOAT);
    }

    private void behind(List<String> states) {
        model.add(
                node("TensorArraySizeV3", "rnn/stack/size", List.of("rnn/output", "rnn/while/out/exit")),
                node("Range", "rnn/stack/range", List.of("rnn/zero", "rnn/stack/size", "rnn/one"), "Tidx", INT32),
                node(
                        "TensorArrayGatherV3",
                        "rnn/stack/gather",
                        List.of("rnn/output", "rnn/stack/range", "rnn/while/out/exit"),
                        "dtype",
                        FLOAT,
                        "element_shape",
                        Shape.of(-1, UNITS)),
                node("Transpose", "rnn/y", List.of("rnn/stack/gather", "rnn/swap"), "T", FLOAT, "Tperm", INT32));
        states.forEach(state -> model.output("last_" + state, "rnn/while/" + state + "/exit:0"));
    }
}
