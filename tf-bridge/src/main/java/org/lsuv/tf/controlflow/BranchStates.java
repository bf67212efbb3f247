package org.lsuv.tf.controlflow;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Topology;
import org.tensorflow.proto.NodeDef;

/**
 * Tells in which branches of TensorFlow 1's choices a node runs: which conditions hold there, and which do not. A {@code
 * Switch} puts what reads it into a branch, a {@code Merge} of both takes it out again.
 */
final class BranchStates {
    private final NodeGraph graph;
    private final Map<String, Map<TensorRef, Boolean>> states = new HashMap<>();
    private final Map<String, Integer> levels = new HashMap<>();
    private final Set<String> nowhere = new HashSet<>();
    private final Set<TensorRef> read = new HashSet<>();
    private final List<Choice> choices = new ArrayList<>();
    private final Map<String, String> refused = new LinkedHashMap<>();

    /**
     * Describes a choice that lies in no branch of another one.
     *
     * @param merge the name of what ends it
     * @param condition what decides
     * @param level how many choices, one behind the other, it waits for
     * @param then its result where the condition holds
     * @param otherwise its result where it does not
     */
    record Choice(String merge, TensorRef condition, int level, TensorRef then, TensorRef otherwise) {
        TensorRef result(boolean holds) {
            return holds ? then : otherwise;
        }
    }

    private BranchStates(NodeGraph graph) {
        this.graph = graph;
    }

    static BranchStates of(NodeGraph graph) {
        BranchStates states = new BranchStates(graph);
        graph.nodes().values().forEach(node -> states.read.addAll(NodeGraph.data(node)));
        states.read.addAll(graph.results());
        Topology.order(graph).forEach(states::add);
        return states;
    }

    /** Returns the choices that lie in no branch. */
    List<Choice> choices() {
        return List.copyOf(choices);
    }

    /** Returns why a choice has not the form of one, by the name of what ends it. */
    Map<String, String> refused() {
        return Collections.unmodifiableMap(refused);
    }

    private void add(NodeDef node) {
        int level = 0;
        for (String input : node.getInputList()) {
            String maker = TensorRef.maker(input);
            level = Math.max(level, levels.getOrDefault(maker, 0));
        }
        levels.put(node.getName(), level);
        if (node.getOp().equals("Merge") && !endsRound(node)) {
            merge(node, level);
            return;
        }
        Map<TensorRef, Boolean> state = new HashMap<>();
        for (String input : node.getInputList()) {
            TensorRef tensor =
                    NodeGraph.isControl(input) ? new TensorRef(input.substring(1), 0) : TensorRef.parse(input);
            Map<TensorRef, Boolean> given =
                    NodeGraph.isControl(input) ? states.getOrDefault(tensor.op(), Map.of()) : state(tensor);
            given.forEach((condition, holds) -> {
                Boolean other = state.put(condition, holds);
                if (other != null && !other.equals(holds)) {
                    nowhere.add(node.getName());
                }
            });
            if (nowhere.contains(tensor.op())) {
                nowhere.add(node.getName());
            }
        }
        states.put(node.getName(), state);
    }

    private boolean endsRound(NodeDef merge) {
        return NodeGraph.data(merge).stream()
                .flatMap(input -> graph.node(input).stream())
                .anyMatch(input -> input.getOp().equals("NextIteration"));
    }

    private Map<TensorRef, Boolean> state(TensorRef tensor) {
        Map<TensorRef, Boolean> state = states.getOrDefault(tensor.op(), Map.of());
        Optional<TensorRef> condition = graph.node(tensor).flatMap(this::condition);
        if (condition.isEmpty()) {
            return state;
        }
        Map<TensorRef, Boolean> more = new HashMap<>(state);
        more.put(condition.get(), tensor.index() == 1);
        return more;
    }

    /** Returns what decides where a {@code Switch} gives its input; empty for other nodes, and those of loops. */
    private Optional<TensorRef> condition(NodeDef node) {
        if (!node.getOp().equals("Switch")) {
            return Optional.empty();
        }
        TensorRef condition = NodeGraph.input(node, 1);
        Optional<NodeDef> maker = graph.node(condition);
        for (int i = 0; i < graph.nodes().size() && maker.isPresent(); i++) {
            if (!maker.get().getOp().equals("Identity")) {
                break;
            }
            condition = NodeGraph.input(maker.get(), 0);
            maker = graph.node(condition);
        }
        boolean loop = maker.filter(found -> found.getOp().equals("LoopCond")).isPresent();
        return loop ? Optional.empty() : Optional.of(condition);
    }

    private void merge(NodeDef node, int level) {
        List<TensorRef> inputs = NodeGraph.data(node);
        Map<TensorRef, Boolean> one = state(inputs.get(0));
        Map<TensorRef, Boolean> other = state(inputs.get(inputs.size() - 1));
        Map<TensorRef, Boolean> common = new HashMap<>(one);
        common.entrySet().retainAll(other.entrySet());
        states.put(node.getName(), common);
        Set<TensorRef> different = new HashSet<>(one.keySet());
        different.addAll(other.keySet());
        different.removeAll(common.keySet());
        boolean simple = inputs.size() == 2
                && different.size() == 1
                && one.keySet().containsAll(different)
                && other.keySet().containsAll(different)
                && inputs.stream().noneMatch(input -> nowhere.contains(input.op()));
        if (!simple || read.contains(new TensorRef(node.getName(), 1))) {
            refused.put(
                    node.getName(),
                    simple
                            ? "something reads which branch ran"
                            : "its inputs are not the two branches of one condition");
        } else if (common.isEmpty()) {
            TensorRef condition = different.iterator().next();
            boolean first = Boolean.TRUE.equals(one.get(condition));
            choices.add(
                    new Choice(node.getName(), condition, level, inputs.get(first ? 0 : 1), inputs.get(first ? 1 : 0)));
            levels.put(node.getName(), level + 1);
        }
    }

    /** Returns the border of a branch. */
    BodyCut.Border border(TensorRef condition, boolean holds) {
        return new BodyCut.Border() {
            @Override
            public boolean encloses(NodeDef node) {
                return Boolean.valueOf(holds)
                        .equals(states.getOrDefault(node.getName(), Map.of()).get(condition));
            }

            @Override
            public TensorRef outside(TensorRef tensor) throws NotFunctional {
                Optional<NodeDef> node = graph.node(tensor);
                if (node.flatMap(BranchStates.this::condition)
                        .filter(condition::equals)
                        .isEmpty()) {
                    return tensor;
                }
                if ((tensor.index() == 1) != holds) {
                    throw new NotFunctional("a branch reads \"" + tensor + "\", which is never there");
                }
                return NodeGraph.input(node.orElseThrow(), 0);
            }
        };
    }
}
