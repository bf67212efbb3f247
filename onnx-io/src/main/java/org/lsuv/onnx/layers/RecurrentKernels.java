package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsuv.onnx.OnnxNode;

/** Describes the weights of a recurrent operator: directions × (gates · hidden) × inputs of the product. */
final class RecurrentKernels {
    private static final Map<String, List<String>> GATES =
            Map.of("RNN", List.of(""), "GRU", List.of("z", "r", "h"), "LSTM", List.of("i", "o", "f", "c"));

    private final List<String> gates;
    private final List<String> directions;

    private RecurrentKernels(List<String> gates, List<String> directions) {
        this.gates = gates;
        this.directions = directions;
    }

    /** Returns what describes the weights of a recurrent operator; empty for others. */
    static Optional<RecurrentKernels> of(OnnxNode node) {
        if (!node.domain().isEmpty() || !GATES.containsKey(node.opType())) {
            return Optional.empty();
        }
        String direction = node.attributes().stringOr("direction", "forward");
        List<String> directions =
                direction.equals("bidirectional") ? List.of("forward", "reverse") : List.of(direction);
        return Optional.of(new RecurrentKernels(GATES.getOrDefault(node.opType(), List.of()), directions));
    }

    /** Returns the layout of W or R; empty where its shape does not fit the operator. */
    Optional<KernelLayout> layout(List<Long> shape) {
        boolean fits = shape.size() == 3
                && !shape.contains(0L)
                && shape.get(0) == directions.size()
                && shape.get(1) % gates.size() == 0;
        if (!fits) {
            return Optional.empty();
        }
        List<Long> view = List.of(shape.get(0), (long) gates.size(), shape.get(1) / gates.size(), shape.get(2));
        return Optional.of(new KernelLayout(view, List.of(0, 1), List.of(3), List.of(2), List.of(0, 1, 2)));
    }

    /** Returns how the gates of all directions lie in the pre-activations of all steps. */
    OutputChannels channels(KernelLayout layout) {
        long hidden = layout.fanOut();
        List<OutputChannels.Block> blocks = new ArrayList<>();
        for (String direction : directions) {
            for (String gate : gates) {
                long from = blocks.size() * hidden;
                blocks.add(new OutputChannels.Block((direction + " " + gate).strip(), from, from + hidden));
            }
        }
        OptionalInt axis = OptionalInt.of(-1);
        return blocks.size() == 1 ? OutputChannels.together(axis, hidden) : new OutputChannels(axis, blocks);
    }
}
