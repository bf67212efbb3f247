package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Describes a cell of a loop that needs no other one of the same step, and whose output others read.
 *
 * @param counters the places of what tells the step, which each loop of its own needs
 * @param states the places of the state of this cell
 * @param output what others read of it in the same step
 * @param past tells which rows have ended, if they stay as they are and nothing of what the others make of them counts
 * @param list the place of a list of which each step sets or reads an element
 * @param step which element that is
 */
record StackedCell(
        Set<Integer> counters, Set<Integer> states, String output, Optional<String> past, int list, String step) {
    private static final Set<String> SELECTING = Set.of("Select", "SelectV2");
    private static final Set<String> JOINING = Set.of("Add", "AddV2", "Mul");

    /** Finds the first such cell of a loop, if it has others. */
    static Optional<StackedCell> in(LoopBody body, LoopBody condition, List<DataType> types) {
        return new Search(body, condition, types).run();
    }

    private static final class Search {
        private final LoopBody body;
        private final List<DataType> types;
        private final Map<Integer, Set<Integer>> needed = new HashMap<>();
        private final Set<Integer> counters = new TreeSet<>();

        Search(LoopBody body, LoopBody condition, List<DataType> types) {
            this.body = body;
            this.types = types;
            for (int i = 0; i < types.size(); i++) {
                if (body.invariant(body.argument(i)).isEmpty()) {
                    needed.put(i, new TreeSet<>());
                }
            }
            needed.forEach((place, needs) -> needs.addAll(changing(body.result(place))));
            for (boolean grows = true; grows; ) {
                grows = false;
                for (Set<Integer> needs : needed.values()) {
                    Set<Integer> more = new HashSet<>();
                    needs.forEach(place -> more.addAll(needs(place)));
                    grows |= needs.addAll(more);
                }
            }
            for (int place : condition.reach(condition.results(), Set.of()).places()) {
                if (needed.containsKey(place)) {
                    counters.add(place);
                    counters.addAll(needs(place));
                }
            }
            needed.forEach((place, needs) -> {
                if (types.get(place) == DataType.DT_INT32 && Set.of(place).containsAll(needs)) {
                    counters.add(place);
                }
            });
        }

        private Set<Integer> needs(int place) {
            return needed.getOrDefault(place, Set.of());
        }

        /** Returns the places of what a tensor inside is made of, without those that stay the same. */
        private Set<Integer> changing(String tensor) {
            Set<Integer> places =
                    new TreeSet<>(body.reach(List.of(tensor), Set.of()).places());
            places.retainAll(needed.keySet());
            return places;
        }

        private Set<Integer> others(Set<Integer> states) {
            Set<Integer> others = new TreeSet<>(needed.keySet());
            others.removeAll(counters);
            others.removeAll(states);
            return others;
        }

        private boolean isList(int place) {
            return types.get(place) == DataType.DT_VARIANT;
        }

        private Optional<StackedCell> run() {
            Set<Integer> left = others(Set.of());
            while (!left.isEmpty()) {
                int first = left.iterator().next();
                Set<Integer> states = new TreeSet<>(Set.of(first));
                left.stream()
                        .filter(place ->
                                needs(first).contains(place) && needs(place).contains(first))
                        .forEach(states::add);
                left.removeAll(states);
                Set<Integer> lower = new HashSet<>(needs(first));
                lower.removeAll(counters);
                boolean alone = states.containsAll(lower) && states.stream().noneMatch(this::isList);
                boolean read = others(states).stream()
                        .anyMatch(place -> !isList(place) && needs(place).contains(first));
                Optional<StackedCell> cell = alone && read ? cell(states) : Optional.empty();
                if (cell.isPresent()) {
                    return cell;
                }
            }
            return Optional.empty();
        }

        private Optional<StackedCell> cell(Set<Integer> states) {
            Set<String> outputs = outputs(states, nodes(states));
            Optional<NodeDef> access = others(states).stream()
                    .filter(this::isList)
                    .flatMap(place -> set(place).stream())
                    .filter(this::goesByStep)
                    .findFirst()
                    .or(this::item);
            if (outputs.size() != 1 || access.isEmpty()) {
                return Optional.empty();
            }
            String output = outputs.iterator().next();
            boolean old = states.stream().map(body::argument).anyMatch(output::equals);
            return old
                    ? Optional.empty()
                    : Optional.of(new StackedCell(
                            counters,
                            states,
                            output,
                            past(states),
                            body.place(access.get().getInput(0)),
                            access.get().getInput(1)));
        }

        private boolean goesByStep(NodeDef access) {
            return counters.containsAll(changing(access.getInput(1)));
        }

        /** Finds what reads an element of a list that stays the same. */
        private Optional<NodeDef> item() {
            for (NodeDef node : body.nodes()) {
                boolean reads = node.getOp().equals("TensorListGetItem")
                        && body.invariant(node.getInput(0)).isPresent();
                if (reads && goesByStep(node)) {
                    return Optional.of(node);
                }
            }
            return Optional.empty();
        }

        /** Returns the nodes that make the next states, and those that add other values of the step to the output. */
        private Set<String> nodes(Set<Integer> states) {
            Set<String> nodes = new HashSet<>();
            List<String> next = states.stream().map(body::result).toList();
            body.reach(next, Set.of()).nodes().stream()
                    .filter(node -> body.inputs(node).stream().anyMatch(input -> isMadeOf(input, states)))
                    .forEach(nodes::add);
            for (boolean grows = true; grows; ) {
                grows = false;
                for (NodeDef node : body.nodes()) {
                    boolean joins = JOINING.contains(node.getOp())
                            && LoopBody.inputs(node).stream().allMatch(input -> joins(input, nodes, states));
                    boolean reads = LoopBody.inputs(node).stream()
                            .anyMatch(input -> nodes.contains(LoopBody.node(body.original(input))));
                    grows |= joins && reads && nodes.add(node.getName());
                }
            }
            return nodes;
        }

        private boolean isMadeOf(String tensor, Set<Integer> states) {
            return changing(tensor).stream().anyMatch(states::contains);
        }

        private boolean joins(String input, Set<String> nodes, Set<Integer> states) {
            return nodes.contains(LoopBody.node(body.original(input)))
                    || (counters.containsAll(changing(input)) && !isMadeOf(input, states));
        }

        /** Returns what anything else reads of these nodes. */
        private Set<String> outputs(Set<Integer> states, Set<String> nodes) {
            Set<String> found = new HashSet<>();
            List<String> open =
                    new ArrayList<>(others(states).stream().map(body::result).toList());
            Set<String> seen = new HashSet<>();
            while (!open.isEmpty()) {
                String tensor = body.original(open.remove(open.size() - 1));
                if (nodes.contains(LoopBody.node(tensor))
                        || states.stream().map(body::argument).anyMatch(tensor::equals)) {
                    found.add(tensor);
                } else if (seen.add(tensor)) {
                    open.addAll(body.inputs(LoopBody.node(tensor)));
                }
            }
            return found;
        }

        private Optional<NodeDef> set(int list) {
            return body.maker(body.original(body.result(list)), "TensorListSetItem")
                    .filter(node -> body.original(node.getInput(0)).equals(body.argument(list)));
        }

        /** Returns what chooses the rows of all states that stay as they are, and of the elements that others set. */
        private Optional<String> past(Set<Integer> states) {
            Set<Optional<String>> found = new HashSet<>();
            states.forEach(place -> found.add(past(body.result(place), Optional.of(body.argument(place)), states)));
            for (int place : others(states)) {
                found.add(
                        isList(place)
                                ? set(place).flatMap(node -> past(node.getInput(2), Optional.empty(), states))
                                : past(body.result(place), Optional.of(body.argument(place)), states));
            }
            return found.size() == 1 ? found.iterator().next() : Optional.empty();
        }

        private Optional<String> past(String tensor, Optional<String> before, Set<Integer> states) {
            return SELECTING.stream()
                    .flatMap(op -> body.maker(body.original(tensor), op).stream())
                    .filter(node -> before.map(body.original(node.getInput(1))::equals)
                            .orElseGet(() -> !isMadeOf(node.getInput(1), states)))
                    .map(node -> body.original(node.getInput(0)))
                    .filter(test -> counters.containsAll(changing(test)))
                    .findFirst();
        }
    }
}
