package org.lsuv.tf.controlflow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.Redirections;
import org.lsuv.tf.nodes.Topology;
import org.tensorflow.Graph;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.VersionDef;

/**
 * Writes the shapes of their results to loops and choices that do not say them: TensorFlow infers shapes in functions
 * from those of their arguments, but does not look into functions from outside.
 */
final class ControlFlowShapes {
    private static final String SHAPES = "output_shapes";
    private static final String INNER = "argument/";

    private final Map<String, NodeGraph> functions;
    private final VersionDef versions;

    private ControlFlowShapes(FlatGraph graph) {
        this.functions = new LinkedHashMap<>(graph.functions());
        try (Graph empty = new Graph()) {
            this.versions = empty.toGraphDef().getVersions();
        }
    }

    static FlatGraph in(FlatGraph graph) {
        ControlFlowShapes pass = new ControlFlowShapes(graph);
        NodeGraph main = pass.annotated(graph.main(), List.of());
        return new FlatGraph(main, pass.functions);
    }

    /** Returns a graph with the shapes that follow from those of its arguments. */
    private NodeGraph annotated(NodeGraph graph, List<Shape> arguments) {
        Map<String, NodeDef> nodes = new LinkedHashMap<>(graph.nodes());
        List<NodeDef> open = new ArrayList<>(
                Topology.order(graph).stream().filter(ControlFlowShapes::isOpen).toList());
        while (!open.isEmpty()) {
            NodeGraph known = graph.with(nodes, graph.results());
            List<NodeDef> ready = ready(known, open);
            List<TensorRef> inputs = ready.stream()
                    .flatMap(node -> NodeGraph.data(node).stream())
                    .toList();
            Optional<List<Shape>> shapes = shapes(known, arguments, inputs);
            if (shapes.isEmpty()) {
                return graph;
            }
            int from = 0;
            for (NodeDef node : ready) {
                int to = from + NodeGraph.data(node).size();
                List<Shape> results = results(node, shapes.get().subList(from, to));
                AttrValue.Builder list = AttrValue.newBuilder();
                results.forEach(shape -> list.getListBuilder().addShape(AttrValues.shape(shape)));
                nodes.put(
                        node.getName(),
                        node.toBuilder().putAttr(SHAPES, list.build()).build());
                from = to;
            }
            open.removeAll(ready);
        }
        return graph.with(nodes, graph.results());
    }

    private static boolean isOpen(NodeDef node) {
        return (isLoop(node) || isChoice(node)) && !node.containsAttr(SHAPES);
    }

    private static boolean isLoop(NodeDef node) {
        return node.getOp().equals("While") || node.getOp().equals("StatelessWhile");
    }

    private static boolean isChoice(NodeDef node) {
        return node.getOp().equals("If") || node.getOp().equals("StatelessIf");
    }

    /** Returns those nodes, in order, that wait for no other one of them. */
    private static List<NodeDef> ready(NodeGraph graph, List<NodeDef> open) {
        Set<String> names = new HashSet<>();
        open.forEach(node -> names.add(node.getName()));
        List<NodeDef> ready = new ArrayList<>();
        for (NodeDef node : open) {
            NodeGraph needed = graph.with(graph.nodes(), NodeGraph.data(node)).pruned();
            if (needed.nodes().keySet().stream().noneMatch(names::contains)) {
                ready.add(node);
            }
        }
        return ready;
    }

    private List<Shape> results(NodeDef node, List<Shape> inputs) {
        if (isLoop(node)) {
            return loop(node, inputs);
        }
        List<Shape> arguments = inputs.subList(1, inputs.size());
        int count = node.getAttrOrThrow("Tout").getList().getTypeCount();
        List<Shape> then = branch(node, "then_branch", arguments, count);
        ControlFlow.widenTo(then, branch(node, "else_branch", arguments, count));
        return then;
    }

    private List<Shape> branch(NodeDef node, String attribute, List<Shape> arguments, int count) {
        String name = node.getAttrOrThrow(attribute).getFunc().getName();
        return new ArrayList<>(function(name, arguments)
                .orElseGet(() -> Stream.generate(Shape::unknown).limit(count).toList()));
    }

    /** Sizes that an iteration changes are open, and what follows from them may be, too. */
    private List<Shape> loop(NodeDef node, List<Shape> inputs) {
        List<Shape> shapes = new ArrayList<>(inputs);
        String body = node.getAttrOrThrow("body").getFunc().getName();
        while (true) {
            Optional<List<Shape>> next = function(body, shapes);
            if (next.isEmpty()) {
                return Stream.generate(Shape::unknown).limit(inputs.size()).toList();
            }
            if (!ControlFlow.widenTo(shapes, next.get())) {
                function(node.getAttrOrThrow("cond").getFunc().getName(), shapes);
                return shapes;
            }
        }
    }

    /** Returns the shapes of the results of a function; loops and choices in it get theirs. */
    private Optional<List<Shape>> function(String name, List<Shape> arguments) {
        NodeGraph body = functions.get(name);
        if (body == null) {
            return Optional.empty();
        }
        NodeGraph annotated = annotated(body, arguments);
        functions.put(name, annotated);
        return shapes(annotated, arguments, body.results());
    }

    /** Returns what TensorFlow knows of some tensors; empty if it does not take the graph, which others report. */
    private Optional<List<Shape>> shapes(NodeGraph graph, List<Shape> arguments, List<TensorRef> tensors) {
        List<TensorRef> made = tensors.stream()
                .filter(tensor -> graph.node(tensor).isPresent())
                .toList();
        Map<String, NodeDef> needed =
                new LinkedHashMap<>(graph.with(graph.nodes(), made).pruned().nodes());
        Redirections redirections = new Redirections();
        for (int i = 0; i < arguments.size(); i++) {
            String name = INNER + i;
            needed.put(
                    name,
                    AttrValues.placeholder(name, graph.arguments().get(i).type(), AttrValues.shape(arguments.get(i))));
            redirections.put(new TensorRef(NodeGraph.ARGUMENT, i), new TensorRef(name, 0));
        }
        NodeGraph main = redirections.apply(new NodeGraph(needed, List.of(), tensors));
        try (Graph inferred = new Graph()) {
            GraphDef definition = new FlatGraph(main, functions).pruned().toGraphDef(versions);
            inferred.importGraphDef(definition);
            return Optional.of(main.results().stream()
                    .map(tensor -> inferred.operationOrThrow(tensor.op())
                            .output(tensor.index())
                            .shape())
                    .toList());
        } catch (TensorFlowException | IllegalArgumentException | UnsupportedOperationException refused) {
            return Optional.empty();
        }
    }
}
