package org.lsuv.tf.residual;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/** Holds the operations between a fork and what is made from it. */
final class Region {
    private final DataFlow flow;
    private final TensorRef end;
    private final List<Integer> nodes = new ArrayList<>();
    private final Set<Integer> members = new HashSet<>();

    Region(DataFlow flow, TensorRef fork, TensorRef end) {
        this.flow = flow;
        this.end = end;
        int first = flow.position(fork);
        TreeSet<Integer> above = new TreeSet<>();
        Deque<Integer> open = new ArrayDeque<>();
        if (!end.equals(fork)) {
            open.add(flow.position(end));
        }
        while (!open.isEmpty()) {
            int node = open.remove();
            if (node >= first && above.add(node)) {
                flow.dataInputs(node).stream()
                        .filter(input -> !input.equals(fork))
                        .map(flow::position)
                        .forEach(open::add);
            }
        }
        for (int node : above) {
            if (flow.dataInputs(node).stream()
                    .anyMatch(input -> input.equals(fork) || members.contains(flow.position(input)))) {
                members.add(node);
                nodes.add(node);
            }
        }
    }

    /** Returns the operations, in execution order. */
    List<Integer> nodes() {
        return nodes;
    }

    boolean contains(int node) {
        return members.contains(node);
    }

    /** Returns the layers inside, in execution order. */
    List<WeightedLayer> layers() {
        return nodes.stream().flatMap(node -> flow.layers(node).stream()).toList();
    }

    /** Returns the operations behind the last layers, the last first, and those that give these layers' products. */
    Tail tail() {
        List<Integer> behind = new ArrayList<>();
        List<Integer> products = new ArrayList<>();
        TreeSet<Integer> open = new TreeSet<>();
        open.add(flow.position(end));
        while (!open.isEmpty()) {
            int node = open.pollLast();
            if (!members.contains(node)) {
                continue;
            }
            if (!flow.layers(node).isEmpty()) {
                products.add(node);
                continue;
            }
            behind.add(node);
            flow.dataInputs(node).forEach(input -> open.add(flow.position(input)));
        }
        return new Tail(behind, products);
    }

    /**
     * Holds the end of a region.
     *
     * @param behind the operations behind the last layers, the last first
     * @param products the operations that give the last layers' products, the last first
     */
    record Tail(List<Integer> behind, List<Integer> products) {}

    /** Tells whether a layer elsewhere reads what is made inside, other than through one operation. */
    boolean escapes(int except) {
        Set<Integer> seen = new HashSet<>();
        Deque<Integer> open = new ArrayDeque<>();
        for (int node : nodes) {
            flow.readers(node).stream()
                    .filter(reader -> !members.contains(reader))
                    .forEach(open::add);
        }
        while (!open.isEmpty()) {
            int node = open.remove();
            if (node == except || members.contains(node) || !flow.isData(node) || !seen.add(node)) {
                continue;
            }
            if (!flow.layers(node).isEmpty()) {
                return true;
            }
            open.addAll(flow.readers(node));
        }
        return false;
    }
}
