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
 * Computes a gated recurrent unit: gates z (update), r (reset) and h (hidden), in this order.
 *
 * @param linearBeforeReset whether r multiplies the product with the recurrent weights and their bias,
 *     instead of the state in front of it
 */
record GruCell(RecurrentWeights weights, CellActivations activations, boolean linearBeforeReset)
        implements RecurrentCell {
    private static final int GATE = 0;
    private static final int HIDDEN = 1;

    /** The recurrent bias of the hidden gate is no part of it where r multiplies that bias. */
    @Override
    public Optional<Operand<TNumber>> inputBias(Ops tf) {
        if (!linearBeforeReset) {
            return weights.bias(tf);
        }
        return weights.inputBias().map(bias -> {
            Operand<TNumber> gates =
                    RecurrentWeights.slice(tf, weights.recurrentBias().orElseThrow(), 0, 2 * weights.hidden());
            Operand<TNumber> zeros =
                    tf.fill(tf.constant(new long[] {weights.hidden()}), ElementTypes.scalar(tf, bias, 0));
            return tf.math.add(bias, tf.concat(List.of(gates, zeros), tf.constant(0)));
        });
    }

    @Override
    public List<Operand<TNumber>> constants(Ops tf) {
        List<Operand<TNumber>> constants = new ArrayList<>();
        long rows = 2 * weights.hidden();
        long end = rows + weights.hidden();
        if (linearBeforeReset) {
            constants.add(weights.recurrent());
            weights.recurrentBias().ifPresent(bias -> constants.add(RecurrentWeights.slice(tf, bias, rows, end)));
        } else {
            constants.add(RecurrentWeights.slice(tf, weights.recurrent(), 0, rows));
            constants.add(RecurrentWeights.slice(tf, weights.recurrent(), rows, end));
        }
        return constants;
    }

    @Override
    public List<Operand<TNumber>> next(
            Ops tf, Operand<TNumber> projected, List<Operand<TNumber>> state, List<Operand<TNumber>> constants) {
        Operand<TNumber> previous = state.get(0);
        List<Operand<TNumber>> inputs = RecurrentCell.gates(tf, projected, 3);
        List<Operand<TNumber>> products = RecurrentCell.gates(
                tf, tf.linalg.matMul(previous, constants.get(0), MatMul.transposeB(true)), linearBeforeReset ? 3 : 2);
        Operand<TNumber> update = activations.gate(tf, GATE, tf.math.add(inputs.get(0), products.get(0)));
        Operand<TNumber> reset = activations.gate(tf, GATE, tf.math.add(inputs.get(1), products.get(1)));
        Operand<TNumber> recurrent;
        if (linearBeforeReset) {
            Operand<TNumber> product = products.get(2);
            recurrent = tf.math.mul(reset, constants.size() == 2 ? tf.math.add(product, constants.get(1)) : product);
        } else {
            recurrent = tf.linalg.matMul(tf.math.mul(reset, previous), constants.get(1), MatMul.transposeB(true));
        }
        Operand<TNumber> hidden = activations.gate(tf, HIDDEN, tf.math.add(inputs.get(2), recurrent));
        Operand<TNumber> one = ElementTypes.scalar(tf, update, 1);
        return List.of(tf.math.add(tf.math.mul(tf.math.sub(one, update), hidden), tf.math.mul(update, previous)));
    }
}
