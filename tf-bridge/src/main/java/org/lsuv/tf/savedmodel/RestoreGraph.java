package org.lsuv.tf.savedmodel;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorProto;

/**
 * Finds where a checkpoint keeps each variable in the operations that restore it: {@code RestoreV2} gives tensors by
 * key, and {@code Assign} or {@code AssignVariableOp} puts them into variables, in TensorFlow 2 inside a function that
 * gets the variables as arguments.
 */
final class RestoreGraph {
    private static final int MOST_DEPTH = 20;

    private final Map<String, FunctionDef> library = new HashMap<>();
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final GraphDef definition;

    /**
     * Names a stored tensor or a part of one.
     *
     * @param key the key in the checkpoint
     * @param part which part, as {@code RestoreV2} writes it; empty for the whole
     */
    record Place(String key, String part) {}

    private RestoreGraph(GraphDef definition) {
        this.definition = definition;
        definition
                .getLibrary()
                .getFunctionList()
                .forEach(function -> library.put(function.getSignature().getName(), function));
    }

    /** Returns the places by the names of the variables' operations. */
    static Map<String, Place> places(MetaGraphDef meta) {
        RestoreGraph restore = new RestoreGraph(meta.getGraphDef());
        String operation = meta.getSaverDef().getRestoreOpName();
        if (!operation.isEmpty()) {
            TensorRef top = new TensorRef(TensorRef.parse(operation).op(), 0);
            restore.collect(
                    NodeGraph.of(restore.definition.getNodeList(), List.of(top)).pruned(), none -> Optional.empty(), 0);
        }
        return restore.places;
    }

    private void collect(NodeGraph graph, IntFunction<Optional<String>> arguments, int depth) {
        for (NodeDef node : graph.nodes().values()) {
            List<TensorRef> inputs = NodeGraph.data(node);
            boolean assigns = node.getOp().equals("Assign") || node.getOp().equals("AssignVariableOp");
            if (assigns && inputs.size() == 2) {
                Optional<String> variable = variable(graph, inputs.get(0), arguments);
                Optional<Place> place = place(graph, inputs.get(1));
                if (variable.isPresent() && place.isPresent()) {
                    places.putIfAbsent(variable.get(), place.get());
                }
                continue;
            }
            List<String> called =
                    library.containsKey(node.getOp()) ? List.of(node.getOp()) : FlatGraph.functionsOf(node);
            FunctionDef function = called.size() == 1 ? library.get(called.get(0)) : null;
            if (function != null && depth < MOST_DEPTH) {
                NodeGraph body = new FunctionBody(function, node.getAttrMap(), this::operation).read();
                collect(
                        body,
                        index -> index < inputs.size()
                                ? variable(graph, inputs.get(index), arguments)
                                : Optional.empty(),
                        depth + 1);
            }
        }
    }

    private Optional<OpDef> operation(String type) {
        FunctionDef function = library.get(type);
        return function != null ? Optional.of(function.getSignature()) : OpDefinitions.find(type);
    }

    private static Optional<String> variable(
            NodeGraph graph, TensorRef handle, IntFunction<Optional<String>> arguments) {
        TensorRef source = source(graph, handle);
        return source.op().equals(NodeGraph.ARGUMENT)
                ? arguments.apply(source.index())
                : graph.node(source).filter(Variables::isVariable).map(NodeDef::getName);
    }

    private static Optional<Place> place(NodeGraph graph, TensorRef value) {
        TensorRef source = source(graph, value);
        Optional<NodeDef> restore =
                graph.node(source).filter(node -> node.getOp().equals("RestoreV2") && node.getInputCount() >= 3);
        return restore.flatMap(node -> text(graph, NodeGraph.input(node, 1), source.index())
                .map(key -> new Place(
                        key,
                        text(graph, NodeGraph.input(node, 2), source.index()).orElse(""))));
    }

    private static TensorRef source(NodeGraph graph, TensorRef tensor) {
        TensorRef current = tensor;
        for (int i = 0; i <= graph.nodes().size(); i++) {
            NodeDef node = graph.nodes().get(current.op());
            if (node == null) {
                return current;
            }
            switch (node.getOp()) {
                case "Identity", "RefIdentity", "Reshape" -> current = NodeGraph.input(node, 0);
                case "IdentityN" -> current = NodeGraph.input(node, current.index());
                default -> {
                    return current;
                }
            }
        }
        return current;
    }

    private static Optional<String> text(NodeGraph graph, TensorRef constant, int index) {
        return graph.node(source(graph, constant))
                .filter(node -> node.getOp().equals("Const"))
                .map(node -> node.getAttrOrDefault("value", AttrValue.getDefaultInstance())
                        .getTensor())
                // Where fewer are stored than the shape says, the last stands for the rest.
                .filter(tensor -> tensor.getStringValCount() > 0)
                .map((TensorProto tensor) -> tensor.getStringVal(Math.min(index, tensor.getStringValCount() - 1))
                        .toStringUtf8());
    }
}
