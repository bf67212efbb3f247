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
        Optional<long[]> axes = constant(node, 3);
        Optional<long[]> steps = constant(node, 4);
        boolean fixed = starts.isPresent()
                && ends.isPresent()
                && axes.isPresent() == node.has(3)
                && steps.isPresent() == node.has(4);
        if (!fixed) {
            return computed(node);
        }
        int count = starts.get().length;
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return slice(
                node,
                starts.get(),
                ends.get(),
                axes.orElse(LongStream.range(0, count).toArray()),
                steps.orElse(ones));
    }

    private static Optional<long[]> constant(NodeContext node, int input) {
        return node.constant(input).map(tensor -> tensor.toLongs());
    }

    private static Operand<?> slice(NodeContext node, long[] starts, long[] ends, long[] axes, long[] steps) {
        if (ends.length != starts.length || axes.length != starts.length || steps.length != starts.length) {
            throw node.malformed("expected as many starts, ends, axes and steps, got " + starts.length + ", "
                    + ends.length + ", " + axes.length + " and " + steps.length);
        }
        if (LongStream.of(steps).anyMatch(step -> step == 0)) {
            throw node.malformed("a step is 0");
        }
        Ops tf = node.tf();
        int rank = node.rank(0);
        int[] positions = Axes.positions(node, axes, rank);
        long[] begin = new long[rank];
        long[] end = new long[rank];
        long[] stride = new long[rank];
        Arrays.fill(stride, 1);
        long whole = (1L << rank) - 1;
        for (int i = 0; i < positions.length; i++) {
            begin[positions[i]] = starts[i];
            end[positions[i]] = ends[i];
            stride[positions[i]] = steps[i];
            whole &= ~(1L << positions[i]);
        }
        return tf.stridedSlice(
                node.<TType>input(0),
                tf.constant(begin),
                tf.constant(end),
                tf.constant(stride),
                StridedSlice.beginMask(whole),
                StridedSlice.endMask(whole));
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
