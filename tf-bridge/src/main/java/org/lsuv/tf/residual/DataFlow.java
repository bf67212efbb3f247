package org.lsuv.tf.residual;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.proto.NodeDef;

/**
 * Holds the graph of a model as operations in execution order, with what reads what, and which values the data
 * has a say in.
 */
final class DataFlow {
    /** What these give depends on the sizes of their operands alone. */
    static final Set<String> SIZES = Set.of("Shape", "ShapeN", "Size", "Rank");

    private final List<NodeDef> nodes = new ArrayList<>();
    private final List<List<TensorRef>> inputs = new ArrayList<>();
    private final List<List<Integer>> readers = new ArrayList<>();
    private final Map<String, Integer> positions = new HashMap<>();
    private final BitSet data = new BitSet();
    private final Map<String, List<WeightedLayer>> layers = new HashMap<>();
    private final Map<String, String> weights = new HashMap<>();

    DataFlow(TfModel model) {
        for (NodeDef node : inOrder(model.graph().getNodeList())) {
            positions.put(node.getName(), nodes.size());
            nodes.add(node);
            readers.add(new ArrayList<>());
        }
        for (int node = 0; node < nodes.size(); node++) {
            List<TensorRef> tensors = nodes.get(node).getInputList().stream()
                    .filter(input -> !input.startsWith("^"))
                    .map(TensorRef::parse)
                    .toList();
            inputs.add(tensors);
            for (TensorRef tensor : tensors) {
                readers.get(position(tensor)).add(node);
            }
        }
        model.inputs().stream()
                .map(TfInput::tensor)
                .filter(input -> positions.containsKey(input.op()))
                .forEach(input -> data.set(position(input)));
        for (int node = 0; node < nodes.size(); node++) {
            if (!SIZES.contains(op(node)) && inputs.get(node).stream().anyMatch(this::isData)) {
                data.set(node);
            }
        }
        model.layers()
                .forEach(layer -> layers.computeIfAbsent(layer.linear().op(), key -> new ArrayList<>())
                        .add(layer));
        model.weights().values().forEach(weight -> weights.put(weight.tensor().op(), weight.name()));
    }

    /** Sorts operations; the edges that close old-style loops are left out of account. */
    private static List<NodeDef> inOrder(List<NodeDef> given) {
        Map<String, Integer> index = new HashMap<>();
        for (int i = 0; i < given.size(); i++) {
            index.put(given.get(i).getName(), i);
        }
        int[] missing = new int[given.size()];
        List<List<Integer>> readers = new ArrayList<>();
        given.forEach(node -> readers.add(new ArrayList<>()));
        for (int i = 0; i < given.size(); i++) {
            for (String input : given.get(i).getInputList()) {
                if (input.startsWith("^")) {
                    continue;
                }
                int from = index.getOrDefault(TensorRef.parse(input).op(), -1);
                if (from >= 0 && !given.get(from).getOp().equals("NextIteration")) {
                    readers.get(from).add(i);
                    missing[i]++;
                }
            }
        }
        Deque<Integer> ready = new ArrayDeque<>();
        for (int i = 0; i < missing.length; i++) {
            if (missing[i] == 0) {
                ready.add(i);
            }
        }
        List<NodeDef> ordered = new ArrayList<>();
        while (!ready.isEmpty()) {
            int node = ready.remove();
            ordered.add(given.get(node));
            for (int reader : readers.get(node)) {
                if (--missing[reader] == 0) {
                    ready.add(reader);
                }
            }
        }
        return ordered;
    }

    int size() {
        return nodes.size();
    }

    NodeDef node(int position) {
        return nodes.get(position);
    }

    String op(int position) {
        return nodes.get(position).getOp();
    }

    int position(TensorRef tensor) {
        Integer position = positions.get(tensor.op());
        if (position == null) {
            throw new IllegalArgumentException("the graph has no operation " + tensor.op());
        }
        return position;
    }

    List<TensorRef> inputs(int position) {
        return inputs.get(position);
    }

    /** Returns the operands that the data has a say in, in order. */
    List<TensorRef> dataInputs(int position) {
        return inputs.get(position).stream().filter(this::isData).toList();
    }

    List<Integer> readers(int position) {
        return readers.get(position);
    }

    /** Tells whether the data has a say in the values of a tensor, and not in its size alone. */
    boolean isData(TensorRef tensor) {
        return data.get(position(tensor));
    }

    boolean isData(int position) {
        return data.get(position);
    }

    /** Tells whether an operation gives an input of the model. */
    boolean isInput(int position) {
        return data.get(position) && dataInputs(position).isEmpty();
    }

    /** Returns the layers whose product an operation gives: usually none or one. */
    List<WeightedLayer> layers(int position) {
        return layers.getOrDefault(nodes.get(position).getName(), List.of());
    }

    /** Returns the name of the weight that an operation feeds, or null. */
    @Nullable String weight(int position) {
        return weights.get(nodes.get(position).getName());
    }
}
