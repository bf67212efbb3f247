package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.tensorflow.ndarray.Shape;

/**
 * Holds operands that broadcast against each other, with the axes of all in one order: that of the first one that
 * does not lie as in TensorFlow and whose number of dimensions is that of the result.
 *
 * @param order the order; empty for TensorFlow's own
 * @param values the operands
 */
record Aligned(Optional<Order> order, List<String> values) {
    Aligned {
        values = List.copyOf(values);
    }

    /** Aligns all operands. */
    static Aligned all(NodeExport node) {
        return of(node, IntStream.range(0, node.inputs()).toArray());
    }

    /** Aligns some operands. */
    static Aligned of(NodeExport node, int... inputs) {
        Optional<Order> order = order(node, inputs);
        List<String> values = new ArrayList<>();
        for (int input : inputs) {
            values.add(order.isPresent() ? value(node, input, order.get()) : node.in(input));
        }
        return new Aligned(order, values);
    }

    private static Optional<Order> order(NodeExport node, int... inputs) {
        int rank = 0;
        for (int input : inputs) {
            Shape shape = node.shape(input);
            if (shape.isUnknown()) {
                return Optional.empty();
            }
            rank = Math.max(rank, shape.numDimensions());
        }
        for (int input : inputs) {
            Optional<Order> order = node.order(input);
            if (order.isPresent() && order.get().rank() == rank) {
                return order;
            }
        }
        return Optional.empty();
    }

    /** Gives an operand of fewer dimensions those that the order moves behind its own. */
    private static String value(NodeExport node, int input, Order order) {
        int rank = node.rank(input);
        int missing = order.rank() - rank;
        if (missing == 0) {
            return node.in(input, order);
        }
        if (rank == 0) {
            return node.in(input);
        }
        List<Integer> own = new ArrayList<>();
        List<Long> added = new ArrayList<>();
        for (int i = 0; i < order.rank(); i++) {
            int axis = order.axes().get(i);
            if (axis >= missing) {
                own.add(axis - missing);
            } else if (!own.isEmpty()) {
                added.add((long) i);
            }
        }
        // Dimensions in front of its own come by broadcasting.
        int leading = missing - added.size();
        List<Long> axes = added.stream().map(axis -> axis - leading).toList();
        return node.unsqueeze(node.in(input, new Order(own)), axes);
    }

    /** Starts a node that takes the operands. */
    NodeDraft draft(NodeExport node, String operator) {
        return node.draft(operator, values.toArray(String[]::new));
    }

    /** Finishes the node of an operation, whose only result has the axes of the operands. */
    void give(NodeExport node, NodeDraft last) {
        if (order.isPresent()) {
            node.give(0, last, order.get());
        } else {
            node.give(last);
        }
    }
}
