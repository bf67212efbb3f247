package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Reduces windows of a padded tensor axis by axis, for what TensorFlow's pooling lacks: dilation, other
 * ranks than 4, integers, and the places of maxima.
 */
final class SlidingWindows {
    /** Each tap on an axis is an operation of its own; beyond this many a graph would choke. */
    static final int MAX_TAPS = 1024;

    private final Ops tf;
    private final Window window;
    private final List<Size> outs;

    SlidingWindows(Ops tf, Window window, List<Size> outs) {
        this.tf = tf;
        this.window = window;
        this.outs = outs;
    }

    /**
     * Holds maxima and where they were found.
     *
     * @param values the maxima
     * @param places for each spatial axis, the place in the padded tensor
     */
    record Maxima<T extends TType>(Operand<T> values, List<Operand<TInt64>> places) {}

    <T extends TType> Operand<T> reduce(Operand<T> padded, BinaryOperator<Operand<T>> combine) {
        Operand<T> result = padded;
        for (int axis = window.rank() - 1; axis >= 0; axis--) {
            Operand<T> reduced = tap(result, axis, 0);
            for (int i = 1; i < window.kernel().get(axis); i++) {
                reduced = combine.apply(reduced, tap(result, axis, i));
            }
            result = reduced;
        }
        return result;
    }

    /** Finds maxima with their places; of equal ones the first in row-major order. */
    <T extends TNumber> Maxima<T> maxima(Operand<T> padded) {
        Maxima<T> result = new Maxima<>(padded, places(padded));
        for (int axis = window.rank() - 1; axis >= 0; axis--) {
            Maxima<T> reduced = tap(result, axis, 0);
            for (int i = 1; i < window.kernel().get(axis); i++) {
                Maxima<T> next = tap(result, axis, i);
                Operand<TBool> larger = tf.math.greater(next.values(), reduced.values());
                List<Operand<TInt64>> places = new ArrayList<>();
                for (int j = 0; j < window.rank(); j++) {
                    places.add(tf.select(
                            larger, next.places().get(j), reduced.places().get(j)));
                }
                reduced = new Maxima<>(tf.select(larger, next.values(), reduced.values()), places);
            }
            result = reduced;
        }
        return result;
    }

    private <T extends TNumber> List<Operand<TInt64>> places(Operand<T> padded) {
        List<Operand<TInt64>> places = new ArrayList<>();
        for (int axis = 0; axis < window.rank(); axis++) {
            int[] shape = new int[window.rank() + 2];
            Arrays.fill(shape, 1);
            shape[axis + 2] = -1;
            Operand<TInt32> range =
                    tf.range(tf.constant(0), Size.of(tf, padded, axis + 2).operand(), tf.constant(1));
            places.add(tf.broadcastTo(
                    tf.reshape(tf.dtypes.cast(range, TInt64.class), tf.constant(shape)), tf.shape(padded)));
        }
        return places;
    }

    private <T extends TNumber> Maxima<T> tap(Maxima<T> maxima, int axis, long tap) {
        return new Maxima<>(
                tap(maxima.values(), axis, tap),
                maxima.places().stream().map(place -> tap(place, axis, tap)).toList());
    }

    /** Returns one tap of all windows along an axis. */
    private <T extends TType> Operand<T> tap(Operand<T> x, int axis, long tap) {
        int rank = window.rank() + 2;
        long stride = window.strides().get(axis);
        long from = tap * window.dilations().get(axis);
        int[] begin = new int[rank];
        begin[axis + 2] = Math.toIntExact(from);
        int[] step = new int[rank];
        Arrays.fill(step, 1);
        step[axis + 2] = Math.toIntExact(stride);
        Size none = Size.of(tf, 0);
        List<Size> ends = new ArrayList<>(Collections.nCopies(rank, none));
        ends.set(axis + 2, outs.get(axis).plus(-1).times(stride).plus(from + 1));
        long others = (1L << rank) - 1 - (1L << (axis + 2));
        return tf.stridedSlice(
                x,
                tf.constant(begin),
                Size.vector(tf, ends),
                tf.constant(step),
                StridedSlice.beginMask(others),
                StridedSlice.endMask(others));
    }
}
