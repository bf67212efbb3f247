package org.lsuv.onnx.layers;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;

/** Tells which values the values of a graph's inputs reach; their sizes alone do not count. */
final class InputDependence {
    private final OnnxGraph graph;
    private final Set<String> reached = new HashSet<>();

    InputDependence(OnnxGraph graph) {
        this.graph = graph;
        graph.inputs().forEach(input -> reached.add(input.name()));
        for (OnnxNode node : graph.nodes()) {
            if (reaches(node)) {
                node.outputs().stream().filter(name -> !name.isEmpty()).forEach(reached::add);
            }
        }
    }

    boolean reaches(String value) {
        return reached.contains(value);
    }

    boolean reaches(OnnxNode node) {
        return !node.is("Shape")
                && !node.is("Size")
                && (node.inputs().stream().anyMatch(reached::contains)
                        || !node.attributes().allGraphs().isEmpty()
                        || node.opType().startsWith("Random"));
    }

    /**
     * Describes where a value that no input reaches, or what is made of it, meets one that inputs reach.
     *
     * @param node the node that reads both
     * @param value what it reads of the first
     * @param operators the operators that make it
     */
    record Meeting(OnnxNode node, String value, List<String> operators) {
        int position() {
            return node.inputs().indexOf(value);
        }
    }

    private record Made(String value, List<String> operators) {
        Made by(OnnxNode node, String output) {
            List<String> longer = new ArrayList<>(operators);
            longer.add(node.opType());
            return new Made(output, longer);
        }
    }

    /** Returns where a value that no input reaches first meets one that inputs reach, if it does. */
    Optional<Meeting> meeting(String value) {
        Set<String> seen = new HashSet<>();
        Deque<Made> open = new ArrayDeque<>(List.of(new Made(value, List.of())));
        while (!open.isEmpty()) {
            Made made = open.remove();
            for (OnnxNode node : graph.consumers(made.value())) {
                if (reaches(node)) {
                    return Optional.of(new Meeting(node, made.value(), made.operators()));
                }
                node.outputs().stream().filter(seen::add).forEach(output -> open.add(made.by(node, output)));
            }
        }
        return Optional.empty();
    }
}
