package org.lsuv.tf.init;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsuv.onnx.layers.OutputChannels;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceProd;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.DepthwiseConv2dNativeBackpropFilter;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
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
 * Var = E[(y − c)²] − (E[y] − c)², where the last term undoes the rounding of c. Of images it is E[y²] − E[y]² where
 * that keeps four digits, which the graph finds out when it runs.
 *
 * @param mean the means, a vector: of all values, or of each part or channel
 * @param variance the variances, likewise
 * @param count the number of values behind each of them, likewise, or a vector of length 1 that holds for all
 */
record Moments(Operand<TFloat64> mean, Operand<TFloat64> variance, Operand<TInt64> count) {

    /**
     * The most that rounding may cost. float32 sums n squares one after the other to about 1.5e-7·√n of themselves
     * (measured: 3e-6 of 3,136 squares, 6e-6 of 12,544, 1.5e-5 of 50,176, 7e-5 of 200,704, 9e-5 of 262,144), which is
     * E[y²]/Var times as much of the variance: 4.6e-4 of that of one channel where E[y²]·√n is this many variances.
     */
    private static final double MAX_LOSS = 3072;

    /** The most squares of which that holds: from here on they are lost beside their sum. */
    private static final long MAX_TERMS = 1 << 18;

    /** Sums of squares of float32 stay in range where the mean square lies between this and its inverse. */
    private static final double MAX_SQUARE = 1e25;

    /**
     * Builds the moments of the parts of a layer's output.
     *
     * @param channels the axis of the channels, as {@link OutputChannels} has it
     */
    static <T extends TFloating> Moments of(
            Ops tf, Operand<T> values, Partition partition, OptionalInt channels, Squares way) {
        return partition.axis().isPresent()
                ? perChannel(tf, values, partition.axis().getAsInt(), way).pooled(tf, partition)
                : of(tf, values, channels, way);
    }

    /**
     * Builds the moments of all values of a layer's output, vectors of length 1.
     *
     * @param channels the axis of the channels, as {@link OutputChannels} has it
     */
    static <T extends TFloating> Moments of(Ops tf, Operand<T> values, OptionalInt channels, Squares way) {
        Operand<TFloat64> mean = total(tf, values);
        Optional<Operand<TFloat64>> squares =
                channels.isPresent() ? squares(tf, values, channels.getAsInt(), way) : Optional.empty();
        Operand<TFloat64> variance = squares.map(found -> checked(
                        tf,
                        values,
                        mean,
                        all(tf, found),
                        values.shape().get(Math.floorMod(channels.getAsInt(), 4)),
                        rows -> variance(tf, rows, mean)))
                .orElseGet(() -> variance(tf, values, mean));
        return new Moments(mean, variance, size(tf, values));
    }

    /** Builds the moments of all values of a tensor, vectors of length 1. */
    static <T extends TFloating> Moments of(Ops tf, Operand<T> values) {
        return of(tf, values, OptionalInt.empty(), Squares.SHIFTED);
    }

    private static <T extends TFloating> Operand<TFloat64> variance(Ops tf, Operand<T> values, Operand<TFloat64> mean) {
        Operand<T> shift = tf.dtypes.cast(mean, values.asOutput().type());
        Operand<TFloat64> squares = total(tf, tf.math.squaredDifference(values, shift));
        Operand<TFloat64> slip = tf.math.sub(mean, tf.dtypes.cast(shift, TFloat64.class));
        return tf.math.sub(squares, tf.math.square(slip));
    }

    /** Builds the number of values, a vector of length 1; from the shape, because reading the values would bring them back to NCHW. */
    private static <T extends TFloating> Operand<TInt64> size(Ops tf, Operand<T> values) {
        return tf.reduceProd(tf.shape(values, TInt64.class), tf.constant(0), ReduceProd.keepDims(true));
    }

    /** Builds the mean of all values, a vector of length 1. */
    private static <T extends TFloating> Operand<TFloat64> total(Ops tf, Operand<T> values) {
        Shape shape = values.shape();
        boolean perSample = !shape.isUnknown() && shape.numDimensions() > 1;
        Operand<T> rows = perSample ? mean(tf, values, range(1, shape.numDimensions())) : values;
        Operand<TFloat64> wide = tf.dtypes.cast(rows, TFloat64.class);
        return all(tf, vector(tf, wide));
    }

