package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
final class RecurrentOps {
    private RecurrentOps() {}

    static void addTo(OpRegistry.Table ops) {
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
        List<RecurrentLoop.Result> results = new ArrayList<>();
        for (int i = 0; i < layer.directions().size(); i++) {
            RecurrentWeights weights = RecurrentWeights.of(layer, i);
            RecurrentCell cell = cells.create(weights, functions.get(i));
            Operand<TNumber> gates =
                    project(layer, weights, cell, layer.directions().get(i));
            results.add(new RecurrentLoop(layer, cell, i, gates).run(states));
        }
        return outputs(layer, states, results);
    }

    /**
     * Multiplies all steps with the input weights at once, which gives step × batch × gates, and adds the
     * biases that only add to it.
     */
    private static Operand<TNumber> project(
            RecurrentNode layer, RecurrentWeights weights, RecurrentCell cell, RecurrentNode.Direction direction) {
        NodeContext node = layer.node();
        Ops tf = node.tf();
        Operand<TNumber> linear = node.inner("linear/" + direction, layer.project(weights.input()));
        Optional<Operand<TNumber>> bias = cell.inputBias(tf);
        return node.inner(
                "gates/" + direction, bias.isPresent() ? NodeContext.cast(tf.math.add(linear, bias.get())) : linear);
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
