package org.lsuv.tf;

import com.google.protobuf.ByteString;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Lets nodes that compute the same be read as one. What measures a layer repeats its constants and the shape of what
 * it measures, and TensorFlow takes time for each node before a graph's first run.
 */
final class SharedNodes {
    /** The largest constant that is compared. */
    private static final int MAX_BYTES = 4096;

    private final Map<Computation, String> known = new HashMap<>();
    private final Map<String, String> same = new HashMap<>();

    private record Computation(String op, String device, List<String> inputs, Map<String, ByteString> attributes) {}

    private SharedNodes() {}

    /**
     * Lets the readers of a node read an equal one before it. No node is taken away: some may be fetched.
     *
     * @param graph the graph
     * @param untouched the names of the nodes that are left as they are
     */
    static void share(GraphDef.Builder graph, Set<String> untouched) {
        SharedNodes nodes = new SharedNodes();
        for (NodeDef.Builder node : graph.getNodeBuilderList()) {
            for (int i = 0; i < node.getInputCount(); i++) {
                node.setInput(i, nodes.current(node.getInput(i)));
            }
            if (!untouched.contains(node.getName()) && isPure(node)) {
                nodes.add(node);
            }
        }
    }

    private String current(String input) {
        if (input.startsWith("^")) {
            return input;
        }
        TensorRef tensor = TensorRef.parse(input);
        return new TensorRef(same.getOrDefault(tensor.op(), tensor.op()), tensor.index()).toString();
    }

    private void add(NodeDef.Builder node) {
        Map<String, ByteString> attributes = new HashMap<>();
        for (Map.Entry<String, AttrValue> attribute : node.getAttrMap().entrySet()) {
            if (attribute.getValue().getSerializedSize() > MAX_BYTES) {
                return;
            }
            attributes.put(attribute.getKey(), attribute.getValue().toByteString());
        }
        String first = known.putIfAbsent(
                new Computation(node.getOp(), node.getDevice(), List.copyOf(node.getInputList()), attributes),
                node.getName());
        if (first != null) {
            same.put(node.getName(), first);
        }
    }

    private static boolean isPure(NodeDef.Builder node) {
        return !node.getOp().equals("Placeholder")
                && OpDefinitions.find(node.getOp())
                        .filter(found -> !found.getIsStateful())
                        .isPresent();
    }
}
