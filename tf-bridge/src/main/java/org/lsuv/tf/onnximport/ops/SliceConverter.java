package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Converts Slice. TensorFlow's strided slices count from the back and cut what lies outside as ONNX
 * does; what remains is to spread the bounds of the named axes over all axes.
 */
final class SliceConverter {
    private SliceConverter() {}

    static Operand<?> slice1(NodeContext node) {
        long[] starts = node.attributes().requireInts("starts");
        long[] ends = node.attributes().requireInts("ends");
        long[] axes = node.attributes()
                .ints("axes")
                .orElse(LongStream.range(0, starts.length).toArray());
        long[] steps = new long[starts.length];
        Arrays.fill(steps, 1);
        return slice(node, starts, ends, axes, steps);
    }

    static Operand<?> slice10(NodeContext node) {
        Optional<long[]> starts = constant(node, 1);
        Optional<long[]> ends = constant(node, 2);
        Optional<long[]> steps = constant(node, 4);
        long count = node.shape(1).size();
        if (count < 0 || (node.has(3) && constant(node, 3).isEmpty()) || (node.has(4) && steps.isEmpty())) {
            return computed(node);
        }
        long[] axes = constant(node, 3).orElse(LongStream.range(0, count).toArray());
        long[] strides = steps.orElse(LongStream.generate(() -> 1).limit(count).toArray());
        return starts.isPresent() && ends.isPresent()
                ? slice(node, starts.get(), ends.get(), axes, strides)
                : computedBounds(node, axes, strides);
    }

    private static Optional<long[]> constant(NodeContext node, int input) {
        return node.constant(input).map(tensor -> tensor.toLongs());
    }

    private static Operand<?> slice(NodeContext node, long[] starts, long[] ends, long[] axes, long[] steps) {
        int[] positions = positions(node, starts.length, axes, steps);
        if (ends.length != starts.length) {
            throw node.malformed("expected as many starts as ends, got " + starts.length + " and " + ends.length);
        }
        Operand<TInt64> begin = node.tf().constant(spread(node, 0, positions, starts));
        Operand<TInt64> end = node.tf().constant(spread(node, 0, positions, ends));
        return slice(node, begin, end, positions, steps);
    }

    private static int[] positions(NodeContext node, int count, long[] axes, long[] steps) {
        if (axes.length != count || steps.length != count) {
            throw node.malformed("expected as many starts, axes and steps, got " + count + ", " + axes.length + " and "
                    + steps.length);
        }
        if (LongStream.of(steps).anyMatch(step -> step == 0)) {
            throw node.malformed("a step is 0");
        }
        return Axes.positions(node, axes, node.rank(0));
    }

    private static Operand<?> slice(
            NodeContext node, Operand<TInt64> begin, Operand<TInt64> end, int[] positions, long[] steps) {
        long whole = (1L << node.rank(0)) - 1;
        for (int position : positions) {
            whole &= ~(1L << position);
        }
        return node.tf()
                .stridedSlice(
                        node.<TType>input(0),
                        begin,
                        end,
                        node.tf().constant(spread(node, 1, positions, steps)),
                        StridedSlice.beginMask(whole),
                        StridedSlice.endMask(whole));
    }

    private static long[] spread(NodeContext node, long other, int[] positions, long[] values) {
        long[] all = new long[node.rank(0)];
        Arrays.fill(all, other);
        for (int i = 0; i < positions.length; i++) {
            all[positions[i]] = values[i];
        }
        return all;
    }

    /** Slices where only the bounds are computed: the rank, and the sizes of other axes, remain known. */
    private static Operand<?> computedBounds(NodeContext node, long[] axes, long[] steps) {
        int[] positions = positions(node, Math.toIntExact(node.shape(1).size()), axes, steps);
        Operand<TInt64> places =
                node.tf().constant(Arrays.stream(positions).asLongStream().toArray());
        int rank = node.rank(0);
        return slice(
                node,
                spread(node, rank, 0, places, longs(node, 1)),
                spread(node, rank, 0, places, longs(node, 2)),
                positions,
                steps);
    }

    private static Operand<?> computed(NodeContext node) {
        Ops tf = node.tf();
        int rank = node.rank(0);
        Operand<TInt64> starts = longs(node, 1);
        Operand<TInt64> axes = node.has(3)
                ? tf.math.floorMod(longs(node, 3), tf.constant((long) rank))
                : tf.range(tf.constant(0L), tf.size(starts, TInt64.class), tf.constant(1L));
        Operand<TInt64> steps = node.has(4) ? longs(node, 4) : tf.onesLike(starts);
        return tf.stridedSlice(
                node.<TType>input(0),
                spread(node, rank, 0, axes, starts),
                spread(node, rank, Long.MAX_VALUE, axes, longs(node, 2)),
                spread(node, rank, 1, axes, steps));
    }

    private static Operand<TInt64> longs(NodeContext node, int input) {
        return node.tf().dtypes.cast(node.<TNumber>input(input), TInt64.class);
    }

    private static Operand<TInt64> spread(
            NodeContext node, int rank, long other, Operand<TInt64> axes, Operand<TInt64> values) {
        Ops tf = node.tf();
        long[] others = new long[rank];
        Arrays.fill(others, other);
        return tf.tensorScatterNdUpdate(tf.constant(others), tf.expandDims(axes, tf.constant(1)), values);
    }
}
