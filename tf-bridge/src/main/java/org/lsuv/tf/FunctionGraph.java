package org.lsuv.tf;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.DataType;

/**
 * Holds a function under construction: a graph of its own, in which placeholders stand for the arguments.
 * Close it when the operation that calls the function is built.
 */
public final class FunctionGraph implements AutoCloseable {
    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final List<Output<?>> arguments = new ArrayList<>();

    /** Returns the builder of operations inside the function. */
    public Ops tf() {
        return tf;
    }

    /** Returns the graph of the function. */
    public Graph graph() {
        return graph;
    }

    /** Adds an argument, behind those that there are. */
    public Output<?> argument(DataType type, Shape shape) {
        Output<?> argument = graph.opBuilder("Placeholder", "argument" + arguments.size(), tf.scope())
                .setAttr("dtype", type)
                .setAttr("shape", shape)
                .build()
                .output(0);
        arguments.add(argument);
        return argument;
    }

    /** Adds an argument of the type and shape of a value outside. */
    public Output<?> argument(Operand<?> outside) {
        return argument(outside.asOutput().dataType(), outside.shape());
    }

    /** Returns the arguments in order. */
    public List<Output<?>> arguments() {
        return List.copyOf(arguments);
    }

    /** Puts the arguments in another order, with which the function is called. */
    public void reorder(List<Output<?>> order) {
        if (!Set.copyOf(order).equals(Set.copyOf(arguments)) || order.size() != arguments.size()) {
            throw new IllegalArgumentException("expected the arguments " + arguments + ", got " + order);
        }
        arguments.clear();
        arguments.addAll(order);
    }

    /** Makes the function that returns some values of this graph, in this order. */
    FunctionDefinition returning(List<? extends Operand<?>> results) {
        return FunctionDefinition.of(graph, arguments, results);
    }

    @Override
    public void close() {
        graph.close();
    }
}
