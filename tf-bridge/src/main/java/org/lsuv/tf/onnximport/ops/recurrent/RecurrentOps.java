package org.lsuv.tf.onnximport.ops.recurrent;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.family.TNumber;

/**
 * Converts recurrent layers. Versions differ in attributes alone: {@code output_sequence} until 6 said
 * whether Y may be left out, which its name says as well, and {@code linear_before_reset} (3) and {@code
 * layout} (14) have defaults that mean what there was before.
 */
public final class RecurrentOps {
    private RecurrentOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.many("RNN", 1, RecurrentOps::rnn);
        ops.many("GRU", 1, RecurrentOps::gru);
        ops.many("LSTM", 1, RecurrentOps::lstm);
    }

    private static List<Operand<?>> rnn(NodeContext node) {
        RecurrentNode layer = RecurrentNode.of(node, 1);
        return convert(layer, List.of("Tanh"), 1, RnnCell::new);
    }

    private static List<Operand<?>> gru(NodeContext node) {
        RecurrentNode layer = RecurrentNode.of(node, 3);
        boolean linearBeforeReset = node.attributes().flag("linear_before_reset");
        return convert(
                layer,
                List.of("Sigmoid", "Tanh"),
                1,
                (weights, activations) -> new GruCell(weights, activations, linearBeforeReset));
    }

    private static List<Operand<?>> lstm(NodeContext node) {
        RecurrentNode layer = RecurrentNode.of(node, 4);
        boolean coupled = node.attributes().flag("input_forget");
        return convert(
                layer,
                List.of("Sigmoid", "Tanh", "Tanh"),
                2,
                (weights, activations) -> new LstmCell(weights, activations, coupled));
    }

    private interface CellFactory {
        RecurrentCell create(RecurrentWeights weights, CellActivations activations);
    }

    private static List<Operand<?>> convert(
            RecurrentNode layer, List<String> activations, int states, CellFactory cells) {
        NodeContext node = layer.node();
        List<CellActivations> functions =
                CellActivations.of(node, activations, layer.directions().size());
        List<RecurrentCell> built = new ArrayList<>();
        for (int i = 0; i < layer.directions().size(); i++) {
            built.add(cells.create(RecurrentWeights.of(layer, i), functions.get(i)));
        }
        List<Operand<TNumber>> gates = project(layer, built);
        List<RecurrentLoop.Result> results = new ArrayList<>();
        for (int i = 0; i < built.size(); i++) {
            results.add(new RecurrentLoop(layer, built.get(i), i, gates.get(i)).run(states));
        }
        return outputs(layer, states, results);
    }

    /**
     * Multiplies all steps with the input weights of all directions at once and adds the biases that only add
     * to it. Returns step × batch × gates of each direction.
     */
    private static List<Operand<TNumber>> project(RecurrentNode layer, List<RecurrentCell> cells) {
        NodeContext node = layer.node();
        Ops tf = node.tf();
        Operand<TNumber> linear = node.linear(layer.project());
        List<Operand<TNumber>> biases =
                cells.stream().flatMap(cell -> cell.inputBias(tf).stream()).toList();
        Operand<TNumber> gates = linear;
        if (!biases.isEmpty()) {
            gates = tf.math.add(linear, node.inner("bias", together(tf, biases)));
        }
        Operand<TNumber> all = gates;
        node.inner(
                "gates",
                layer.active()
                        .map(active -> NodeContext.<TNumber>cast(tf.booleanMask(all, active)))
                        .orElse(all));
        return cells.size() == 1
                ? List.of(all)
                : tf.split(tf.constant(2), all, (long) cells.size()).output().stream()
                        .<Operand<TNumber>>map(part -> part)
                        .toList();
    }

    private static Operand<TNumber> together(Ops tf, List<Operand<TNumber>> biases) {
        return biases.size() == 1 ? biases.get(0) : tf.concat(biases, tf.constant(0));
    }

    private static List<Operand<?>> outputs(RecurrentNode layer, int states, List<RecurrentLoop.Result> results) {
        Ops tf = layer.node().tf();
        List<Operand<?>> outputs = new ArrayList<>();
        List<Operand<TNumber>> sequences =
                results.stream().flatMap(result -> result.sequence().stream()).toList();
        if (sequences.isEmpty()) {
            // Nobody reads Y, and the place is only held for the outputs behind it.
            outputs.add(results.get(0).states().get(0));
        } else {
            outputs.add(layer.fromTimeMajor(NodeContext.cast(tf.stack(sequences, Stack.axis(1L)))));
        }
        for (int i = 0; i < states; i++) {
            int state = i;
            List<Operand<TNumber>> last =
                    results.stream().map(result -> result.states().get(state)).toList();
            outputs.add(tf.stack(last, Stack.axis(layer.batchFirst() ? 1L : 0L)));
        }
        return outputs;
    }
}
