package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.lsuv.onnx.layers.OutputChannels;

/**
 * Tells how the channels of a recurrent layer's product are divided, in the order of Keras.
 *
 * @param operator what the layer is called
 * @param channels the channels, a block a gate
 */
record Gates(String operator, OutputChannels channels) {

    /**
     * Divides channels by the size of the state.
     *
     * @param state the number of values of the state, of which each gate has as many
     */
    static Gates of(long channels, long state) {
        List<String> names = names(channels / state);
        List<OutputChannels.Block> blocks = new ArrayList<>();
        for (String name : names) {
            long from = blocks.size() * state;
            blocks.add(new OutputChannels.Block(name, from, from + state));
        }
        return new Gates(operator(names.size()), new OutputChannels(OptionalInt.of(-1), blocks));
    }

    private static String operator(int gates) {
        return switch (gates) {
            case 3 -> "GRU";
            case 4 -> "LSTM";
            default -> "RNN";
        };
    }

    private static List<String> names(long gates) {
        if (gates == 1) {
            return List.of("");
        } else if (gates == 3) {
            return List.of("z", "r", "h");
        } else if (gates == 4) {
            return List.of("i", "f", "c", "o");
        }
        List<String> numbered = new ArrayList<>();
        for (int i = 1; i <= gates; i++) {
            numbered.add(i + " of " + gates);
        }
        return numbered;
    }
}
