package org.lsuv.tf.init;

import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Builds the scale s that gives s·y + b a target variance t: the positive root of
 * s²·Var(y) + 2s·Cov(y, b) + Var(b) = t, the larger one where there are two. Without a bias that is
 * √(t / Var(y)).
 *
 * <p>All are vectors with one element a part of the layer.
 *
 * @param scale s; 1 where the layer cannot be scaled
 * @param before the variance of y + b as it arrives
 */
record Solution(Operand<TFloat64> scale, Operand<TFloat64> before) {
    /** Below this share of the squared mean a variance is rounding noise: the output is constant. */
    static final double CONSTANT = 1e-10;

    /** Fewer values of the whole batch than these say little about a variance. */
    static final long FEWEST_VALUES = 32;

    /**
     * Says when a layer is left as it is.
     *
     * @param band the distance from the target, as a share of it, that is near enough
     * @param fewestValues the number of values below which a variance says too little
     */
    record Limits(double band, long fewestValues) {

        /** Returns the limits for a batch in so many pieces, of which one is measured to find the scale. */
        static Limits of(double band, int pieces) {
            return new Limits(band, Math.max(2, (FEWEST_VALUES + pieces - 1) / pieces));
        }
    }

    /**
     * Builds the scale of a layer.
     *
     * @param moments those of y
     * @param bias what b adds; empty without one
     * @param target the target variance; not finite where the layer shall not be scaled
     * @param limits when a layer is left as it is
     */
    static Solution of(Ops tf, Moments moments, Optional<BiasTerms> bias, Operand<TFloat64> target, Limits limits) {
        Operand<TFloat64> before = bias.map(terms -> before(tf, moments, terms)).orElse(moments.variance());
        Operand<TFloat64> root = bias.map(terms -> root(tf, moments, terms, target))
                .orElseGet(() -> tf.math.sqrt(tf.math.div(target, positive(tf, moments))));
        Operand<TBool> varies =
                tf.math.greater(moments.variance(), tf.math.mul(tf.constant(CONSTANT), tf.math.square(moments.mean())));
        Operand<TBool> solvable = tf.math.logicalAnd(tf.math.greater(root, tf.constant(0.0)), tf.math.isFinite(root));
        Operand<TBool> enough = tf.math.greaterEqual(moments.count(), tf.constant(limits.fewestValues()));
        Operand<TBool> off = tf.math.greater(
                tf.math.abs(tf.math.sub(before, target)), tf.math.mul(tf.constant(limits.band()), target));
        Operand<TBool> scalable =
                tf.math.logicalAnd(tf.math.logicalAnd(varies, solvable), tf.math.logicalAnd(enough, off));
        return new Solution(tf.select(scalable, root, tf.constant(1.0)), before);
    }

    private static Operand<TFloat64> before(Ops tf, Moments moments, BiasTerms bias) {
        return tf.math.add(
                tf.math.add(moments.variance(), tf.math.mul(tf.constant(2.0), bias.covariance())), bias.variance());
    }

    /** Builds the larger root, NaN where there is none. */
    private static Operand<TFloat64> root(Ops tf, Moments moments, BiasTerms bias, Operand<TFloat64> target) {
        Operand<TFloat64> discriminant = tf.math.sub(
                tf.math.square(bias.covariance()),
                tf.math.mul(moments.variance(), tf.math.sub(bias.variance(), target)));
        return tf.math.div(tf.math.sub(tf.math.sqrt(discriminant), bias.covariance()), positive(tf, moments));
    }

    private static Operand<TFloat64> positive(Ops tf, Moments moments) {
        return tf.math.maximum(moments.variance(), tf.constant(Double.MIN_NORMAL));
    }

    /**
     * Holds what a bias adds to the variance.
     *
     * @param mean E[b]
     * @param variance Var(b)
     * @param covariance Cov(y, b)
     */
    record BiasTerms(Operand<TFloat64> mean, Operand<TFloat64> variance, Operand<TFloat64> covariance) {

        /**
         * Builds the terms of a bias that broadcasts against y. It takes each of its values equally often, so
         * that Cov(y, b) needs only the mean of y over the axes along which b does not change.
         */
        static <T extends TFloating> BiasTerms of(
                Ops tf, Operand<T> y, Operand<TFloat64> meanOfY, Operand<T> bias, double factor) {
            Operand<TFloat64> b = tf.math.mul(tf.dtypes.cast(bias, TFloat64.class), tf.constant(factor));
            Operand<TFloat64> mean = all(tf, b);
            Operand<TFloat64> variance = all(tf, tf.math.squaredDifference(b, mean));
            Operand<TFloat64> averaged =
                    tf.dtypes.cast(Moments.mean(tf, y, constantAxes(y.shape(), bias.shape())), TFloat64.class);
            Operand<TFloat64> deviations = tf.math.mul(tf.math.sub(averaged, meanOfY), tf.math.sub(b, mean));
            return new BiasTerms(vector(tf, mean), vector(tf, variance), vector(tf, all(tf, deviations)));
        }

        /**
         * Builds the terms of the parts of a layer, from one value of the bias, and the mean of y, a channel.
         *
         * @param pooled the moments of y of each part
         */
        static BiasTerms of(
                Ops tf,
                Moments channels,
                Moments pooled,
                Partition partition,
                Operand<? extends TFloating> bias,
                double factor) {
            Operand<TInt32> ids = tf.constant(partition.ids());
            Operand<TFloat64> values = tf.math.mul(tf.dtypes.cast(bias, TFloat64.class), tf.constant(factor));
            Operand<TFloat64> b = tf.broadcastTo(
                    tf.reshape(values, tf.constant(new int[] {-1})), tf.constant(new long[] {partition.channels()}));
            Operand<TFloat64> mean = tf.math.segmentMean(b, ids);
            Operand<TFloat64> off = tf.math.sub(b, tf.gather(mean, ids, tf.constant(0)));
            Operand<TFloat64> offOfY = tf.math.sub(channels.mean(), tf.gather(pooled.mean(), ids, tf.constant(0)));
            return new BiasTerms(
                    mean,
                    tf.math.segmentMean(tf.math.square(off), ids),
                    tf.math.segmentMean(tf.math.mul(off, offOfY), ids));
        }

        private static Operand<TFloat64> vector(Ops tf, Operand<TFloat64> scalar) {
            return tf.reshape(scalar, tf.constant(new int[] {1}));
        }

        private static Operand<TFloat64> all(Ops tf, Operand<TFloat64> values) {
            return tf.math.mean(tf.reshape(values, tf.constant(new int[] {-1})), tf.constant(0));
        }

        /** Returns the axes of y along which the bias does not change. */
        private static int[] constantAxes(Shape y, Shape bias) {
            if (y.isUnknown() || bias.isUnknown()) {
                return new int[0];
            }
            int missing = y.numDimensions() - bias.numDimensions();
            return java.util.stream.IntStream.range(0, y.numDimensions())
                    .filter(axis -> axis < missing || bias.get(axis - missing) == 1)
                    .toArray();
        }
    }
}
