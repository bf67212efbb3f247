package org.lsuv.tf.onnximport.ops.recurrent;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.family.TNumber;

/** Computes H = f(X·Wᵀ + H·Rᵀ + b). */
record RnnCell(RecurrentWeights weights, CellActivations activations) implements RecurrentCell {

    @Override
    public Optional<Operand<TNumber>> inputBias(Ops tf) {
        return weights.bias(tf);
    }

    @Override
    public List<Operand<TNumber>> constants(Ops tf) {
        return List.of(weights.recurrent());
    }

    @Override
    public List<Operand<TNumber>> next(
            Ops tf, Operand<TNumber> projected, List<Operand<TNumber>> state, List<Operand<TNumber>> constants) {
        Operand<TNumber> recurrent = tf.linalg.matMul(state.get(0), constants.get(0), MatMul.transposeB(true));
        return List.of(activations.gate(tf, 0, tf.math.add(projected, recurrent)));
    }
}
