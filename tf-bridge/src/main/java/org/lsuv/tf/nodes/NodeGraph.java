package org.lsuv.tf.nodes;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Holds a graph or the body of a function, in one form: inputs of nodes are {@code op:0}, and those that are
 * arguments of the function are outputs of {@link #ARGUMENT}.
 *
 * @param nodes the nodes by name
 * @param arguments the arguments in order; none for a graph
 * @param results what is wanted of it, in order
 */
public record NodeGraph(Map<String, NodeDef> nodes, List<Argument> arguments, List<TensorRef> results) {
    /** Stands for the arguments; no operation can have this name. */
    public static final String ARGUMENT = "<argument>";

    private static final Pattern INPUT = Pattern.compile("\\^[^:]+|[^^:][^:]*(?::\\d{1,9})?");

    /**
     * Describes an argument of a function.
     *
     * @param name its name in the function
     * @param type its type
     */
    public record Argument(String name, DataType type) {}

    public NodeGraph {
        nodes = Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
        arguments = List.copyOf(arguments);
        results = List.copyOf(results);
    }

    /**
     * Returns a graph.
     *
     * @throws OnnxFormatException if an input of a node names no tensor
     */
    public static NodeGraph of(Collection<NodeDef> nodes, List<TensorRef> results) {
        Map<String, NodeDef> named = new LinkedHashMap<>();
        for (NodeDef node : nodes) {
            for (String input : node.getInputList()) {
                if (!INPUT.matcher(input).matches()) {
                    throw new OnnxFormatException(
                            "node \"" + node.getName() + "\": the input \"" + input + "\" names no tensor");
                }
            }
            named.put(node.getName(), node);
        }
        return new NodeGraph(named, List.of(), results);
    }

    /** Returns a graph of the same arguments with other nodes and results. */
    public NodeGraph with(Map<String, NodeDef> newNodes, List<TensorRef> newResults) {
        return new NodeGraph(newNodes, arguments, newResults);
    }

    /** Returns the node that gives a tensor; none for an argument. */
    public Optional<NodeDef> node(TensorRef tensor) {
        return Optional.ofNullable(nodes.get(tensor.op()));
    }

    /** Tells whether an input of a node is one to be waited for alone. */
    public static boolean isControl(String input) {
        return input.startsWith("^");
    }

    /** Returns the tensors that a node reads. */
    public static List<TensorRef> data(NodeDef node) {
        return node.getInputList().stream()
                .filter(input -> !isControl(input))
                .map(TensorRef::parse)
                .toList();
    }

    /** Returns a tensor that a node reads; inputs to be waited for come behind those. */
    public static TensorRef input(NodeDef node, int index) {
        return TensorRef.parse(node.getInput(index));
    }

    /** Returns only the nodes on which the results depend, in their order. */
    public NodeGraph pruned() {
        Set<String> used = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>();
        results.forEach(result -> open.push(result.op()));
        while (!open.isEmpty()) {
            String name = open.pop();
            NodeDef node = nodes.get(name);
            if (node != null && used.add(name)) {
                node.getInputList().stream().map(TensorRef::maker).forEach(open::push);
            }
        }
        Map<String, NodeDef> left = new LinkedHashMap<>(nodes);
        left.keySet().retainAll(used);
        return with(left, results);
    }

    /**
     * Returns the graph without control edges, but for those that say in which branch or loop of TensorFlow 1's
     * control flow a node without inputs runs: they come from what a {@code Switch} gives, or the {@code Merge} at the
     * start of a loop.
     */
    public NodeGraph withoutOrder() {
        Map<String, NodeDef> left = new LinkedHashMap<>();
        nodes.forEach((name, node) -> {
            if (node.getInputList().stream().noneMatch(NodeGraph::isControl)) {
                left.put(name, node);
                return;
            }
            List<String> kept = new ArrayList<>();
            for (String input : node.getInputList()) {
                if (!isControl(input) || isPivot(input.substring(1))) {
                    kept.add(input);
                }
            }
            left.put(name, node.toBuilder().clearInput().addAllInput(kept).build());
        });
        return with(left, results);
    }

    private boolean isPivot(String name) {
        NodeDef node = nodes.get(name);
        for (int i = 0; i <= nodes.size() && node != null; i++) {
            switch (node.getOp()) {
                case "Switch", "RefSwitch" -> {
                    return true;
                }
                case "Merge", "RefMerge" -> {
                    return data(node).stream()
                            .flatMap(input -> node(input).stream())
                            .anyMatch(input -> input.getOp().endsWith("NextIteration"));
                }
                case "Identity", "RefIdentity" ->
                    node = nodes.get(input(node, 0).op());
                default -> {
                    return false;
                }
            }
        }
        return false;
    }
}
