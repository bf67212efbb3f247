package org.lsuv.tf.init;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
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
 * @param mean the means, a vector: of all values, or of each part or channel
 * @param variance the variances, likewise
 * @param count the number of values behind each of them: a vector, or a scalar that holds for all
 */
record Moments(Operand<TFloat64> mean, Operand<TFloat64> variance, Operand<TInt64> count) {

    /** Builds the moments of the parts of a tensor. */
    static <T extends TFloating> Moments of(Ops tf, Operand<T> values, Partition partition) {
        return partition.axis().isPresent()
                ? perChannel(tf, values, partition.axis().getAsInt()).pooled(tf, partition)
                : of(tf, values);
    }

    /** Builds the moments of all values of a tensor, vectors of length 1. */
    static <T extends TFloating> Moments of(Ops tf, Operand<T> values) {
        Operand<TFloat64> mean = total(tf, values);
        Operand<T> shift = tf.dtypes.cast(mean, values.asOutput().type());
        Operand<TFloat64> squares = total(tf, tf.math.squaredDifference(values, shift));
        Operand<TFloat64> slip = tf.math.sub(mean, tf.dtypes.cast(shift, TFloat64.class));
        return new Moments(vector(tf, mean), vector(tf, tf.math.sub(squares, tf.math.square(slip))), size(tf, values));
    }

    /** Builds the number of values; from the shape, because reading the values would bring them back to NCHW. */
    private static <T extends TFloating> Operand<TInt64> size(Ops tf, Operand<T> values) {
        return tf.reduceProd(tf.shape(values, TInt64.class), tf.constant(0));
    }

    /** Builds the mean of all values, a scalar. */
    private static <T extends TFloating> Operand<TFloat64> total(Ops tf, Operand<T> values) {
        Shape shape = values.shape();
        boolean perSample = !shape.isUnknown() && shape.numDimensions() > 1;
        Operand<T> rows = perSample ? mean(tf, values, range(1, shape.numDimensions())) : values;
        Operand<TFloat64> wide = tf.dtypes.cast(rows, TFloat64.class);
        return tf.math.mean(vector(tf, wide), tf.constant(0));
    }

    private static Operand<TFloat64> vector(Ops tf, Operand<TFloat64> values) {
        return tf.reshape(values, tf.constant(new int[] {-1}));
    }

    /** Builds the mean over some axes, which stay as axes of size 1: the layout optimiser wants them. */
    static <T extends TFloating> Operand<T> mean(Ops tf, Operand<T> values, int[] axes) {
        return axes.length == 0 ? values : tf.math.mean(values, tf.constant(axes), Mean.keepDims(true));
    }

    /**
     * Builds mean and variance per channel, over all axes but one.
     *
     * @param channelAxis the axis of the channels, from −1 for the last
     */
    static <T extends TFloating> Moments perChannel(Ops tf, Operand<T> values, int channelAxis) {
        int rank = values.shape().numDimensions();
        int axis = Math.floorMod(channelAxis, rank);
        int[] inner = IntStream.range(1, rank).filter(other -> other != axis).toArray();
        int[] broadcast = new int[rank];
        Arrays.fill(broadcast, 1);
        broadcast[axis] = -1;
        Operand<TFloat64> mean = channels(tf, mean(tf, values, inner), rank, axis);
        Operand<T> shift = tf.reshape(tf.dtypes.cast(mean, values.asOutput().type()), tf.constant(broadcast));
        Operand<TFloat64> squares = channels(tf, mean(tf, tf.math.squaredDifference(values, shift), inner), rank, axis);
        Operand<TFloat64> slip =
                tf.math.sub(mean, tf.dtypes.cast(tf.reshape(shift, tf.constant(new int[] {-1})), TFloat64.class));
        Operand<TInt64> channels = tf.size(mean, TInt64.class);
        return new Moments(mean, tf.math.sub(squares, tf.math.square(slip)), tf.math.div(size(tf, values), channels));
    }

    /** Builds the moments of parts from those of channels, which have equally many values each. */
    Moments pooled(Ops tf, Partition partition) {
        Operand<TInt32> ids = tf.constant(partition.ids());
        Operand<TFloat64> pooled = tf.math.segmentMean(mean, ids);
        Operand<TFloat64> between =
                tf.math.segmentMean(tf.math.squaredDifference(mean, tf.gather(pooled, ids, tf.constant(0))), ids);
        long[] channels = partition.parts().stream()
                .mapToLong(part -> part.to() - part.from())
                .toArray();
        return new Moments(
                pooled,
                tf.math.add(tf.math.segmentMean(variance, ids), between),
                tf.math.mul(tf.constant(channels), count));
    }

    /** Builds the moments of the values times factors. */
    Moments scaled(Ops tf, Operand<TFloat64> factors) {
        return new Moments(tf.math.mul(mean, factors), tf.math.mul(variance, tf.math.square(factors)), count);
    }

    /** Builds the moments of the values less some numbers. */
    Moments shifted(Ops tf, Operand<TFloat64> shifts) {
        return new Moments(tf.math.sub(mean, shifts), variance, count);
    }

    private static <T extends TFloating> Operand<TFloat64> channels(Ops tf, Operand<T> perSample, int rank, int axis) {
        int[] others = IntStream.range(0, rank).filter(other -> other != axis).toArray();
        return tf.math.mean(tf.dtypes.cast(perSample, TFloat64.class), tf.constant(others));
    }

    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }
}
