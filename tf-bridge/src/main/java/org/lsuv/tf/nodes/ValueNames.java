package org.lsuv.tf.nodes;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.lsuv.tf.OpDefinitions;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Names values as their author would: calls of functions have left {@code StatefulPartitionedCall/} and the like in
 * the names of operations, which say nothing and are left out where the rest is still unique.
 */
public final class ValueNames {
    private static final Pattern CALLS = Pattern.compile("(?<=^|/)(?:Stateful)?PartitionedCall(?:_\\d+)?/");
    private static final Pattern FIRST_CALLS = Pattern.compile("^(?:(?:Stateful)?PartitionedCall(?:_\\d+)?/)*");

    private ValueNames() {}

    /** Returns a name without what calls of functions have put into it. */
    public static String withoutCalls(String name) {
        return CALLS.matcher(name).replaceAll("");
    }

    /**
     * Returns short names of nodes, by their own: without any calls, or where another node has that name, without those
     * at the start.
     */
    public static Map<String, String> shortNames(Iterable<String> names) {
        Set<String> taken = new HashSet<>();
        names.forEach(taken::add);
        Map<String, String> result = new LinkedHashMap<>();
        for (String name : names) {
            String shortest = withoutCalls(name);
            String start = FIRST_CALLS.matcher(name).replaceFirst("");
            String chosen = shortest.equals(name) || taken.add(shortest) ? shortest : taken.add(start) ? start : name;
            result.put(name, chosen);
        }
        return result;
    }

    /** Returns the values of a graph by name: the first output of a node is called as the node, the second {@code node:1}. */
    public static Map<String, TensorRef> of(NodeGraph graph) {
        Map<String, String> shortened = shortNames(graph.nodes().keySet());
        Map<String, TensorRef> values = new LinkedHashMap<>();
        for (NodeDef node : graph.nodes().values()) {
            if (node.getOp().equals("Placeholder")) {
                continue;
            }
            String name = shortened.getOrDefault(node.getName(), node.getName());
            List<TensorRef> tensors = new ArrayList<>();
            int count = OpDefinitions.outputs(OpDefinitions.get(node.getOp()), node);
            for (int i = 0; i < count; i++) {
                tensors.add(new TensorRef(node.getName(), i));
            }
            tensors.stream()
                    .filter(tensor -> isReadable(TensorTypes.of(graph, tensor)))
                    .forEach(tensor -> values.put(tensor.index() == 0 ? name : name + ":" + tensor.index(), tensor));
        }
        return values;
    }

    private static boolean isReadable(DataType type) {
        return switch (type) {
            case DT_RESOURCE, DT_VARIANT, DT_INVALID -> false;
            default -> true;
        };
    }
}
