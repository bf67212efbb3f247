package org.lsuv.tf.controlflow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.nodes.ConstantWeights;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.TensorTypes;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Cuts parts out of a graph, as bodies of functions that take the same arguments. Constants that may be weights stay
 * around them, where they can be fed.
 */
final class BodyCut {
    private final NodeGraph graph;
    private final Map<TensorRef, Integer> places = new LinkedHashMap<>();

    /** Tells what lies inside of a part, and what its border is. */
    interface Border {
        /** Tells whether an operation lies inside. */
        boolean encloses(NodeDef node);

        /**
         * Returns what a tensor that is not made inside stands for.
         *
         * @throws NotFunctional if it has no value inside
         */
        TensorRef outside(TensorRef tensor) throws NotFunctional;
    }

    /**
     * Creates a cut.
     *
     * @param first what the first arguments stand for
     */
    BodyCut(NodeGraph graph, Collection<TensorRef> first) {
        this.graph = graph;
        first.forEach(this::place);
    }

    private int place(TensorRef outside) {
        return places.computeIfAbsent(outside, none -> places.size());
    }

    /** Returns what the arguments of all parts so far stand for, in order. */
    List<TensorRef> taken() {
        return List.copyOf(places.keySet());
    }

    /** Returns what makes some tensors; its arguments are known once everything is cut. */
    NodeGraph cut(List<TensorRef> results, Border border) throws NotFunctional {
        Map<String, NodeDef> inside = new LinkedHashMap<>();
        Deque<String> open = new ArrayDeque<>();
        List<TensorRef> inner = new ArrayList<>();
        for (TensorRef result : results) {
            inner.add(reached(result, border, open));
        }
        while (!open.isEmpty()) {
            String name = open.pop();
            if (inside.containsKey(name)) {
                continue;
            }
            NodeDef node = Objects.requireNonNull(graph.nodes().get(name), name);
            NodeDef.Builder copy = node.toBuilder().clearInput();
            inside.put(name, node);
            for (String input : node.getInputList()) {
                if (!NodeGraph.isControl(input)) {
                    copy.addInput(reached(TensorRef.parse(input), border, open).toString());
                } else if (lies(input.substring(1), border)) {
                    copy.addInput(input);
                    open.push(input.substring(1));
                }
            }
            inside.put(name, copy.build());
        }
        return new NodeGraph(inside, List.of(), inner);
    }

    private TensorRef reached(TensorRef tensor, Border border, Deque<String> open) throws NotFunctional {
        if (lies(tensor.op(), border)) {
            open.push(tensor.op());
            return tensor;
        }
        NodeDef node = graph.nodes().get(tensor.op());
        TensorRef outside = node != null && ConstantWeights.isOne(node) ? tensor : border.outside(tensor);
        return new TensorRef(NodeGraph.ARGUMENT, place(outside));
    }

    private boolean lies(String name, Border border) {
        NodeDef node = graph.nodes().get(name);
        return node != null && !ConstantWeights.isOne(node) && border.encloses(node);
    }

    /**
     * Returns parts with their arguments.
     *
     * @param types the types of the arguments
     */
    static List<NodeGraph> withArguments(List<NodeGraph> parts, List<DataType> types) {
        Set<String> taken = new LinkedHashSet<>();
        parts.forEach(part -> taken.addAll(part.nodes().keySet()));
        List<NodeGraph.Argument> arguments = new ArrayList<>();
        for (DataType type : types) {
            String name = "argument" + arguments.size();
            while (!taken.add(name)) {
                name += "_";
            }
            arguments.add(new NodeGraph.Argument(name, type));
        }
        return parts.stream()
                .map(part -> new NodeGraph(part.nodes(), arguments, part.results()))
                .toList();
    }

    /** Returns the types of what the arguments stand for. */
    List<DataType> types() throws NotFunctional {
        List<DataType> types = new ArrayList<>();
        for (TensorRef outside : places.keySet()) {
            DataType type = TensorTypes.of(graph, outside);
            if (type == DataType.DT_INVALID) {
                throw new NotFunctional("the type of \"" + outside + "\" is not known");
            }
            types.add(type);
        }
        return types;
    }

    /**
     * Returns the constants that the parts take from around themselves, as they are there: outside of the branch or loop
     * in which they were.
     *
     * @param anchor what is there in the branch or loop around it
     */
    List<NodeDef> freed(TensorRef anchor) {
        List<NodeDef> freed = new ArrayList<>();
        for (TensorRef outside : places.keySet()) {
            NodeDef node = graph.nodes().get(outside.op());
            if (node != null && ConstantWeights.isOne(node) && node.getInputCount() > 0) {
                NodeDef.Builder free = node.toBuilder().clearInput();
                if (graph.nodes().containsKey(anchor.op())) {
                    free.addInput("^" + anchor.op());
                }
                freed.add(free.build());
            }
        }
        return freed;
    }
}
