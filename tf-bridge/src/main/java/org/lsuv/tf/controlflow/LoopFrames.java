package org.lsuv.tf.controlflow;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.ValueNames;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Writes the loops of TensorFlow 1 as {@code While}: inner ones first, so that a body holds functional loops alone.
 *
 * <p>What a loop takes from around itself and never changes is a value of the state that the body passes on.
 */
final class LoopFrames {
    private final BodyLibrary library;
    private final List<String> notes;
    private final Map<String, String> refused = new LinkedHashMap<>();
    private NodeGraph graph;

    private LoopFrames(NodeGraph graph, BodyLibrary library, List<String> notes) {
        this.graph = graph;
        this.library = library;
        this.notes = notes;
    }

    /**
     * Returns a graph with functional loops.
     *
     * @param library takes the functions that they run
     * @param notes says which loops stay as they are, and why
     */
    static NodeGraph functional(NodeGraph graph, BodyLibrary library, List<String> notes) {
        LoopFrames frames = new LoopFrames(graph, library, notes);
        frames.run();
        frames.refused.forEach((loop, reason) -> notes.add("the loop \"" + ValueNames.withoutCalls(loop)
                + "\" stays as TensorFlow 1 wrote it, and layers in it are not found: " + reason));
        return frames.graph;
    }

    private void run() {
        boolean progress = true;
        while (progress) {
            progress = false;
            for (NodeDef test : List.copyOf(graph.nodes().values())) {
                if (test.getOp().equals("LoopCond") && graph.nodes().containsKey(test.getName())) {
                    progress |= replace(test);
                }
            }
        }
    }

    private boolean replace(NodeDef test) {
        try {
            LoopFrame frame = LoopFrame.of(graph, test);
            if (frame.hasInner()) {
                refused.put(scope(test), "another one inside of it stays");
                return false;
            }
            graph = replaced(frame, scope(test));
            refused.remove(scope(test));
            return true;
        } catch (NotFunctional other) {
            refused.put(scope(test), other.reason());
            return false;
        }
    }

    private static String scope(NodeDef test) {
        return test.getName().replaceFirst("/LoopCond$", "");
    }

    private NodeGraph replaced(LoopFrame frame, String wish) throws NotFunctional {
        List<LoopFrame.Variable> variables = frame.variables();
        BodyCut cut = new BodyCut(
                graph, variables.stream().map(LoopFrame.Variable::value).toList());
        NodeGraph condition = cut.cut(List.of(frame.condition()), frame.border());
        NodeGraph step = cut.cut(
                variables.stream()
                        .map(variable -> NodeGraph.input(variable.next(), 0))
                        .toList(),
                frame.border());
        List<TensorRef> taken = cut.taken();
        List<TensorRef> next = new ArrayList<>(step.results());
        for (int i = variables.size(); i < taken.size(); i++) {
            next.add(new TensorRef(NodeGraph.ARGUMENT, i));
        }
        List<DataType> types = cut.types();
        List<NodeGraph> functions = BodyCut.withArguments(List.of(condition, step.with(step.nodes(), next)), types);
        String name = wish;
        for (int i = 1; graph.nodes().containsKey(name); i++) {
            name = wish + "_" + i;
        }
        List<TensorRef> inputs = new ArrayList<>();
        variables.forEach(variable -> inputs.add(NodeGraph.input(variable.enter(), 0)));
        inputs.addAll(taken.subList(variables.size(), taken.size()));
        String test = library.add(name + "_cond", SwitchedBranches.functional(functions.get(0), library, notes));
        String body = library.add(name + "_body", SwitchedBranches.functional(functions.get(1), library, notes));
        boolean stateful = library.isStateful(test) || library.isStateful(body);
        NodeDef.Builder loop = NodeDef.newBuilder()
                .setName(name)
                .setOp(stateful ? "While" : "StatelessWhile")
                .putAttr("T", AttrValues.of(types))
                .putAttr("cond", AttrValues.of(test))
                .putAttr("body", AttrValues.of(body))
                .putAttr("parallel_iterations", frame.parallel())
                .putAttr(ControlFlow.LOWERED, AttrValues.of(true));
        inputs.forEach(input -> loop.addInput(input.toString()));
        Map<String, NodeDef> nodes = new LinkedHashMap<>(graph.nodes());
        cut.freed(inputs.get(0)).forEach(constant -> nodes.put(constant.getName(), constant));
        nodes.put(name, loop.build());
        return withoutFrame(frame, nodes, name);
    }

    /** Lets what read the end of the frame read the loop, of which nothing else may be left. */
    private NodeGraph withoutFrame(LoopFrame frame, Map<String, NodeDef> nodes, String loop) throws NotFunctional {
        Redirections redirections = new Redirections();
        Map<TensorRef, Integer> ends = frame.ends();
        for (NodeDef node : graph.nodes().values()) {
            if (node.getOp().equals("Exit")) {
                Optional.ofNullable(ends.get(origin(NodeGraph.input(node, 0))))
                        .ifPresent(place ->
                                redirections.put(new TensorRef(node.getName(), 0), new TensorRef(loop, place)));
            }
        }
        NodeGraph left = redirections.apply(graph.with(nodes, graph.results())).pruned();
        Optional<NodeDef> rest =
                left.nodes().values().stream().filter(frame::isOwn).findFirst();
        if (rest.isPresent()) {
            String reader = left.nodes().values().stream()
                    .filter(node -> !frame.holds(node) && !node.getOp().equals("Exit"))
                    .filter(node -> NodeGraph.data(node).stream()
                            .flatMap(input -> graph.node(input).stream())
                            .anyMatch(frame::holds))
                    .findFirst()
                    .orElse(rest.get())
                    .getName();
            throw new NotFunctional("\"" + reader + "\" reads from its inside");
        }
        return left;
    }

    private TensorRef origin(TensorRef tensor) {
        TensorRef origin = tensor;
        Optional<NodeDef> node = graph.node(origin);
        for (int i = 0;
                i < graph.nodes().size()
                        && node.isPresent()
                        && node.get().getOp().equals("Identity");
                i++) {
            origin = NodeGraph.input(node.get(), 0);
            node = graph.node(origin);
        }
        return origin;
    }
}
