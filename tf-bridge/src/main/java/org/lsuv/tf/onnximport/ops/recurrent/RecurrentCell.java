package org.lsuv.tf.onnximport.ops.recurrent;

import java.util.List;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Split;
import org.tensorflow.types.family.TNumber;

/**
 * Computes one step of a recurrent operator in one direction. A step is built in the graph of the loop's
 * body, where nothing of the graph around is at hand but what {@link #constants} asks for.
 */
interface RecurrentCell {

    /** Returns the bias that is added to the projected input, for all steps at once. */
    Optional<Operand<TNumber>> inputBias(Ops tf);

    /** Returns what a step needs besides the state: values that are the same in all steps. */
    List<Operand<TNumber>> constants(Ops tf);

    /**
     * Builds a step.
     *
     * @param tf the builder of the loop's body
     * @param projected the projected input of this step with its bias, as batch × gates
     * @param state the state, as batch × hidden; the output first
     * @param constants the constants, as values of the loop's body
     * @return the next state
     */
    List<Operand<TNumber>> next(
            Ops tf, Operand<TNumber> projected, List<Operand<TNumber>> state, List<Operand<TNumber>> constants);

    /** Splits batch × gates by gate. */
    static List<Operand<TNumber>> gates(Ops tf, Operand<TNumber> value, long count) {
        Split<TNumber> split = tf.split(tf.constant(1), value, count);
        return split.output().stream().<Operand<TNumber>>map(output -> output).toList();
    }
}
