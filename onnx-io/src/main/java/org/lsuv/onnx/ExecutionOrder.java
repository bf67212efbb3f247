package org.lsuv.onnx;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts nodes in an order in which every value is computed before it is read. */
final class ExecutionOrder {
    private ExecutionOrder() {}

    /**
     * Returns the nodes in execution order. An order that is one already is kept, as the standard
     * asks for one; files of careless writers are sorted, earlier nodes first.
     *
     * @throws OnnxFormatException if the nodes form a cycle
     */
    static List<OnnxNode> of(List<OnnxNode> nodes, Map<String, OnnxNode> producers) {
        List<Set<OnnxNode>> needs =
                nodes.stream().map(node -> needs(node, producers)).toList();
        boolean[] placed = new boolean[nodes.size()];
        boolean[] open = new boolean[nodes.size()];
        List<OnnxNode> order = new ArrayList<>(nodes.size());
        Deque<OnnxNode> stack = new ArrayDeque<>();
        for (OnnxNode start : nodes) {
            stack.push(start);
            while (!stack.isEmpty()) {
                OnnxNode node = stack.peek();
                if (placed[node.index()]) {
                    stack.pop();
                    continue;
                }
                open[node.index()] = true;
                boolean ready = true;
                for (OnnxNode need : needs.get(node.index())) {
                    if (open[need.index()] && !placed[need.index()]) {
                        throw new OnnxFormatException("the graph has a cycle through " + need.describe());
                    }
                    if (!placed[need.index()]) {
                        stack.push(need);
                        ready = false;
                        break;
                    }
                }
                if (ready) {
                    stack.pop();
                    placed[node.index()] = true;
                    order.add(node);
                }
            }
        }
        return List.copyOf(order);
    }

    private static Set<OnnxNode> needs(OnnxNode node, Map<String, OnnxNode> producers) {
        Set<OnnxNode> needs = new LinkedHashSet<>();
        Set<String> values = new LinkedHashSet<>(node.inputs());
        node.attributes().allGraphs().forEach(graph -> values.addAll(graph.captured()));
        for (String value : values) {
            OnnxNode producer = producers.get(value);
            if (producer != null) {
                needs.add(producer);
            }
        }
        return needs;
    }

    /** Returns the values that a graph reads without having them itself: those of the graphs around it. */
    static Set<String> captured(OnnxGraph graph) {
        Set<String> own = new HashSet<>(graph.initializerNames());
        own.addAll(graph.sparseInitializerNames());
        graph.inputs().forEach(input -> own.add(input.name()));
        graph.nodes().forEach(node -> own.addAll(node.outputs()));
        Set<String> captured = new LinkedHashSet<>();
        for (OnnxNode node : graph.nodes()) {
            captured.addAll(node.inputs());
            node.attributes().allGraphs().forEach(inner -> captured.addAll(inner.captured()));
        }
        graph.outputs().forEach(output -> captured.add(output.name()));
        captured.removeAll(own);
        captured.remove("");
        return captured;
    }
}
