package org.lsuv.tf.onnximport.ops;

import java.util.List;
import java.util.function.UnaryOperator;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/** Converts Softmax, LogSoftmax and Hardmax. */
public final class SoftmaxOps {
    /** oneDNN's softmax, which TensorFlow uses on the CPU, takes no more dimensions. */
    private static final int MAX_KERNEL_RANK = 5;

    private SoftmaxOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Softmax", 1, node -> asMatrix(node, node.tf().nn::softmax));
        ops.one("Softmax", 13, node -> alongAxis(node, node.tf().nn::softmax));
        ops.one("LogSoftmax", 1, node -> asMatrix(node, node.tf().nn::logSoftmax));
        ops.one("LogSoftmax", 13, node -> alongAxis(node, node.tf().nn::logSoftmax));
        ops.one("Hardmax", 1, node -> asMatrix(node, x -> hardmax(node.tf(), x)));
        ops.one("Hardmax", 13, node -> alongAxis(node, x -> hardmax(node.tf(), x)));
    }

    /** Before version 13 all dimensions from {@code axis} on form one row. */
    private static Operand<?> asMatrix(NodeContext node, UnaryOperator<Operand<TNumber>> rowwise) {
        return asMatrix(node, node.input(0), 1, rowwise);
    }

    /**
     * Applies a function to each row, as before version 13: all dimensions from the attribute {@code axis} on form one.
     *
     * @param defaultAxis the axis where the attribute is missing
     */
    public static Operand<TNumber> asMatrix(
            NodeContext node, Operand<TNumber> x, int defaultAxis, UnaryOperator<Operand<TNumber>> rowwise) {
        return byRows(node, x, Axes.attribute(node, 0, defaultAxis), rowwise);
    }

    private static Operand<TNumber> byRows(
            NodeContext node, Operand<TNumber> x, int axis, UnaryOperator<Operand<TNumber>> rowwise) {
        int rank = node.rank(0);
        if (axis == rank - 1 && rank <= MAX_KERNEL_RANK) {
            return rowwise.apply(x);
        }
        Ops tf = node.tf();
        Operand<TInt32> shape = tf.shape(x);
        Operand<TInt32> first = tf.constant(new int[] {0});
        Operand<TInt32> rows = tf.prod(tf.stridedSlice(shape, Indices.sliceTo(axis)), first);
        Operand<TInt32> columns = tf.prod(tf.stridedSlice(shape, Indices.sliceFrom(axis)), first);
        Operand<TNumber> matrix = tf.reshape(x, tf.stack(List.of(rows, columns)));
        return tf.reshape(rowwise.apply(matrix), shape);
    }

    private static Operand<?> alongAxis(NodeContext node, UnaryOperator<Operand<TNumber>> rowwise) {
        return alongAxis(node, node.input(0), rowwise);
    }

    /** Takes rows along {@code axis} of an operand with the shape of the node's first input. */
    public static Operand<TNumber> alongAxis(
            NodeContext node, Operand<TNumber> x, UnaryOperator<Operand<TNumber>> rowwise) {
        Ops tf = node.tf();
        int axis = Axes.attribute(node, 0, -1);
        int last = node.rank(0) - 1;
        if (axis == last) {
            return byRows(node, x, last, rowwise);
        }
        int[] swap = new int[last + 1];
        for (int i = 0; i <= last; i++) {
            swap[i] = i == axis ? last : i == last ? axis : i;
        }
        Operand<TInt32> order = tf.constant(swap);
        return tf.linalg.transpose(byRows(node, tf.linalg.transpose(x, order), last, rowwise), order);
    }

    /** Puts 1 where the first maximum of each row stands, 0 elsewhere. */
    private static Operand<TNumber> hardmax(Ops tf, Operand<TNumber> x) {
        Operand<TInt32> columns = tf.stridedSlice(tf.shape(x), Indices.at(-1));
        return tf.oneHot(
                tf.math.argMax(x, tf.constant(-1)),
                columns,
                ElementTypes.scalar(tf, x, 1),
                ElementTypes.scalar(tf, x, 0));
    }
}
