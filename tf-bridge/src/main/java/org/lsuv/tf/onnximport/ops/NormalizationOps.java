package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/** Converts normalisations. */
final class NormalizationOps {
    private NormalizationOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.many("BatchNormalization", 1, BatchNormalizationConverter::batchNormalization1);
        ops.many("BatchNormalization", 7, BatchNormalizationConverter::batchNormalization);
        ops.many("BatchNormalization", 14, BatchNormalizationConverter::batchNormalization14);
        ops.one("InstanceNormalization", 1, NormalizationOps::instanceNormalization);
        // ONNX has it from version 17 on; ONNX Runtime writes it into older files as well.
        ops.many("LayerNormalization", 1, NormalizationOps::layerNormalization);
        ops.many("SimplifiedLayerNormalization", 1, NormalizationOps::simplifiedLayerNormalization);
        ops.one("GroupNormalization", 18, NormalizationOps::groupNormalization18);
        ops.one("GroupNormalization", 21, NormalizationOps::groupNormalization);
        ops.one("RMSNormalization", 23, NormalizationOps::rmsNormalization);
        ops.one("LRN", 1, NormalizationOps::lrn);
        ops.one("LpNormalization", 1, NormalizationOps::lpNormalization);
        ops.one("MeanVarianceNormalization", 9, NormalizationOps::meanVarianceNormalization);
    }

    /** Holds a normalised value and the statistics that made it so. */
    private record Normalised<T extends TNumber>(Operand<T> value, Operand<T> mean, Operand<T> inverseDeviation) {
        static <T extends TNumber> Normalised<T> of(NodeContext node, Operand<T> x, int... axes) {
            Ops tf = node.tf();
            Operand<TInt32> over = tf.constant(axes);
            Operand<T> mean = tf.math.mean(x, over, Mean.keepDims(true));
            Operand<T> centred = tf.math.sub(x, mean);
            Operand<T> variance = tf.math.mean(tf.math.square(centred), over, Mean.keepDims(true));
            Operand<T> inverse = tf.math.rsqrt(tf.math.add(variance, epsilon(node, x)));
            return new Normalised<>(tf.math.mul(centred, inverse), mean, inverse);
        }
    }

    private static <T extends TNumber> Operand<T> epsilon(NodeContext node, Operand<T> x) {
        return node.tf().constant(x.type(), node.attributes().floatOr("epsilon", 1e-5f));
    }

    private static <T extends TNumber> Operand<T> instanceNormalization(NodeContext node) {
        Operand<T> x = node.input(0);
        int rank = atLeast(node, 3);
        return scaled(node, Normalised.of(node, x, range(2, rank)).value(), rank);
    }

    /** Applies scale and bias with one value a channel. */
    private static <T extends TNumber> Operand<T> scaled(NodeContext node, Operand<T> normalised, int rank) {
        Ops tf = node.tf();
        return tf.math.add(
                tf.math.mul(normalised, Channels.along(tf, channelValues(node, 1), rank)),
                Channels.along(tf, channelValues(node, 2), rank));
    }

    private static <T extends TNumber> Operand<T> channelValues(NodeContext node, int input) {
        long channels = node.shape(0).get(1);
        long values = node.rank(input) == 1 ? node.shape(input).get(0) : 0;
        if (channels >= 0 && values >= 0 && values != channels) {
            throw node.malformed("input \"" + node.node().input(input) + "\" must hold one value for each of "
                    + channels + " channels, but has the shape " + node.shape(input));
        }
        return node.input(input);
    }

    private static <T extends TNumber> List<Operand<?>> layerNormalization(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        Normalised<T> normalised = Normalised.of(node, x, range(axis(node, -1), node.rank(0)));
        Operand<T> scaled = tf.math.mul(normalised.value(), like(tf, node.input(1), x));
        return List.of(
                node.has(2) ? tf.math.add(scaled, like(tf, node.input(2), x)) : scaled,
                normalised.mean(),
                normalised.inverseDeviation());
    }

    private static Operand<?> rmsNormalization(NodeContext node) {
        return simplifiedLayerNormalization(node).get(0);
    }

    /** ONNX Runtime's name, in ONNX's domain, for what became RMSNormalization. */
    private static <T extends TNumber> List<Operand<?>> simplifiedLayerNormalization(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        Operand<TInt32> axes = tf.constant(range(axis(node, -1), node.rank(0)));
        Operand<T> square = tf.math.mean(tf.math.square(x), axes, Mean.keepDims(true));
        Operand<T> inverse = tf.math.rsqrt(tf.math.add(square, epsilon(node, x)));
        return List.of(tf.math.mul(tf.math.mul(x, inverse), like(tf, node.input(1), x)), inverse);
    }

    private static <T extends TNumber> Operand<T> like(Ops tf, Operand<? extends TNumber> value, Operand<T> x) {
        return value.type() == x.type() ? NodeContext.cast(value) : tf.dtypes.cast(value, x.type());
    }

    /** In versions 18 to 20 scale and bias have one value a group. */
    private static <T extends TNumber> Operand<T> groupNormalization18(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        int rank = atLeast(node, 3);
        Operand<T> grouped = grouped(node, x);
        Operand<T> normalised = Normalised.of(node, grouped, range(2, rank + 1)).value();
        Operand<T> scaled = tf.math.add(
                tf.math.mul(normalised, Channels.along(tf, node.<T>input(1), rank + 1)),
                Channels.along(tf, node.<T>input(2), rank + 1));
        return ungrouped(node, scaled, x);
    }

    private static <T extends TNumber> Operand<T> groupNormalization(NodeContext node) {
        Operand<T> x = node.input(0);
        int rank = atLeast(node, 3);
        Operand<T> normalised =
                Normalised.of(node, grouped(node, x), range(2, rank + 1)).value();
        return scaled(node, ungrouped(node, normalised, x), rank);
    }

    /** Splits the channel axis into groups and the channels of one. */
    private static <T extends TNumber> Operand<T> grouped(NodeContext node, Operand<T> x) {
        Ops tf = node.tf();
        long groups = node.attributes().requireInt("num_groups");
        long channels = x.shape().get(1);
        if (groups < 1 || (channels >= 0 && channels % groups != 0)) {
            throw node.malformedAttribute("num_groups", groups + " does not divide " + channels + " channels");
        }
        List<Size> sizes = new ArrayList<>();
        for (int axis = 0; axis < x.shape().numDimensions(); axis++) {
            sizes.add(Size.of(tf, x, axis));
        }
        Size inGroup = sizes.get(1).over(groups);
        sizes.set(1, Size.of(tf, groups));
        sizes.add(2, inGroup);
        return tf.reshape(x, Size.vector(tf, sizes));
    }

    private static <T extends TNumber> Operand<T> ungrouped(NodeContext node, Operand<T> grouped, Operand<T> x) {
        Ops tf = node.tf();
        return tf.ensureShape(tf.reshape(grouped, tf.shape(x)), x.shape());
    }

    /** Divides by (bias + alpha ÷ size · Σ x²)^beta, summed over neighbouring channels; an even size reaches further up. */
    private static <T extends TNumber> Operand<T> lrn(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        int rank = atLeast(node, 2);
        long size = node.attributes().requireInt("size");
        if (size < 1) {
            throw node.malformedAttribute("size", "expected an integer from 1, got " + size);
        }
        if (size > SlidingWindows.MAX_TAPS) {
            throw node.unsupported("a sum over " + size + " channels; at most " + SlidingWindows.MAX_TAPS);
        }
        int[][] paddings = new int[rank][2];
        paddings[1][0] = Math.toIntExact((size - 1) / 2);
        paddings[1][1] = Math.toIntExact(size - 1 - (size - 1) / 2);
        Operand<T> squares = tf.pad(tf.math.square(x), tf.constant(paddings), tf.constant(x.type(), 0));
        // A running sum of windows as a difference of cumulative sums would lose digits.
        List<Operand<T>> parts = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int[] begin = new int[rank];
            begin[1] = i;
            parts.add(tf.slice(squares, tf.constant(begin), tf.shape(x)));
        }
        Operand<T> mean = tf.math.mul(
                tf.math.addN(parts), tf.constant(x.type(), node.attributes().floatOr("alpha", 1e-4f) / size));
        Operand<T> base =
                tf.math.add(mean, tf.constant(x.type(), node.attributes().floatOr("bias", 1)));
        return tf.math.div(
                x, tf.math.pow(base, tf.constant(x.type(), node.attributes().floatOr("beta", 0.75f))));
    }

    private static <T extends TNumber> Operand<T> lpNormalization(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        long p = node.attributes().intOr("p", 2);
        if (p != 1 && p != 2) {
            throw node.malformedAttribute("p", "expected 1 or 2, got " + p);
        }
        Operand<TInt32> axis = tf.constant(axis(node, -1));
        Operand<T> powers = PoolOps.power(tf, x, (double) p);
        Operand<T> norm = PoolOps.root(tf, tf.sum(powers, axis, Sum.keepDims(true)), (double) p);
        return tf.math.divNoNan(x, norm);
    }

    private static <T extends TNumber> Operand<T> meanVarianceNormalization(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        int rank = node.rank(0);
        long[] axes = node.attributes().ints("axes").orElseGet(() -> new long[] {0, 2, 3});
        int[] over = IntStream.range(0, axes.length)
                .map(i -> normalised(node, "axes", axes[i], rank))
                .toArray();
        Operand<TInt32> reduced = tf.constant(over);
        Operand<T> centred = tf.math.sub(x, tf.math.mean(x, reduced, Mean.keepDims(true)));
        Operand<T> variance = tf.math.mean(tf.math.square(centred), reduced, Mean.keepDims(true));
        return tf.math.div(centred, tf.math.add(tf.math.sqrt(variance), tf.constant(x.type(), 1e-9)));
    }

    private static int axis(NodeContext node, long defaultValue) {
        return normalised(node, "axis", node.attributes().intOr("axis", defaultValue), node.rank(0));
    }

    private static int normalised(NodeContext node, String attribute, long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw node.malformedAttribute(attribute, "axis " + axis + " of a tensor with " + rank + " axes");
        }
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    private static int atLeast(NodeContext node, int least) {
        int rank = node.rank(0);
        if (rank < least) {
            throw node.malformed("expected an input with at least " + least + " axes, got " + rank);
        }
        return rank;
    }

    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }
}