    private static Operand<TFloat64> all(Ops tf, Operand<TFloat64> vector) {
        return tf.math.mean(vector, tf.constant(0), Mean.keepDims(true));
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
    static <T extends TFloating> Moments perChannel(Ops tf, Operand<T> values, int channelAxis, Squares way) {
        int rank = values.shape().numDimensions();
        int axis = Math.floorMod(channelAxis, rank);
        Operand<TFloat64> mean = channels(tf, values, axis);
        Operand<TFloat64> variance = squares(tf, values, axis, way)
                .map(found -> checked(
                        tf, values, mean, found, values.shape().get(axis), rows -> variance(tf, rows, mean, axis)))
                .orElseGet(() -> variance(tf, values, mean, axis));
        return new Moments(mean, variance, tf.math.div(size(tf, values), tf.size(mean, TInt64.class)));
    }

    private static <T extends TFloating> Operand<TFloat64> variance(
            Ops tf, Operand<T> values, Operand<TFloat64> mean, int axis) {
        int[] broadcast = new int[values.shape().numDimensions()];
        Arrays.fill(broadcast, 1);
        broadcast[axis] = -1;
        Operand<T> shift = tf.dtypes.cast(mean, values.asOutput().type());
        Operand<TFloat64> squares =
                channels(tf, tf.math.squaredDifference(values, tf.reshape(shift, tf.constant(broadcast))), axis);
        Operand<TFloat64> slip = tf.math.sub(mean, tf.dtypes.cast(shift, TFloat64.class));
        return tf.math.sub(squares, tf.math.square(slip));
    }

    /** Builds the mean squares of each channel of images; empty where the values are no images. */
    private static <T extends TFloating> Optional<Operand<TFloat64>> squares(
            Ops tf, Operand<T> values, int channelAxis, Squares way) {
        Shape shape = values.shape();
        if (way == Squares.SHIFTED || shape.isUnknown() || shape.numDimensions() != 4) {
            return Optional.empty();
        }
        int axis = Math.floorMod(channelAxis, 4);
        Class<?> type = values.asOutput().type();
        boolean floats = TFloat32.class.equals(type) || TFloat64.class.equals(type);
        if (axis == 0 || axis == 2 || shape.get(axis) < 0 || !floats) {
            return Optional.empty();
        }
        int channels = Math.toIntExact(shape.get(axis));
        Operand<T> sums = tf.nn.depthwiseConv2dNativeBackpropFilter(
                values,
                tf.constant(new int[] {1, 1, channels, 1}),
                values,
                List.of(1L, 1L, 1L, 1L),
                "VALID",
                DepthwiseConv2dNativeBackpropFilter.dataFormat(axis == 1 ? "NCHW" : "NHWC"));
        return Optional.of(tf.math.div(vector(tf, tf.dtypes.cast(sums, TFloat64.class)), terms(tf, values, channels)));
    }

    /** Builds the number of values of a channel. */
    private static <T extends TFloating> Operand<TFloat64> terms(Ops tf, Operand<T> values, long channels) {
        return tf.math.div(tf.dtypes.cast(size(tf, values), TFloat64.class), tf.constant((double) channels));
    }

    /**
     * Builds the variances from means and mean squares. Where those lack digits, all rows go the longer way as well;
     * else none do, which costs nothing.
     *
     * @param channels the number of channels, whose squares were summed each by itself
     */
    private static <T extends TFloating> Operand<TFloat64> checked(
            Ops tf,
            Operand<T> values,
            Operand<TFloat64> mean,
            Operand<TFloat64> squares,
            long channels,
            Function<Operand<T>, Operand<TFloat64>> longer) {
        Operand<TFloat64> terms = terms(tf, values, channels);
        Operand<TFloat64> variance = tf.math.sub(squares, tf.math.square(mean));
        Operand<TBool> digits = tf.math.less(
                tf.math.add(tf.math.mul(squares, tf.math.sqrt(terms)), tf.constant(1 / MAX_SQUARE)),
                tf.math.mul(tf.constant(MAX_LOSS), variance));
        Operand<TBool> exact = tf.math.logicalAnd(
                tf.reduceAll(
                        tf.math.logicalAnd(digits, tf.math.less(squares, tf.constant(MAX_SQUARE))), tf.constant(0)),
                tf.math.lessEqual(terms, tf.constant((double) MAX_TERMS)));
        int[] all = new int[values.shape().numDimensions()];
        Arrays.fill(all, -1);
        int[] none = all.clone();
        none[0] = 0;
        Operand<TInt32> sizes = tf.select(exact, tf.constant(none), tf.constant(all));
        return tf.select(exact, variance, longer.apply(tf.slice(values, tf.constant(new int[all.length]), sizes)));
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

    /** Builds the same moments with a count of each. */
    Moments counted(Ops tf) {
        return new Moments(mean, variance, tf.broadcastTo(count, tf.shape(mean)));
    }

    /**
     * Builds a matrix to fetch, since each fetch costs as much as a few operations: a row of means, one of variances
     * and one of counts, of which there must be as many.
     */
    Operand<TFloat64> stacked(Ops tf) {
        return tf.stack(List.of(mean, variance, tf.dtypes.cast(count, TFloat64.class)));
    }

    /** Builds the moments of the values times factors. */
    Moments scaled(Ops tf, Operand<TFloat64> factors) {
        return new Moments(tf.math.mul(mean, factors), tf.math.mul(variance, tf.math.square(factors)), count);
    }

    /** Builds the moments of the values less some numbers. */
    Moments shifted(Ops tf, Operand<TFloat64> shifts) {
        return new Moments(tf.math.sub(mean, shifts), variance, count);
    }

    /** Builds the means of channels, a vector. */
    private static <T extends TFloating> Operand<TFloat64> channels(Ops tf, Operand<T> values, int axis) {
        int rank = values.shape().numDimensions();
        int[] others = IntStream.range(0, rank).filter(other -> other != axis).toArray();
        int[] inner = Arrays.stream(others).skip(axis == 0 ? 0 : 1).toArray();
        return tf.math.mean(tf.dtypes.cast(mean(tf, values, inner), TFloat64.class), tf.constant(others));
    }

    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }
}
