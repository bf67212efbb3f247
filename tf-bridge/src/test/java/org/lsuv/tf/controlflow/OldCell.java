package org.lsuv.tf.controlflow;

import static org.lsuv.tf.nodes.TestNodes.binary;
import static org.lsuv.tf.nodes.TestNodes.node;
import static org.lsuv.tf.nodes.TestNodes.scalar;
import static org.lsuv.tf.nodes.TestNodes.unary;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Lists the cells of TensorFlow 1, which {@link OldRecurrentLayer} runs. */
enum OldCell {
    RNN,
    GRU,
    LSTM;

    private static final DataType FLOAT = DataType.DT_FLOAT;
    private static final String IN = "rnn/while/";

    /** Returns what the values of the state are called. */
    List<String> states() {
        return this == LSTM ? List.of("c", "h") : List.of("h");
    }

    /** Returns the numbers of gates of the kernels by their names. */
    Map<String, Integer> gates() {
        return switch (this) {
            case RNN -> Map.of("cell", 1);
            case GRU -> Map.of("gates", 2, "content", 1);
            case LSTM -> Map.of("cell", 4);
        };
    }

    /** Adds the nodes of one cell. */
    void addTo(OldLoop loop) {
        constants(loop);
        addTo(loop, "", IN + "x");
    }

    /**
     * Adds the nodes of cells, each of which reads what the one before gives, the first one {@code rnn/while/x}.
     *
     * @param prefixes begin what is called after each cell, such as its state; none for the last one
     */
    void addTo(OldLoop loop, List<String> prefixes) {
        constants(loop);
        String input = IN + "x";
        for (String prefix : prefixes) {
            addTo(loop, prefix, input);
            input = IN + "new_" + prefix + "h";
        }
    }

    private static void constants(OldLoop loop) {
        loop.alone(OldLoop.integer(IN + "axis", 1)).alone(scalar(IN + "whole", 1));
    }

    private void addTo(OldLoop loop, String prefix, String x) {
        switch (this) {
            case RNN -> basicRnn(loop, prefix, x);
            case GRU -> gru(loop, prefix, x);
            case LSTM -> basicLstm(loop, prefix, x);
        }
    }

    private static NodeDef matMul(String name, String one, String other) {
        return node("MatMul", name, List.of(one, other), "T", FLOAT);
    }

    /** Adds tanh(x·W + h·R + b). */
    static void elman(OldLoop loop) {
        loop.add(
                matMul("rnn/while/own", "rnn/while/x", "rnn/while/kernel"),
                matMul("rnn/while/past", "rnn/while/h", "rnn/while/recurrent"),
                binary("AddV2", "rnn/while/sum", "rnn/while/own", "rnn/while/past"),
                binary("BiasAdd", "rnn/while/biased", "rnn/while/sum", "rnn/while/bias"),
                unary("Tanh", "rnn/while/new_h", "rnn/while/biased"));
    }

    /** Adds {@code [one, other]·kernel + bias}, called {@code name}, which reads the weights {@code name_kernel} and so on. */
    private static void joint(OldLoop loop, String name, String one, String other) {
        loop.add(
                node(
                        "ConcatV2",
                        name + "/joint",
                        List.of(one, other, IN + "axis"),
                        "T",
                        FLOAT,
                        "Tidx",
                        DataType.DT_INT32,
                        "N",
                        2),
                matMul(name + "/product", name + "/joint", name + "_kernel"),
                binary("BiasAdd", name, name + "/product", name + "_bias"));
    }

    private static NodeDef split(String name, String value, int parts) {
        return node("Split", name, List.of(IN + "axis", value), "T", FLOAT, "num_split", parts);
    }

    /** Adds {@code BasicRNNCell}. */
    private static void basicRnn(OldLoop loop, String prefix, String x) {
        String in = IN + prefix;
        joint(loop, in + "cell", x, in + "h");
        loop.add(unary("Tanh", IN + "new_" + prefix + "h", in + "cell"));
    }

    /** Adds {@code GRUCell}: one kernel for the gates r and u, and one for the content. */
    private static void gru(OldLoop loop, String prefix, String x) {
        String in = IN + prefix;
        joint(loop, in + "gates", x, in + "h");
        loop.add(
                unary("Sigmoid", in + "open", in + "gates"),
                split(in + "split", in + "open", 2),
                binary("Mul", in + "reset", in + "split", in + "h"));
        joint(loop, in + "content", x, in + "reset");
        loop.add(
                unary("Tanh", in + "shown", in + "content"),
                binary("Mul", in + "kept", in + "split:1", in + "h"),
                binary("Sub", in + "rest", IN + "whole", in + "split:1"),
                binary("Mul", in + "added", in + "rest", in + "shown"),
                binary("AddV2", IN + "new_" + prefix + "h", in + "kept", in + "added"));
    }

    /** Adds {@code BasicLSTMCell}: gates in the order i, c, f, o, and 1 added to f. */
    private static void basicLstm(OldLoop loop, String prefix, String x) {
        String in = IN + prefix;
        String cell = IN + "new_" + prefix + "c";
        joint(loop, in + "cell", x, in + "h");
        loop.add(
                split(in + "split", in + "cell", 4),
                binary("AddV2", in + "f", in + "split:2", IN + "whole"),
                unary("Sigmoid", in + "forget", in + "f"),
                binary("Mul", in + "kept", in + "c", in + "forget"),
                unary("Sigmoid", in + "enter", in + "split"),
                unary("Tanh", in + "content", in + "split:1"),
                binary("Mul", in + "added", in + "enter", in + "content"),
                binary("AddV2", cell, in + "kept", in + "added"),
                unary("Tanh", in + "seen", cell),
                unary("Sigmoid", in + "show", in + "split:3"),
                binary("Mul", IN + "new_" + prefix + "h", in + "seen", in + "show"));
    }
}
