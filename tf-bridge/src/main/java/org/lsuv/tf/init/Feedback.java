package org.lsuv.tf.init;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.proto.NodeDef;

/** Finds weights that are used again on what they gave before, alone or with others: an unrolled recurrence. */
final class Feedback {
    private final Map<String, List<String>> readers = new HashMap<>();

    private Feedback(TfModel model) {
        for (NodeDef node : model.graph().getNodeList()) {
            for (String input : node.getInputList()) {
                if (!input.startsWith("^")) {
                    readers.computeIfAbsent(TensorRef.parse(input).op(), key -> new ArrayList<>())
                            .add(node.getName());
                }
            }
        }
    }

    /** Returns the weights of each such circle; those that are in none are left out. */
    static List<List<LayerGroup>> circles(TfModel model, List<LayerGroup> groups) {
        List<LayerGroup> tied =
                groups.stream().filter(group -> group.uses().size() > 1).toList();
        return tied.isEmpty() ? List.of() : new Feedback(model).circles(tied);
    }

    private List<List<LayerGroup>> circles(List<LayerGroup> tied) {
        Map<String, List<Integer>> users = new HashMap<>();
        for (int i = 0; i < tied.size(); i++) {
            for (WeightedLayer use : tied.get(i).uses()) {
                users.computeIfAbsent(use.linear().op(), key -> new ArrayList<>())
                        .add(i);
            }
        }
        List<BitSet> reached =
                tied.stream().map(group -> reachedFrom(group, users)).toList();
        List<List<LayerGroup>> circles = new ArrayList<>();
        BitSet taken = new BitSet();
        for (int i = 0; i < tied.size(); i++) {
            if (!taken.get(i) && reached.get(i).get(i)) {
                List<LayerGroup> circle = new ArrayList<>();
                for (int j = i; j < tied.size(); j++) {
                    if (reached.get(i).get(j) && reached.get(j).get(i)) {
                        circle.add(tied.get(j));
                        taken.set(j);
                    }
                }
                circles.add(circle);
            }
        }
        return circles;
    }

    /** Returns which weights have a use behind one of a weight. */
    private BitSet reachedFrom(LayerGroup group, Map<String, List<Integer>> users) {
        BitSet reached = new BitSet();
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>();
        group.uses().forEach(use -> open.add(use.linear().op()));
        while (!open.isEmpty()) {
            for (String reader : readers.getOrDefault(open.remove(), List.of())) {
                if (seen.add(reader)) {
                    users.getOrDefault(reader, List.of()).forEach(reached::set);
                    open.add(reader);
                }
            }
        }
        return reached;
    }
}
