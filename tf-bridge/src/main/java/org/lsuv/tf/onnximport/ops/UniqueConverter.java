package org.lsuv.tf.onnximport.ops;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceAny;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.core.UniqueWithCounts;
import org.tensorflow.op.math.Cumprod;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts Unique. TensorFlow gives the distinct slices as they first appear; sorting is added here. */
final class UniqueConverter {
    private UniqueConverter() {}

    static List<Operand<?>> unique(NodeContext node) {
        Ops tf = node.tf();
        boolean flat = !node.attributes().has("axis");
        Operand<TType> x = flat ? tf.reshape(node.<TType>input(0), tf.constant(new long[] {-1})) : node.input(0);
        int axis = flat ? 0 : Axes.attribute(node, 0, 0);
        UniqueWithCounts<TType, TInt64> found = tf.uniqueWithCounts(x, tf.constant(new long[] {axis}), TInt64.class);
        Operand<TInt64> zero = tf.constant(0L);
        Operand<TInt64> one = tf.constant(1L);
        Operand<TInt64> number = tf.size(found.count(), TInt64.class);
        Operand<TInt64> places = tf.range(zero, tf.size(found.idx(), TInt64.class), one);
        Operand<TInt64> first = tf.math.unsortedSegmentMin(places, found.idx(), number);
        if (node.attributes().intOr("sorted", 1) == 0) {
            return List.of(found.y(), first, found.idx(), found.count());
        }
        Operand<TInt64> order = flat
                ? ascending(tf, NodeContext.cast(found.y()), number)
                : tf.math.invertPermutation(
                        rank(tf, slices(tf, found.y(), axis, x.shape().numDimensions(), number)));
        Operand<TInt64> rank = tf.math.invertPermutation(order);
        return List.of(
                tf.gather(found.y(), order, tf.constant(axis)),
                tf.gather(first, order, tf.constant(0)),
                tf.gather(rank, found.idx(), tf.constant(0)),
                tf.gather(found.count(), order, tf.constant(0)));
    }

    /** Returns the places of values in rising order. */
    private static Operand<TInt64> ascending(Ops tf, Operand<TNumber> values, Operand<TInt64> number) {
        return tf.nn.topK(TopConverter.reversed(tf, values), tf.dtypes.cast(number, TInt32.class), TInt64.class)
                .indices();
    }

    /** Returns the slices along an axis as rows of a matrix. */
    private static Operand<TNumber> slices(
            Ops tf, Operand<TType> distinct, int axis, int rank, Operand<TInt64> number) {
        int[] axisFirst = Axes.all(rank);
        System.arraycopy(Axes.all(rank), 0, axisFirst, 1, axis);
        axisFirst[0] = axis;
        Operand<TType> moved = tf.linalg.transpose(distinct, tf.constant(axisFirst));
        return NodeContext.cast(tf.reshape(moved, tf.stack(List.of(number, tf.constant(-1L)))));
    }

    /** Returns for each row how many others come before it in lexicographic order. */
    private static Operand<TInt64> rank(Ops tf, Operand<TNumber> rows) {
        Operand<TNumber> one = tf.expandDims(rows, tf.constant(1));
        Operand<TNumber> other = tf.expandDims(rows, tf.constant(0));
        Operand<TInt32> equal = tf.dtypes.cast(tf.math.equal(one, other), TInt32.class);
        Operand<TInt32> equalBefore = tf.math.cumprod(equal, tf.constant(2), Cumprod.exclusive(true));
        Operand<TBool> decides = tf.math.logicalAnd(tf.dtypes.cast(equalBefore, TBool.class), tf.math.less(other, one));
        Operand<TBool> otherFirst = tf.reduceAny(decides, tf.constant(2), ReduceAny.keepDims(false));
        return tf.reduceSum(tf.dtypes.cast(otherFirst, TInt64.class), tf.constant(1), ReduceSum.keepDims(false));
    }
}
