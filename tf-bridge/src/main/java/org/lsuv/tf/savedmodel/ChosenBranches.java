package org.lsuv.tf.savedmodel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.Splice;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Puts the branch that is always taken in the place of a choice whose condition is known. */
final class ChosenBranches {
    private static final int MOST_STEPS = 20;

    private final FlatGraph flat;
    private final NodeGraph graph;
    private final Redirections redirections = new Redirections();
    private final Map<String, NodeDef> nodes;

    private ChosenBranches(FlatGraph flat, NodeGraph graph) {
        this.flat = flat;
        this.graph = graph;
        this.nodes = new LinkedHashMap<>(graph.nodes());
    }

    static FlatGraph in(FlatGraph flat) {
        return flat.map(body -> new ChosenBranches(flat, body).run());
    }

    private NodeGraph run() {
        Map<TensorRef, TensorRef> chosen = new HashMap<>();
        Set<TensorRef> dead = new HashSet<>();
        for (NodeDef node : graph.nodes().values()) {
            switch (node.getOp()) {
                case "Switch" ->
                    truth(NodeGraph.input(node, 1), MOST_STEPS).ifPresent(taken -> {
                        chosen.put(new TensorRef(node.getName(), taken ? 1 : 0), NodeGraph.input(node, 0));
                        dead.add(new TensorRef(node.getName(), taken ? 0 : 1));
                    });
                case "If", "StatelessIf" ->
                    truth(NodeGraph.input(node, 0), MOST_STEPS)
                            .ifPresent(taken -> splice(node, taken ? "then_branch" : "else_branch"));
                default -> {
                    // Chooses nothing.
                }
            }
        }
        chosen.forEach(redirections::put);
        merge(spread(dead));
        return redirections.apply(graph.with(nodes, graph.results())).pruned();
    }

    /** Returns the value of a condition, if it does not depend on what is fed. */
    private Optional<Boolean> truth(TensorRef tensor, int steps) {
        Optional<NodeDef> node = graph.node(tensor);
        if (steps == 0 || node.isEmpty()) {
            return Optional.empty();
        }
        List<TensorRef> inputs = NodeGraph.data(node.get());
        return switch (node.get().getOp()) {
            case "Const" -> constant(node.get());
            case "Identity" -> truth(inputs.get(0), steps - 1);
            case "LogicalNot" -> truth(inputs.get(0), steps - 1).map(value -> !value);
            case "LogicalAnd" -> both(inputs, false, steps);
            case "LogicalOr" -> both(inputs, true, steps);
            default -> Optional.empty();
        };
    }

    /** Either alone decides where it has the one value; the other value takes both. */
    private Optional<Boolean> both(List<TensorRef> inputs, boolean decisive, int steps) {
        Optional<Boolean> one = truth(inputs.get(0), steps - 1);
        Optional<Boolean> other = truth(inputs.get(1), steps - 1);
        if (one.equals(Optional.of(decisive)) || other.equals(Optional.of(decisive))) {
            return Optional.of(decisive);
        }
        return one.isPresent() && other.isPresent() ? Optional.of(!decisive) : Optional.empty();
    }

    private static Optional<Boolean> constant(NodeDef node) {
        TensorProto value =
                node.getAttrOrDefault("value", AttrValue.getDefaultInstance()).getTensor();
        if (value.getDtype() != DataType.DT_BOOL || value.getTensorShape().getDimCount() > 0) {
            return Optional.empty();
        }
        return Optional.of(
                value.getTensorContent().isEmpty()
                        ? value.getBoolValCount() > 0 && value.getBoolVal(0)
                        : value.getTensorContent().byteAt(0) != 0);
    }

    private void splice(NodeDef choice, String branch) {
        NodeGraph body = flat.functions()
                .get(choice.getAttrOrDefault(branch, AttrValue.getDefaultInstance())
                        .getFunc()
                        .getName());
        if (body != null) {
            nodes.remove(choice.getName());
            List<TensorRef> given = NodeGraph.data(choice);
            new Splice(choice, given.subList(1, given.size()), body)
                    .into(nodes, graph.nodes().keySet(), redirections);
        }
    }

    /** Returns the tensors that are never computed: those of a branch that is not taken. */
    private Set<TensorRef> spread(Set<TensorRef> first) {
        Set<TensorRef> dead = new HashSet<>(first);
        if (first.isEmpty()) {
            return dead;
        }
        Map<String, List<NodeDef>> readers = new HashMap<>();
        for (NodeDef node : graph.nodes().values()) {
            for (String input : node.getInputList()) {
                String from = TensorRef.maker(input);
                readers.computeIfAbsent(from, none -> new ArrayList<>()).add(node);
            }
        }
        Set<String> nowhere = new HashSet<>();
        Deque<String> open = new ArrayDeque<>();
        first.forEach(tensor -> open.push(tensor.op()));
        while (!open.isEmpty()) {
            for (NodeDef reader : readers.getOrDefault(open.pop(), List.of())) {
                if (!nowhere.contains(reader.getName()) && isDead(reader, dead, nowhere)) {
                    nowhere.add(reader.getName());
                    open.push(reader.getName());
                    for (NodeDef next : readers.getOrDefault(reader.getName(), List.of())) {
                        NodeGraph.data(next).stream()
                                .filter(input -> input.op().equals(reader.getName()))
                                .forEach(dead::add);
                    }
                }
            }
        }
        return dead;
    }

    private static boolean isDead(NodeDef node, Set<TensorRef> dead, Set<String> nowhere) {
        List<TensorRef> inputs = NodeGraph.data(node);
        if (node.getOp().equals("Merge")) {
            return dead.containsAll(inputs);
        }
        return inputs.stream().anyMatch(dead::contains)
                || node.getInputList().stream()
                        .filter(NodeGraph::isControl)
                        .anyMatch(input -> nowhere.contains(input.substring(1)));
    }

    /** Where one branch is left there is nothing to merge. */
    private void merge(Set<TensorRef> dead) {
        if (dead.isEmpty()) {
            return;
        }
        for (NodeDef node : graph.nodes().values()) {
            if (!node.getOp().equals("Merge")) {
                continue;
            }
            List<TensorRef> inputs = NodeGraph.data(node);
            List<TensorRef> alive =
                    inputs.stream().filter(input -> !dead.contains(input)).toList();
            if (alive.size() == 1 && inputs.size() > 1) {
                redirections.put(new TensorRef(node.getName(), 0), alive.get(0));
                String index = node.getName() + "/value_index";
                if (!nodes.containsKey(index)) {
                    nodes.put(
                            index,
                            AttrValues.constant(
                                    index,
                                    DataType.DT_INT32,
                                    TensorProto.newBuilder().addIntVal(inputs.indexOf(alive.get(0)))));
                    redirections.put(new TensorRef(node.getName(), 1), new TensorRef(index, 0));
                }
            }
        }
    }
}
