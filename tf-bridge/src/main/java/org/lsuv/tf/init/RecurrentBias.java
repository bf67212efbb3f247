package org.lsuv.tf.init;

import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.WeightedLayer;

/**
 * Tells where a recurrent operator's stored bias holds what is added to the product of its input: B of ONNX's RNN, GRU
 * and LSTM holds for each direction the biases on the input, then those on the state.
 *
 * @param directions 1 or 2
 * @param rows the number of biases on the input of a direction
 */
record RecurrentBias(int directions, int rows) {

    /** Returns the layout of a layer's stored bias; empty for layers whose bias is added as it is stored. */
    static Optional<RecurrentBias> of(WeightedLayer layer, OnnxTensor stored) {
        int channels = Math.toIntExact(layer.kernel().channels());
        if (layer.recurrent().isEmpty() || stored.elementCount() != 2L * channels) {
            return Optional.empty();
        }
        int directions = Math.toIntExact(layer.weight().operandShape().get(0));
        int rows = channels / directions;
        long[] shape = stored.shape();
        // Stored any other way, transposed say, the halves lie elsewhere.
        return shape[shape.length - 1] == 2L * rows
                ? Optional.of(new RecurrentBias(directions, rows))
                : Optional.empty();
    }

    /**
     * Returns numbers for the biases on the input in the layout of what is stored, with 0 for those on the state.
     *
     * @param numbers one a channel, direction by direction
     */
    double[] onInput(double[] numbers) {
        double[] stored = new double[2 * numbers.length];
        for (int direction = 0; direction < directions; direction++) {
            System.arraycopy(numbers, direction * rows, stored, 2 * direction * rows, rows);
        }
        return stored;
    }
}
