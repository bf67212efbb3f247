package org.lsuv.tf.init;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TFloating;

/**
 * Builds operations that compute mean and variance of a tensor inside the graph, so that activations never
 * leave it.
 *
 * <p>Each sample is reduced in the tensor's own type and the samples in float64, so that large batches do
 * not lose digits. The variance takes a second look at the data, with the mean as the shift c:
 * Var = E[(y − c)²] − (E[y] − c)², where the last term undoes the rounding of c.
 *
 * @param mean the mean of all values, a scalar
 * @param variance the variance of all values, a scalar
 * @param count the number of values, a scalar
 */
record Moments(Operand<TFloat64> mean, Operand<TFloat64> variance, Operand<TInt64> count) {

    /** Builds the moments of all values of a tensor. */
    static <T extends TFloating> Moments of(Ops tf, Operand<T> values) {
        Operand<TFloat64> mean = total(tf, values);
        Operand<T> shift = tf.dtypes.cast(mean, values.asOutput().type());
        Operand<TFloat64> squares = total(tf, tf.math.squaredDifference(values, shift));
        Operand<TFloat64> slip = tf.math.sub(mean, tf.dtypes.cast(shift, TFloat64.class));
        return new Moments(mean, tf.math.sub(squares, tf.math.square(slip)), size(tf, values));
    }

    /** Builds the number of values; from the shape, because reading the values would bring them back to NCHW. */
    private static <T extends TFloating> Operand<TInt64> size(Ops tf, Operand<T> values) {
        return tf.reduceProd(tf.shape(values, TInt64.class), tf.constant(0));
    }

    /** Builds the mean of all values. */
    private static <T extends TFloating> Operand<TFloat64> total(Ops tf, Operand<T> values) {
        Shape shape = values.shape();
        boolean perSample = !shape.isUnknown() && shape.numDimensions() > 1;
        Operand<T> rows = perSample ? mean(tf, values, range(1, shape.numDimensions())) : values;
        Operand<TFloat64> wide = tf.dtypes.cast(rows, TFloat64.class);
        Operand<TFloat64> flat = tf.reshape(wide, tf.constant(new int[] {-1}));
        return tf.math.mean(flat, tf.constant(0));
    }

    /** Builds the mean over some axes, which stay as axes of size 1: the layout optimiser wants them. */
    static <T extends TFloating> Operand<T> mean(Ops tf, Operand<T> values, int[] axes) {
        return axes.length == 0 ? values : tf.math.mean(values, tf.constant(axes), Mean.keepDims(true));
    }

    /** Builds mean and variance per channel (axis 1), over all other axes. */
    static <T extends TFloating> Moments perChannel(Ops tf, Operand<T> values) {
        int rank = values.shape().numDimensions();
        int[] inner = range(2, rank);
        Operand<TFloat64> mean = channels(tf, mean(tf, values, inner), rank);
        Operand<T> shift = tf.reshape(tf.dtypes.cast(mean, values.asOutput().type()), tf.constant(channelShape(rank)));
        Operand<TFloat64> squares = channels(tf, mean(tf, tf.math.squaredDifference(values, shift), inner), rank);
        Operand<TFloat64> slip =
                tf.math.sub(mean, tf.dtypes.cast(tf.reshape(shift, tf.constant(new int[] {-1})), TFloat64.class));
        return new Moments(mean, tf.math.sub(squares, tf.math.square(slip)), size(tf, values));
    }

    /** Builds the moments of all values from those of channels of equal size. */
    Moments pooled(Ops tf) {
        Operand<TFloat64> all = tf.math.mean(mean, tf.constant(0));
        Operand<TFloat64> between = tf.math.mean(tf.math.squaredDifference(mean, all), tf.constant(0));
        return new Moments(all, tf.math.add(tf.math.mean(variance, tf.constant(0)), between), count);
    }

    /** Builds the moments of the values times a factor. */
    Moments scaled(Ops tf, Operand<TFloat64> factor) {
        return new Moments(tf.math.mul(mean, factor), tf.math.mul(variance, tf.math.square(factor)), count);
    }

    private static <T extends TFloating> Operand<TFloat64> channels(Ops tf, Operand<T> perSample, int rank) {
        int[] others = IntStream.range(0, rank).filter(axis -> axis != 1).toArray();
        return tf.math.mean(tf.dtypes.cast(perSample, TFloat64.class), tf.constant(others));
    }

    private static int[] channelShape(int rank) {
        int[] shape = new int[rank];
        Arrays.fill(shape, 1);
        shape[1] = -1;
        return shape;
    }

    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }
}
