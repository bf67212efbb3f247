package org.lsuv.tf.nodes;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/** Puts the nodes of a graph in order. */
public final class Topology {
    private Topology() {}

    /** Returns the nodes, each behind those that it waits for. The edges that close loops of TensorFlow 1 do not count. */
    public static List<NodeDef> order(NodeGraph graph) {
        Map<String, Integer> waiting = new HashMap<>();
        Map<String, List<NodeDef>> readers = new HashMap<>();
        Deque<NodeDef> ready = new ArrayDeque<>();
        for (NodeDef node : graph.nodes().values()) {
            Set<String> makers = makers(graph, node);
            waiting.put(node.getName(), makers.size());
            makers.forEach(maker ->
                    readers.computeIfAbsent(maker, none -> new ArrayList<>()).add(node));
            if (makers.isEmpty()) {
                ready.add(node);
            }
        }
        List<NodeDef> order = new ArrayList<>();
        while (!ready.isEmpty()) {
            NodeDef node = ready.remove();
            order.add(node);
            for (NodeDef reader : readers.getOrDefault(node.getName(), List.of())) {
                if (waiting.merge(reader.getName(), -1, Integer::sum) == 0) {
                    ready.add(reader);
                }
            }
        }
        return order;
    }

    private static Set<String> makers(NodeGraph graph, NodeDef node) {
        Set<String> makers = new LinkedHashSet<>();
        for (String input : node.getInputList()) {
            String maker = TensorRef.maker(input);
            NodeDef found = graph.nodes().get(maker);
            if (found != null && !found.getOp().equals("NextIteration")) {
                makers.add(maker);
            }
        }
        return makers;
    }
}
