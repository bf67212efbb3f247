package org.lsuv.tf.controlflow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.NodeGraph;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Describes a loop of TensorFlow 1. Each value of its state goes round: an {@code Enter} brings it into the frame, a
 * {@code Merge} takes that or what {@code NextIteration} brings, a {@code Switch} gives it to the body or to an {@code
 * Exit}. What stays the same has an {@code Enter} alone.
 */
final class LoopFrame {
    private final NodeGraph graph;
    private final NodeDef test;
    private final Map<String, Variable> variables = new LinkedHashMap<>();
    private final Set<String> region = new LinkedHashSet<>();
    private final Set<String> enters = new HashSet<>();
    private String name = "";

    /**
     * Describes a value of the state.
     *
     * @param merge what holds it during an iteration
     * @param enter what brings it in
     * @param next what computes the next one
     */
    record Variable(NodeDef merge, NodeDef enter, NodeDef next) {
        TensorRef value() {
            return new TensorRef(merge.getName(), 0);
        }
    }

    private LoopFrame(NodeGraph graph, NodeDef test) {
        this.graph = graph;
        this.test = test;
    }

    /**
     * Reads the loop that a {@code LoopCond} ends.
     *
     * @throws NotFunctional if it has another form
     */
    static LoopFrame of(NodeGraph graph, NodeDef test) throws NotFunctional {
        LoopFrame frame = new LoopFrame(graph, test);
        frame.read();
        return frame;
    }

    private void read() throws NotFunctional {
        Deque<String> open = new ArrayDeque<>(List.of(test.getName()));
        for (NodeDef node : graph.nodes().values()) {
            if (isSwitch(node)) {
                Variable variable =
                        variable(graph.nodes().get(NodeGraph.input(node, 0).op()));
                name = frameOf(variable.enter());
                open.push(node.getName());
            }
        }
        Set<String> merges = new HashSet<>();
        while (!open.isEmpty()) {
            String current = open.pop();
            NodeDef node = graph.nodes().get(current);
            if (node == null || !region.add(current)) {
                continue;
            }
            if (isEnter(node) && frameOf(node).equals(name)) {
                enters.add(current);
                continue;
            }
            if (node.getOp().equals("Merge")
                    && isLoop(node)
                    && frameOf(variable(node).enter()).equals(name)) {
                merges.add(current);
            }
            for (String input : node.getInputList()) {
                open.push(TensorRef.maker(input));
            }
        }
        for (NodeDef node : graph.nodes().values()) {
            if (merges.contains(node.getName())) {
                variables.put(node.getName(), variable(node));
            }
        }
        checkEnters();
    }

    /** What comes in once must be a value of the state. */
    private void checkEnters() throws NotFunctional {
        for (NodeDef node : graph.nodes().values()) {
            for (TensorRef input : NodeGraph.data(node)) {
                NodeDef enter = enters.contains(input.op()) ? graph.nodes().get(input.op()) : null;
                if (enter != null && isConstant(enter) == variables.containsKey(node.getName())) {
                    throw new NotFunctional("\"" + node.getName() + "\" reads what enters it once");
                }
            }
        }
    }

    /** Returns the value of the state that a node merges. */
    private Variable variable(@Nullable NodeDef merge) throws NotFunctional {
        if (merge != null && merge.getOp().equals("Merge") && merge.getInputCount() == 2) {
            NodeDef one = graph.nodes().get(NodeGraph.input(merge, 0).op());
            NodeDef other = graph.nodes().get(NodeGraph.input(merge, 1).op());
            if (one != null && other != null && isEnter(one) && other.getOp().equals("NextIteration")) {
                return new Variable(merge, one, other);
            }
            if (one != null && other != null && isEnter(other) && one.getOp().equals("NextIteration")) {
                return new Variable(merge, other, one);
            }
        }
        throw new NotFunctional("what its condition switches is no value that goes round");
    }

    private boolean isLoop(NodeDef merge) {
        return NodeGraph.data(merge).stream()
                .flatMap(input -> graph.node(input).stream())
                .anyMatch(input -> input.getOp().equals("NextIteration"));
    }

    private boolean isSwitch(NodeDef node) {
        return node.getOp().equals("Switch") && NodeGraph.input(node, 1).op().equals(test.getName());
    }

    private static boolean isEnter(NodeDef node) {
        return node.getOp().equals("Enter");
    }

    private static String frameOf(NodeDef enter) {
        return attribute(enter, "frame_name").getS().toStringUtf8();
    }

    private static boolean isConstant(NodeDef enter) {
        return attribute(enter, "is_constant").getB();
    }

    private static AttrValue attribute(NodeDef node, String name) {
        return node.getAttrOrDefault(name, AttrValue.getDefaultInstance());
    }

    /** Returns the values of the state, in the order of the graph. */
    List<Variable> variables() {
        return List.copyOf(variables.values());
    }

    /** Returns the tensor that tells whether there is another iteration. */
    TensorRef condition() {
        return NodeGraph.input(test, 0);
    }

    /** Returns how many iterations TensorFlow may run at a time. */
    AttrValue parallel() {
        return variables()
                .get(0)
                .enter()
                .getAttrOrDefault(
                        "parallel_iterations", AttrValue.newBuilder().setI(10).build());
    }

    /** Tells whether another loop runs inside of this one. */
    boolean hasInner() {
        return region.stream()
                .filter(inner -> !inner.equals(test.getName()))
                .flatMap(inner -> Optional.ofNullable(graph.nodes().get(inner)).stream())
                .anyMatch(node -> node.getOp().equals("LoopCond"));
    }

    /** Tells whether an operation runs in each iteration, or brings values to it. */
    boolean holds(NodeDef node) {
        return region.contains(node.getName());
    }

    /** Tells whether an operation is one of those that hold the loop together. */
    boolean isOwn(NodeDef node) {
        return enters.contains(node.getName()) || variables.containsKey(node.getName()) || isSwitch(node);
    }

    /** Returns the value of the state that a {@code Switch} of the loop gives out at its end, by place. */
    Map<TensorRef, Integer> ends() {
        Map<TensorRef, Integer> ends = new LinkedHashMap<>();
        List<String> order = new ArrayList<>(variables.keySet());
        for (NodeDef node : graph.nodes().values()) {
            if (isSwitch(node)) {
                ends.put(
                        new TensorRef(node.getName(), 0),
                        order.indexOf(NodeGraph.input(node, 0).op()));
            }
        }
        return ends;
    }

    /** Returns the border of what runs in each iteration. */
    BodyCut.Border border() {
        return new BodyCut.Border() {
            @Override
            public boolean encloses(NodeDef node) {
                return !isOwn(node);
            }

            @Override
            public TensorRef outside(TensorRef tensor) throws NotFunctional {
                NodeDef node = graph.nodes().get(tensor.op());
                if (node == null || enters.contains(tensor.op())) {
                    return node == null ? tensor : NodeGraph.input(node, 0);
                }
                Variable variable =
                        variables.get(isSwitch(node) ? NodeGraph.input(node, 0).op() : tensor.op());
                boolean inside = isSwitch(node) == (tensor.index() == 1);
                if (variable == null || !inside) {
                    throw new NotFunctional("it reads \"" + tensor + "\" inside");
                }
                return variable.value();
            }
        };
    }
}
