package org.lsuv.tf.layers;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/** Tells which tensors the values of a graph's inputs reach; their sizes alone do not count. */
final class InputDependence {
    private final GraphView graph;
    private final Set<String> reached = new HashSet<>();

    InputDependence(GraphView graph, WeightTracer tracer) {
        this.graph = graph;
        for (NodeDef node : graph.order()) {
            List<TensorRef> inputs = GraphView.inputs(node);
            // What has no inputs and is no constant comes from outside, or is drawn.
            boolean given =
                    inputs.isEmpty() && !node.getOp().equals("Const") && !tracer.isWeight(GraphView.output(node));
            boolean sizes = Set.of("Shape", "ShapeN", "Size", "Rank").contains(node.getOp());
            boolean drawn = node.getOp().startsWith("Random")
                    || node.getOp().startsWith("Stateless")
                    || node.getOp().equals("PlaceholderWithDefault");
            if (given || drawn || (!sizes && inputs.stream().anyMatch(this::reaches))) {
                reached.add(node.getName());
            }
        }
    }

    boolean reaches(TensorRef tensor) {
        return reached.contains(tensor.op());
    }

    /**
     * Describes where a tensor that no input reaches, or what is made of it, meets one that inputs reach.
     *
     * @param node the node that reads both
     * @param value what it reads of the first
     * @param operators the operations that make it
     */
    record Meeting(NodeDef node, TensorRef value, List<String> operators) {
        int position() {
            return GraphView.inputs(node).indexOf(value);
        }
    }

    private record Made(TensorRef value, List<String> operators) {}

    /** Returns where a tensor that no input reaches first meets one that inputs reach, if it does. */
    Optional<Meeting> meeting(TensorRef value) {
        Set<TensorRef> seen = new HashSet<>();
        Deque<Made> open = new ArrayDeque<>(List.of(new Made(value, List.of())));
        while (!open.isEmpty()) {
            Made made = open.remove();
            for (NodeDef node : graph.readers(made.value())) {
                if (reached.contains(node.getName())) {
                    return Optional.of(new Meeting(node, made.value(), made.operators()));
                }
                TensorRef next = GraphView.output(node);
                if (seen.add(next)) {
                    List<String> longer = new ArrayList<>(made.operators());
                    longer.add(node.getOp());
                    open.add(new Made(next, longer));
                }
            }
        }
        return Optional.empty();
    }
}
