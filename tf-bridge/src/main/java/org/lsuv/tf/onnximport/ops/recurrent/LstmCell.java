package org.lsuv.tf.onnximport.ops.recurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.family.TNumber;

/**
 * Computes a long short-term memory: gates i (input), o (output), f (forget) and c (cell), in this order.
 *
 * @param coupled whether the forget gate is 1 − i
 */
record LstmCell(RecurrentWeights weights, CellActivations activations, boolean coupled) implements RecurrentCell {
    private static final int GATE = 0;
    private static final int CELL = 1;
    private static final int OUTPUT = 2;

    @Override
    public Optional<Operand<TNumber>> inputBias(Ops tf) {
        return weights.bias(tf);
    }

    @Override
    public List<Operand<TNumber>> constants(Ops tf) {
        List<Operand<TNumber>> constants = new ArrayList<>();
        constants.add(weights.recurrent());
        weights.peepholes().ifPresent(constants::add);
        return constants;
    }

    @Override
    public List<Operand<TNumber>> next(
            Ops tf, Operand<TNumber> projected, List<Operand<TNumber>> state, List<Operand<TNumber>> constants) {
        Operand<TNumber> previous = state.get(1);
        Operand<TNumber> recurrent = tf.linalg.matMul(state.get(0), constants.get(0), MatMul.transposeB(true));
        List<Operand<TNumber>> gates = RecurrentCell.gates(tf, tf.math.add(projected, recurrent), 4);
        Operand<TNumber> input = activations.gate(tf, GATE, peep(tf, gates.get(0), constants, 0, previous));
        Operand<TNumber> forget = coupled
                ? tf.math.sub(ElementTypes.scalar(tf, input, 1), input)
                : activations.gate(tf, GATE, peep(tf, gates.get(2), constants, 2, previous));
        Operand<TNumber> candidate = activations.gate(tf, CELL, gates.get(3));
        Operand<TNumber> cell = tf.math.add(tf.math.mul(forget, previous), tf.math.mul(input, candidate));
        Operand<TNumber> output = activations.gate(tf, GATE, peep(tf, gates.get(1), constants, 1, cell));
        return List.of(tf.math.mul(output, activations.apply(tf, OUTPUT, cell)), cell);
    }

    /** Adds what a gate sees of the cell state; peepholes lie in the order i, o, f. */
    private Operand<TNumber> peep(
            Ops tf, Operand<TNumber> gate, List<Operand<TNumber>> constants, int position, Operand<TNumber> cell) {
        if (constants.size() == 1) {
            return gate;
        }
        long from = position * weights.hidden();
        Operand<TNumber> peephole = RecurrentWeights.slice(tf, constants.get(1), from, from + weights.hidden());
        return tf.math.add(gate, tf.math.mul(peephole, cell));
    }
}
