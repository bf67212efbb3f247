package org.lsuv.tf.onnximport.ops.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Dims;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Converts Scan: the body gets one slice of each scanned input a step. */
final class ScanConverter {
    private ScanConverter() {}

    /** Before version 9 all values had a batch axis in front, and sequences lengths of their own. */
    static List<Operand<?>> scan8(NodeContext node) {
        Ops tf = node.tf();
        int scanned = Math.toIntExact(node.attributes().requireInt("num_scan_inputs"));
        int states = node.inputCount() - 1 - scanned;
        if (scanned < 1 || states < 0) {
            throw node.malformedAttribute(
                    "num_scan_inputs", "is " + scanned + ", but the node has " + node.inputCount() + " inputs");
        }
        long[] directions = list(node, "directions", scanned);
        int batch = Math.toIntExact(node.rank(1) == 0 ? -1 : node.shape(1).get(0));
        if (batch < 1) {
            throw node.unsupported("before opset 9 the batch size must be known before the graph runs");
        }
        List<List<Operand<TType>>> all = new ArrayList<>();
        for (int b = 0; b < batch; b++) {
            List<Operand<?>> initial = new ArrayList<>();
            for (int i = 0; i < states; i++) {
                initial.add(Dims.element(tf, node.<TType>input(1 + i), b));
            }
            List<Operand<TType>> rows = new ArrayList<>();
            for (int i = 0; i < scanned; i++) {
                rows.add(Dims.element(tf, node.<TType>input(1 + states + i), b));
            }
            Operand<TInt64> size = Dims.size(tf, rows.get(0), 0);
            Operand<TInt64> steps = node.has(0) ? Dims.element(tf, node.<TInt64>input(0), b) : size;
            for (int i = 0; i < scanned; i++) {
                rows.set(i, directions[i] == 0 ? rows.get(i) : reversed(tf, rows.get(i), steps));
            }
            List<Operand<TType>> results = new ArrayList<>();
            iterate(node, initial, rows, steps).forEach(result -> results.add(NodeContext.cast(result)));
            for (int i = states; i < results.size() && node.has(0); i++) {
                results.set(i, padded(node, results.get(i), tf.math.sub(size, steps)));
            }
            all.add(results);
        }
        List<Operand<?>> stacked = new ArrayList<>();
        for (int i = 0; i < all.get(0).size(); i++) {
            int position = i;
            stacked.add(
                    tf.stack(all.stream().map(results -> results.get(position)).toList()));
        }
        return stacked;
    }

    /** Turns the first rows round, as many as there are steps. */
    private static Operand<TType> reversed(Ops tf, Operand<TType> rows, Operand<TInt64> steps) {
        Operand<TInt64> order = tf.range(tf.math.sub(steps, tf.constant(1L)), tf.constant(-1L), tf.constant(-1L));
        return tf.gather(rows, order, tf.constant(0));
    }

    private static Operand<TType> padded(NodeContext node, Operand<TType> rows, Operand<TInt64> missing) {
        Ops tf = node.tf();
        if (rows.shape().isUnknown()) {
            throw node.unsupported("the rank of what is scanned is not known before the graph runs");
        }
        List<Operand<TInt64>> widths = new ArrayList<>(List.of(tf.constant(0L), missing));
        for (int i = 2; i < 2 * rows.shape().numDimensions(); i++) {
            widths.add(tf.constant(0L));
        }
        Operand<TInt64> pairs = tf.reshape(tf.stack(widths), tf.constant(new int[] {-1, 2}));
        return tf.pad(rows, pairs, tf.zeros(tf.constant(new int[0]), rows.type()));
    }

    private static List<Operand<?>> iterate(
            NodeContext node, List<Operand<?>> initial, List<Operand<TType>> rows, Operand<TInt64> steps) {
        return new Iteration(node, "body", initial, false)
                .run(steps, node.tf().constant(true), (body, step, going, state) -> {
                    List<Operand<?>> inputs = new ArrayList<>(state);
                    Ops inside = body.function().tf();
                    for (Operand<TType> row : rows) {
                        Operand<TType> all = NodeContext.cast(body.capture(row));
                        inputs.add(inside.gather(all, step, inside.constant(0)));
                    }
                    return inputs;
                });
    }

    static List<Operand<?>> scan9(NodeContext node) {
        Ops tf = node.tf();
        int scanned = Math.toIntExact(node.attributes().requireInt("num_scan_inputs"));
        int states = node.inputCount() - scanned;
        if (scanned < 1 || states < 0) {
            throw node.malformedAttribute(
                    "num_scan_inputs", "is " + scanned + ", but the node has " + node.inputCount() + " inputs");
        }
        long[] inputAxes = list(node, "scan_input_axes", scanned);
        long[] inputDirections = list(node, "scan_input_directions", scanned);
        List<Operand<?>> initial = new ArrayList<>();
        for (int i = 0; i < states; i++) {
            initial.add(node.input(i));
        }
        List<Operand<TType>> rows = new ArrayList<>();
        for (int i = 0; i < scanned; i++) {
            int axis = axis(node, "scan_input_axes", inputAxes[i], node.rank(states + i));
            Operand<TType> front = moved(tf, node.input(states + i), axis, 0, node.rank(states + i));
            rows.add(inputDirections[i] != 0 ? tf.reverse(front, tf.constant(new int[] {0})) : front);
        }
        Operand<TInt64> steps = Dims.size(tf, rows.get(0), 0);
        List<Operand<?>> results = iterate(node, initial, rows, steps);
        return finished(node, results, states);
    }

    private static List<Operand<?>> finished(NodeContext node, List<Operand<?>> results, int states) {
        Ops tf = node.tf();
        int stacks = results.size() - states;
        long[] axes = list(node, "scan_output_axes", stacks);
        long[] directions = list(node, "scan_output_directions", stacks);
        List<Operand<?>> finished = new ArrayList<>(results.subList(0, states));
        for (int i = 0; i < stacks; i++) {
            Operand<TType> stacked = NodeContext.cast(results.get(states + i));
            Operand<TType> ordered = directions[i] != 0 ? tf.reverse(stacked, tf.constant(new int[] {0})) : stacked;
            if (axes[i] == 0) {
                finished.add(ordered);
                continue;
            }
            if (stacked.shape().isUnknown()) {
                throw node.unsupported("the rank of output " + (states + i) + " is not known before the graph runs");
            }
            int rank = stacked.shape().numDimensions();
            finished.add(moved(tf, ordered, 0, axis(node, "scan_output_axes", axes[i], rank), rank));
        }
        return finished;
    }

    private static long[] list(NodeContext node, String attribute, int length) {
        return node.attributes().ints(attribute, length).orElseGet(() -> new long[length]);
    }

    private static int axis(NodeContext node, String attribute, long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw node.malformedAttribute(attribute, "there is no axis " + axis + " in rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    private static Operand<TType> moved(Ops tf, Operand<TType> x, int from, int to, int rank) {
        if (from == to) {
            return x;
        }
        List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        order.add(to, order.remove(from));
        return tf.linalg.transpose(
                x, tf.constant(order.stream().mapToInt(i -> i).toArray()));
    }
}
