package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Builds indices as TensorFlow wants them: not negative, and coordinates as the last axis. */
final class Indices {
    private Indices() {}

    /** Returns an input of indices as int64, those below 0 counted from the back. */
    static Operand<TInt64> fromFront(NodeContext node, int input, Operand<TInt64> size) {
        Ops tf = node.tf();
        Operand<TInt64> indices = tf.dtypes.cast(node.<TNumber>input(input), TInt64.class);
        return fromFront(tf, indices, size);
    }

    private static Operand<TInt64> fromFront(Ops tf, Operand<TInt64> indices, Operand<TInt64> size) {
        return tf.select(tf.math.less(indices, tf.constant(0L)), tf.math.add(indices, size), indices);
    }

    /**
     * Returns the full coordinates of GatherElements and ScatterElements, one axis more than the
     * indices: on the axis the index says where to look, on the others its own place.
     */
    static Operand<TInt64> ofElements(NodeContext node, int axis) {
        Ops tf = node.tf();
        Operand<TInt64> indices = fromFront(node, 1, Dims.size(tf, node.input(0), axis));
        int rank = node.rank(1);
        List<Operand<TInt64>> coordinates = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            coordinates.add(i == axis ? indices : places(tf, indices, i, rank));
        }
        return tf.stack(coordinates, Stack.axis((long) rank));
    }

    /**
     * Returns the full coordinates of GatherND and ScatterND: those of the batch axes, which are the
     * places of the indices themselves, before those that the indices hold.
     */
    static Operand<TInt64> ofSlices(NodeContext node, int batchAxes) {
        Ops tf = node.tf();
        int rank = node.rank(1);
        int length = Math.toIntExact(node.shape(1).get(rank - 1));
        Operand<TInt64> sizes = tf.slice(
                Dims.of(tf, node.input(0)), tf.constant(new long[] {batchAxes}), tf.constant(new long[] {length}));
        Operand<TInt64> indices = fromFront(node, 1, sizes);
        if (batchAxes == 0) {
            return indices;
        }
        Operand<TInt64> first = tf.slice(indices, tf.constant(new long[rank]), tf.constant(columns(rank)));
        List<Operand<TInt64>> parts = new ArrayList<>();
        for (int i = 0; i < batchAxes; i++) {
            parts.add(places(tf, first, i, rank));
        }
        parts.add(indices);
        return tf.concat(parts, tf.constant(rank - 1));
    }

    /** Returns sizes for slicing out the first column of the last axis. */
    private static long[] columns(int rank) {
        long[] sizes = new long[rank];
        Arrays.fill(sizes, -1);
        sizes[rank - 1] = 1;
        return sizes;
    }

    /** Returns a value of the shape of another one that says of each element where it lies on an axis. */
    private static Operand<TInt64> places(Ops tf, Operand<TInt64> like, int axis, int rank) {
        long[] alongAxis = new long[rank];
        Arrays.fill(alongAxis, 1);
        alongAxis[axis] = -1;
        Operand<TInt64> range = tf.range(tf.constant(0L), Dims.size(tf, like, axis), tf.constant(1L));
        return tf.broadcastTo(tf.reshape(range, tf.constant(alongAxis)), Dims.of(tf, like));
    }
}
