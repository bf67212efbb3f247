package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes the nodes out of a graph whose results it holds: the work of {@link OnnxModel#withStored}. */
final class StoredValues {
    private StoredValues() {}

    /**
     * Returns a graph in which values come from its initializers alone.
     *
     * @param graph the graph as it was
     * @param extended the same graph with initializers of the values' names
     * @param values the names
     * @param copies the names of values that nodes of the graph shall read under the name of one of these
     */
    static GraphProto in(OnnxGraph graph, GraphProto extended, Collection<String> values, Map<String, String> copies) {
        Set<String> stored = new HashSet<>(values);
        stored.addAll(copies.keySet());
        for (String value : stored) {
            if (graph.producer(value).isEmpty()) {
                throw new IllegalArgumentException("no node computes \"" + value + "\"");
            }
        }
        Map<String, Integer> readers = new HashMap<>();
        graph.outputs().forEach(output -> readers.merge(output.name(), 1, Integer::sum));
        graph.nodes().forEach(node -> reads(node).forEach(read -> readers.merge(read, 1, Integer::sum)));
        Set<String> unread = new HashSet<>(stored);
        Set<Integer> gone = new HashSet<>();
        List<OnnxNode> order = graph.nodes();
        for (int i = order.size() - 1; i >= 0; i--) {
            OnnxNode node = order.get(i);
            boolean orphaned = node.outputs().stream().anyMatch(unread::contains)
                    && node.outputs().stream()
                            .allMatch(output -> stored.contains(output) || !readers.containsKey(output));
            if (orphaned) {
                gone.add(node.index());
                for (String read : reads(node)) {
                    if (readers.merge(read, -1, Integer::sum) == 0) {
                        readers.remove(read);
                        unread.add(read);
                    }
                }
            }
        }
        unread.removeAll(stored);
        return without(extended, gone, unread, stored, copies);
    }

    private static Set<String> reads(OnnxNode node) {
        Set<String> reads = new HashSet<>(node.inputs());
        node.attributes().allGraphs().forEach(inner -> reads.addAll(inner.captured()));
        return reads;
    }

    private static GraphProto without(
            GraphProto graph, Set<Integer> gone, Set<String> unread, Set<String> stored, Map<String, String> copies) {
        Set<String> initializers = new HashSet<>();
        graph.getInitializerList().forEach(tensor -> initializers.add(tensor.getName()));
        GraphProto.Builder builder =
                graph.toBuilder().clearNode().clearInitializer().clearInput();
        UniqueNames names = UniqueNames.of(graph);
        List<NodeProto> nodes = new ArrayList<>();
        for (int i = 0; i < graph.getNodeCount(); i++) {
            if (!gone.contains(i)) {
                nodes.add(renamed(graph.getNode(i), stored, names, copies));
            }
        }
        graph.getInitializerList().stream()
                .filter(tensor -> !unread.contains(tensor.getName()))
                .forEach(builder::addInitializer);
        // Files of old declare initializers as inputs, too; without its initializer one would have to be fed.
        graph.getInputList().stream()
                .filter(input -> !unread.contains(input.getName()) || !initializers.contains(input.getName()))
                .forEach(builder::addInput);
        return builder.addAllNode(nodes).build();
    }

    /** A node that stays for its other results must not give what is stored a second time. */
    private static NodeProto renamed(
            NodeProto node, Set<String> stored, UniqueNames names, Map<String, String> copies) {
        NodeProto.Builder builder = node.toBuilder();
        for (int i = 0; i < node.getInputCount(); i++) {
            builder.setInput(i, copies.getOrDefault(node.getInput(i), node.getInput(i)));
        }
        for (int i = 0; i < node.getOutputCount(); i++) {
            if (stored.contains(node.getOutput(i))) {
                builder.setOutput(i, names.free(node.getOutput(i)));
            }
        }
        return builder.build();
    }
}
