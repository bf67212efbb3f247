package org.lsuv.tf.onnximport.ops.recurrent;

import java.util.Optional;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Dims;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/**
 * Holds the weights of one direction of a recurrent operator, besides those of its input.
 *
 * @param hidden the size of the state
 * @param recurrent gates × state
 * @param inputBias what is added to the product of the input weights, by gate
 * @param recurrentBias what is added to the product of the recurrent weights, by gate
 * @param peepholes what gates get of the cell state, for three gates
 */
record RecurrentWeights(
        long hidden,
        Operand<TNumber> recurrent,
        Optional<Operand<TNumber>> inputBias,
        Optional<Operand<TNumber>> recurrentBias,
        Optional<Operand<TNumber>> peepholes) {

    static RecurrentWeights of(RecurrentNode layer, int direction) {
        NodeContext node = layer.node();
        Ops tf = node.tf();
        long rows = layer.gates() * layer.hidden();
        long hidden = layer.hidden();
        Optional<Operand<TNumber>> bias = of(node, RecurrentNode.B, direction);
        return new RecurrentWeights(
                hidden,
                Dims.known(tf, Dims.element(tf, node.input(RecurrentNode.R), direction), new long[] {rows, hidden}),
                bias.map(both -> slice(tf, both, 0, rows)),
                bias.map(both -> slice(tf, both, rows, 2 * rows)),
                of(node, RecurrentNode.PEEPHOLES, direction));
    }

    private static Optional<Operand<TNumber>> of(NodeContext node, int input, int direction) {
        return node.<TNumber>optional(input).map(all -> Dims.element(node.tf(), all, direction));
    }

    /** Returns some rows, or some elements of a list. */
    static Operand<TNumber> slice(Ops tf, Operand<TNumber> value, long from, long to) {
        return tf.stridedSlice(
                value, tf.constant(new long[] {from}), tf.constant(new long[] {to}), tf.constant(new long[] {1}));
    }

    /** Returns the sum of both biases. */
    Optional<Operand<TNumber>> bias(Ops tf) {
        return inputBias.map(bias -> tf.math.add(bias, recurrentBias.orElseThrow()));
    }
}
