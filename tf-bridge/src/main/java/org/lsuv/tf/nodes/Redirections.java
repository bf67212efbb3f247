package org.lsuv.tf.nodes;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/**
 * Collects which tensors are to be read in place of others, and then changes all readers at once; what waits for the
 * maker of one waits for that of the other.
 */
public final class Redirections {
    private final Map<TensorRef, TensorRef> targets = new HashMap<>();

    /** Lets what reads a tensor read another one. */
    public void put(TensorRef from, TensorRef to) {
        targets.put(from, to);
    }

    boolean isEmpty() {
        return targets.isEmpty();
    }

    /** Returns what is read in the end. */
    TensorRef resolve(TensorRef tensor) {
        TensorRef current = tensor;
        Set<TensorRef> seen = null;
        for (TensorRef next = targets.get(current); next != null; next = targets.get(current)) {
            if (seen == null) {
                seen = new HashSet<>();
            }
            if (!seen.add(next)) {
                return current;
            }
            current = next;
        }
        return current;
    }

    /** Returns a graph in which everything reads what it should. */
    public NodeGraph apply(NodeGraph graph) {
        if (targets.isEmpty()) {
            return graph;
        }
        Map<String, NodeDef> nodes = new LinkedHashMap<>();
        graph.nodes().forEach((name, node) -> nodes.put(name, apply(node)));
        List<TensorRef> results = graph.results().stream().map(this::resolve).toList();
        return graph.with(nodes, results);
    }

    private NodeDef apply(NodeDef node) {
        NodeDef.Builder changed = node.toBuilder().clearInput();
        boolean same = true;
        for (String input : node.getInputList()) {
            boolean control = NodeGraph.isControl(input);
            TensorRef from = control ? new TensorRef(input.substring(1), 0) : TensorRef.parse(input);
            TensorRef to = resolve(from);
            if (to.equals(from)) {
                changed.addInput(input);
                continue;
            }
            same = false;
            if (!control) {
                changed.addInput(to.toString());
            } else if (!to.op().equals(NodeGraph.ARGUMENT)) {
                changed.addInput("^" + to.op());
            }
        }
        return same ? node : changed.build();
    }
}
