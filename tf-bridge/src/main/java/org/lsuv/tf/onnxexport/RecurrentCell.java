package org.lsuv.tf.onnxexport;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Describes a step of an ONNX recurrent operator (LSTM, GRU and RNN, since version 7 each).
 *
 * @param operator the operator
 * @param gates the gates in ONNX's order: i o f c, z r h
 * @param functions the activation functions in ONNX's order: f, g and for LSTM h
 * @param resetAfter whether a GRU multiplies by the reset gate behind the product with the state
 * @param item the place of the list that gives the input, among the operands of the loop
 * @param hidden the place of the hidden state
 * @param cell the place of an LSTM's cell state
 */
record RecurrentCell(
        String operator,
        List<Gate> gates,
        List<String> functions,
        boolean resetAfter,
        int item,
        int hidden,
        OptionalInt cell) {
    RecurrentCell {
        gates = List.copyOf(gates);
        functions = List.copyOf(functions);
    }

    /**
     * Holds the weights of a gate.
     *
     * @param input the matrix of the input
     * @param state the matrix of the state
     * @param inputBias what is added to the product with the input
     * @param stateBias what is added to the product with the state
     * @param shift a number that is added to each value of the gate, such as the forget bias of an LSTM; 0 where there
     *     is a bias of the state
     */
    record Gate(
            WeightPart input,
            WeightPart state,
            Optional<WeightPart> inputBias,
            Optional<WeightPart> stateBias,
            double shift) {}

    /** Returns the parts of weights that one operand of the operator is made of, a gate each. */
    List<WeightPart> inputs() {
        return gates.stream().map(Gate::input).toList();
    }

    /** Returns the parts of weights that the state is multiplied by, a gate each. */
    List<WeightPart> states() {
        return gates.stream().map(Gate::state).toList();
    }

    /** Returns the biases, those of the input first; empty for one that is not there. */
    List<Optional<WeightPart>> biases() {
        return Stream.concat(gates.stream().map(Gate::inputBias), gates.stream().map(Gate::stateBias))
                .toList();
    }

    /** Returns what a part of the biases is filled with where it is missing. */
    double shift(int part) {
        return part < gates.size() ? 0 : gates.get(part - gates.size()).shift();
    }

    /** Returns the number of values of a state. */
    long size() {
        return gates.get(0).state().width();
    }

    /** Returns the functions that the operator has where none are named. */
    List<String> defaults() {
        return switch (operator) {
            case "LSTM" -> List.of("Sigmoid", "Tanh", "Tanh");
            case "GRU" -> List.of("Sigmoid", "Tanh");
            default -> List.of("Tanh");
        };
    }
}
