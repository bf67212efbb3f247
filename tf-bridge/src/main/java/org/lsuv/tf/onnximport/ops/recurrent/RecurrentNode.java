package org.lsuv.tf.onnximport.ops.recurrent;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Holds what the recurrent operators have in common, checked. The sequence is step × batch × input, whatever
 * the layout of the node.
 *
 * @param node the node
 * @param gates the number of gates, whose weights lie one behind the other
 * @param hidden the size of the state
 * @param directions the directions, in the order of the weights
 * @param batchFirst whether the node's sequences and states have the batch as their first axis
 * @param sequence X as step × batch × input
 * @param steps the number of steps
 * @param batch the number of rows
 * @param active step × batch: whether a step lies within its row's length; empty where all do
 */
record RecurrentNode(
        NodeContext node,
        int gates,
        long hidden,
        List<Direction> directions,
        boolean batchFirst,
        Operand<TNumber> sequence,
        Size steps,
        Size batch,
        Optional<Operand<TBool>> active) {
    static final int X = 0;
    static final int W = 1;
    static final int R = 2;
    static final int B = 3;
    static final int SEQUENCE_LENS = 4;
    static final int INITIAL_H = 5;
    static final int PEEPHOLES = 7;

    /** Says in which order the steps of a sequence are taken. */
    enum Direction {
        FORWARD,
        REVERSE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static RecurrentNode of(NodeContext node, int gates) {
        List<Direction> directions = directions(node);
        long layout = node.attributes().intOr("layout", 0);
        if (layout != 0 && layout != 1) {
            throw node.malformedAttribute("layout", "expected 0 or 1, got " + layout);
        }
        boolean batchFirst = layout == 1;
        long hidden = hidden(node);
        int count = directions.size();
        checkShape(node, X, -1, -1, -1);
        checkShape(node, W, count, gates * hidden, node.shape(X).get(2));
        checkShape(node, R, count, gates * hidden, hidden);
        checkShape(node, B, count, 2L * gates * hidden);
        long batch = node.shape(X).get(batchFirst ? 0 : 1);
        checkShape(node, SEQUENCE_LENS, batch);
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(X);
        Operand<TNumber> sequence = batchFirst ? tf.linalg.transpose(x, tf.constant(new int[] {1, 0, 2})) : x;
        Size steps = Size.of(tf, sequence, 0);
        Size rows = Size.of(tf, sequence, 1);
        return new RecurrentNode(
                node, gates, hidden, directions, batchFirst, sequence, steps, rows, active(node, steps));
    }

    private static List<Direction> directions(NodeContext node) {
        String direction = node.attributes().stringOr("direction", "forward");
        return switch (direction) {
            case "forward" -> List.of(Direction.FORWARD);
            case "reverse" -> List.of(Direction.REVERSE);
            case "bidirectional" -> List.of(Direction.FORWARD, Direction.REVERSE);
            default ->
                throw node.malformedAttribute(
                        "direction", "expected forward, reverse or bidirectional, got " + direction);
        };
    }

    private static long hidden(NodeContext node) {
        long stored = node.rank(R) == 3 ? node.shape(R).get(2) : Shape.UNKNOWN_SIZE;
        long hidden = node.attributes().intOr("hidden_size", stored);
        if (hidden == Shape.UNKNOWN_SIZE) {
            throw node.unsupported(
                    "the size of the state is not known: neither hidden_size nor the shape of R tell it");
        }
        if (hidden < 1 || hidden > Integer.MAX_VALUE) {
            throw node.malformedAttribute("hidden_size", "expected a positive size, got " + hidden);
        }
        return hidden;
    }

    /** Checks the sizes of an input, if it is there, as far as they are known. */
    static void checkShape(NodeContext node, int input, long... expected) {
        if (!node.has(input) && input > R) {
            return;
        }
        if (node.rank(input) != expected.length) {
            throw node.malformed("input \"" + node.node().input(input) + "\" must have " + expected.length
                    + " axes, but has " + node.rank(input));
        }
        Shape shape = node.shape(input);
        for (int axis = 0; axis < expected.length; axis++) {
            long size = shape.get(axis);
            if (size >= 0 && expected[axis] >= 0 && size != expected[axis]) {
                throw node.malformed("input \"" + node.node().input(input) + "\": expected size " + expected[axis]
                        + " along axis " + axis + ", got " + shape);
            }
        }
    }

    private static Optional<Operand<TBool>> active(NodeContext node, Size count) {
        if (!node.has(SEQUENCE_LENS)) {
            return Optional.empty();
        }
        Ops tf = node.tf();
        Operand<TInt32> lengths = NodeContext.cast(ElementTypes.as(tf, node.input(SEQUENCE_LENS), TInt32.class));
        Operand<TInt32> steps = tf.range(tf.constant(0), count.operand(), tf.constant(1));
        return Optional.of(node.inner(
                "active", tf.math.less(tf.expandDims(steps, tf.constant(1)), tf.expandDims(lengths, tf.constant(0)))));
    }

    /** Returns X·Wᵀ of all steps, as step × batch × gates, the directions one behind the other. */
    Operand<TNumber> project() {
        Ops tf = node.tf();
        Operand<TNumber> weights = node.input(W);
        Size inputs = sequence.shape().get(2) >= 0 ? Size.of(tf, sequence, 2) : Size.of(tf, weights, 2);
        Size outputs = Size.of(tf, gates * hidden * directions.size());
        Operand<TNumber> rows = tf.reshape(sequence, Size.vector(tf, List.of(Size.of(tf, -1), inputs)));
        Operand<TNumber> matrix = tf.reshape(weights, Size.vector(tf, List.of(outputs, inputs)));
        Operand<TNumber> product = tf.linalg.matMul(rows, matrix, MatMul.transposeB(true));
        return tf.reshape(product, Size.vector(tf, List.of(steps, batch, outputs)));
    }

    /** Returns the initial state of a direction, as batch × state; zeros where the node has none. */
    Operand<TNumber> initialState(int state, int direction) {
        Ops tf = node.tf();
        int input = INITIAL_H + state;
        if (!node.has(input)) {
            Operand<TInt32> shape = Size.vector(tf, List.of(batch, Size.of(tf, hidden)));
            return tf.fill(shape, ElementTypes.scalar(tf, sequence, 0));
        }
        long count = directions.size();
        long rows = sequence.shape().get(1);
        checkShape(node, input, batchFirst ? rows : count, batchFirst ? count : rows, hidden);
        Operand<TNumber> all = node.input(input);
        return tf.gather(all, tf.constant(direction), tf.constant(batchFirst ? 1 : 0));
    }

    /** Returns step × direction × batch × state in the layout of the node. */
    Operand<TNumber> fromTimeMajor(Operand<TNumber> y) {
        Ops tf = node.tf();
        return batchFirst ? tf.linalg.transpose(y, tf.constant(new int[] {2, 0, 1, 3})) : y;
    }
}
