package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.lsuv.onnx.layers.OutputChannels;

/**
 * Tells how the channels of a recurrent layer's product are divided, in the order of Keras or of TensorFlow 1.
 *
 * @param operator what the layer is called
 * @param channels the channels, a block a gate
 */
record Gates(String operator, OutputChannels channels) {

    /**
     * Divides channels by the size of the state.
     *
     * @param state the number of values of the state, of which each gate has as many
     * @param step what the loop does with the product
     */
    static Gates of(long channels, long state, RecurrentStep step) {
        List<String> names = names(channels / state, step);
        List<OutputChannels.Block> blocks = new ArrayList<>();
        for (String name : names) {
            long from = blocks.size() * state;
            blocks.add(new OutputChannels.Block(name, from, from + state));
        }
        return new Gates(operator(names.size(), step.reset()), new OutputChannels(OptionalInt.of(-1), blocks));
    }

    private static String operator(int gates, boolean reset) {
        return switch (gates) {
            case 2, 3 -> "GRU";
            case 4 -> "LSTM";
            default -> reset ? "GRU" : "RNN";
        };
    }

    /** The cells of TensorFlow 1 have an LSTM's content second, and the gates of a GRU apart from its content. */
    private static List<String> names(long gates, RecurrentStep step) {
        if (gates == 1) {
            return List.of("");
        } else if (gates == 2) {
            return List.of("r", "z");
        } else if (gates == 3) {
            return List.of("z", "r", "h");
        } else if (gates == 4) {
            return step.content().equals(OptionalInt.of(1)) ? List.of("i", "c", "f", "o") : List.of("i", "f", "c", "o");
        }
        List<String> numbered = new ArrayList<>();
        for (int i = 1; i <= gates; i++) {
            numbered.add(i + " of " + gates);
        }
        return numbered;
    }
}
