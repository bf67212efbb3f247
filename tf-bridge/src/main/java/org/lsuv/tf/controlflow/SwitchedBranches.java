package org.lsuv.tf.controlflow;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.TensorTypes;
import org.lsuv.tf.nodes.ValueNames;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Writes the choices of TensorFlow 1, which a {@code Merge} ends, as {@code If}: outer ones first. */
final class SwitchedBranches {
    private final NodeGraph graph;
    private final BodyLibrary library;
    private final List<String> notes;
    private final BranchStates states;
    private final Redirections redirections = new Redirections();
    private final Map<String, NodeDef> nodes;

    private SwitchedBranches(NodeGraph graph, BodyLibrary library, List<String> notes) {
        this.graph = graph;
        this.library = library;
        this.notes = notes;
        this.states = BranchStates.of(graph);
        this.nodes = new LinkedHashMap<>(graph.nodes());
    }

    /**
     * Returns a graph with functional choices.
     *
     * @param library takes the functions that they run
     * @param notes says which choices stay as they are, and why
     */
    static NodeGraph functional(NodeGraph graph, BodyLibrary library, List<String> notes) {
        return new SwitchedBranches(graph, library, notes).run();
    }

    private NodeGraph run() {
        Map<List<Object>, List<BranchStates.Choice>> together = new LinkedHashMap<>();
        for (BranchStates.Choice choice : states.choices()) {
            List<Object> key = List.of(choice.condition(), choice.level());
            together.computeIfAbsent(key, none -> new ArrayList<>()).add(choice);
        }
        states.refused().forEach(this::refuse);
        for (List<BranchStates.Choice> choices : together.values()) {
            try {
                replace(choices);
            } catch (NotFunctional other) {
                refuse(choices.get(0).merge(), other.reason());
            }
        }
        return redirections.apply(graph.with(nodes, graph.results())).pruned();
    }

    private void refuse(String merge, String reason) {
        notes.add("the choice \"" + ValueNames.withoutCalls(merge)
                + "\" stays as TensorFlow 1 wrote it, and layers in its branches are not found: " + reason);
    }

    /** Writes choices by one condition as one. */
    private void replace(List<BranchStates.Choice> choices) throws NotFunctional {
        TensorRef condition = choices.get(0).condition();
        BodyCut cut = new BodyCut(graph, List.of());
        List<NodeGraph> cuts = new ArrayList<>();
        for (boolean holds : new boolean[] {true, false}) {
            List<TensorRef> results =
                    choices.stream().map(choice -> choice.result(holds)).toList();
            cuts.add(cut.cut(results, states.border(condition, holds)));
        }
        List<DataType> types = cut.types();
        List<NodeGraph> branches = BodyCut.withArguments(cuts, types);
        String wish = choices.get(0).merge().replaceFirst("/Merge(_\\d+)?$", "");
        String name = wish;
        for (int i = 1; nodes.containsKey(name); i++) {
            name = wish + "_" + i;
        }
        String then = library.add(name + "_true", functional(branches.get(0), library, notes));
        String otherwise = library.add(name + "_false", functional(branches.get(1), library, notes));
        boolean stateful = library.isStateful(then) || library.isStateful(otherwise);
        NodeDef.Builder choice = NodeDef.newBuilder()
                .setName(name)
                .setOp(stateful ? "If" : "StatelessIf")
                .addInput(condition.toString())
                .putAttr("Tcond", AttrValues.of(DataType.DT_BOOL))
                .putAttr("Tin", AttrValues.of(types))
                .putAttr("then_branch", AttrValues.of(then))
                .putAttr("else_branch", AttrValues.of(otherwise))
                .putAttr(ControlFlow.LOWERED, AttrValues.of(true));
        cut.taken().forEach(input -> choice.addInput(input.toString()));
        List<DataType> given = new ArrayList<>();
        for (int i = 0; i < choices.size(); i++) {
            TensorRef merged = new TensorRef(choices.get(i).merge(), 0);
            given.add(TensorTypes.of(graph, merged));
            redirections.put(merged, new TensorRef(name, i));
        }
        cut.freed(condition).forEach(constant -> nodes.put(constant.getName(), constant));
        nodes.put(name, choice.putAttr("Tout", AttrValues.of(given)).build());
    }
}
