package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Sum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.AvgPool;
import org.tensorflow.op.nn.MaxPool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts pooling. */
public final class PoolOps {
    private PoolOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.many("MaxPool", 1, PoolOps::maxPool);
        ops.one("AveragePool", 1, node -> averagePool(node, node.input(0)));
        ops.one("LpPool", 1, node -> lpPool(node, realOrder(node)));
        ops.one("LpPool", 2, node -> lpPool(node, order(node)));
        ops.one("GlobalMaxPool", 1, PoolOps::globalMaxPool);
        ops.one("GlobalAveragePool", 1, PoolOps::globalAveragePool);
        ops.one("GlobalLpPool", 1, node -> globalLpPool(node, realOrder(node)));
        ops.one("GlobalLpPool", 2, node -> globalLpPool(node, order(node)));
    }

    /** Describes where the windows of a pooling node lie. */
    private record Pooling(NodeContext node, Window window, List<Window.Fit> fits) {
        static Pooling of(NodeContext node) {
            int rank = node.rank(0);
            if (rank < 3) {
                throw node.malformed("expected an input with at least 3 axes, got " + rank);
            }
            node.attributes().requireInts("kernel_shape");
            Window window = Window.of(node, Window.kernelShape(node, rank - 2));
            boolean roundUp = node.attributes().flag("ceil_mode");
            return new Pooling(
                    node, window, window.fit(node, Channels.spatialSizes(node.tf(), node.input(0)), roundUp));
        }

        /** Tells whether TensorFlow's own pooling does it. */
        boolean isPlain(Operand<? extends TNumber> x) {
            boolean real = x.type() == TFloat32.class || x.type() == TFloat64.class;
            return real && window.rank() == 2 && !window.isDilated();
        }

        List<Size> begins() {
            return fits.stream().map(Window.Fit::begin).toList();
        }

        List<Size> ends() {
            return fits.stream().map(Window.Fit::end).toList();
        }

        Padding padding() {
            return Padding.spatial(node, begins(), ends());
        }

        Padding overhang() {
            Size none = Size.of(node.tf(), 0);
            return Padding.spatial(
                    node,
                    fits.stream().map(fit -> none).toList(),
                    fits.stream().map(Window.Fit::overhang).toList());
        }

        <T extends TNumber> Operand<T> padded(Operand<T> x, Number value) {
            List<Size> ends =
                    fits.stream().map(fit -> fit.end().plus(fit.overhang())).toList();
            return Padding.spatial(node, begins(), ends).apply(node.tf(), x, value);
        }

        SlidingWindows windows() {
            if (window.kernel().stream().anyMatch(taps -> taps > SlidingWindows.MAX_TAPS)) {
                throw node.unsupported("a window of " + window.kernel() + "; this form of pooling takes at most "
                        + SlidingWindows.MAX_TAPS + " on an axis");
            }
            return new SlidingWindows(
                    node.tf(), window, fits.stream().map(Window.Fit::out).toList());
        }

        long taps() {
            return window.kernel().stream().reduce(1L, (a, b) -> a * b);
        }

        private List<Long> plane(List<Long> values) {
            return List.of(1L, 1L, values.get(0), values.get(1));
        }

        <T extends TNumber> Operand<T> mean(Operand<T> padded) {
            Ops tf = node.tf();
            if (isPlain(padded)) {
                return tf.nn.avgPool(
                        padded, plane(window.kernel()), plane(window.strides()), "VALID", AvgPool.dataFormat("NCHW"));
            }
            Operand<T> sum = windows().reduce(padded, tf.math::add);
            return tf.math.div(sum, tf.constant(padded.type(), taps()));
        }

        <T extends TNumber> Operand<T> max(Operand<T> padded) {
            Ops tf = node.tf();
            return isPlain(padded)
                    ? tf.nn.maxPool(
                            padded, ints(window.kernel()), ints(window.strides()), "VALID", MaxPool.dataFormat("NCHW"))
                    : windows().reduce(padded, tf.math::maximum);
        }

        private Operand<TInt32> ints(List<Long> values) {
            return node.tf()
                    .constant(plane(values).stream().mapToInt(Math::toIntExact).toArray());
        }
    }

    private static <T extends TNumber> List<Operand<?>> maxPool(NodeContext node) {
        Operand<T> x = node.input(0);
        Pooling pooling = Pooling.of(node);
        Operand<T> padded = pooling.padded(x, lowest(node, x.type()));
        if (!node.wants(1)) {
            return List.of(pooling.max(padded));
        }
        SlidingWindows.Maxima<T> maxima = pooling.windows().maxima(padded);
        return List.of(maxima.values(), indices(node, pooling, maxima.places()));
    }

    private static Number lowest(NodeContext node, Class<? extends TType> type) {
        if (type == TFloat32.class) {
            return Float.NEGATIVE_INFINITY;
        } else if (type == TFloat64.class) {
            return Double.NEGATIVE_INFINITY;
        } else if (type == TUint8.class) {
            return (byte) 0;
        } else if (type == TInt32.class) {
            return Integer.MIN_VALUE;
        }
        throw node.unsupported("maxima of " + type.getSimpleName());
    }

    /** Returns places as indices into the whole tensor, without its padding. */
    private static Operand<TInt64> indices(NodeContext node, Pooling pooling, List<Operand<TInt64>> places) {
        Ops tf = node.tf();
        int rank = places.size();
        boolean columnMajor = node.attributes().flag("storage_order");
        Operand<TInt64> sizes = tf.shape(node.input(0), TInt64.class);
        int[] axes = IntStream.range(0, rank)
                .map(axis -> columnMajor ? rank - 1 - axis : axis)
                .toArray();
        Operand<TInt64> index = planes(node);
        for (int axis : axes) {
            Operand<TInt64> size = tf.gather(sizes, tf.constant(axis + 2), tf.constant(0));
            Operand<TInt64> begin =
                    tf.dtypes.cast(pooling.fits().get(axis).begin().operand(), TInt64.class);
            index = tf.math.add(tf.math.mul(index, size), tf.math.sub(places.get(axis), begin));
        }
        return index;
    }

    /** Returns the number of each plane, batch × channels × 1 …. */
    private static Operand<TInt64> planes(NodeContext node) {
        Ops tf = node.tf();
        Operand<TInt32> shape = tf.shape(node.input(0));
        Operand<TInt32> first = tf.slice(shape, tf.constant(new int[] {0}), tf.constant(new int[] {2}));
        Operand<TInt32> ones =
                tf.constant(IntStream.generate(() -> 1).limit(node.rank(0) - 2).toArray());
        Operand<TInt64> range = tf.dtypes.cast(
                tf.range(tf.constant(0), tf.reduceProd(first, tf.constant(0)), tf.constant(1)), TInt64.class);
        return tf.reshape(range, tf.concat(List.of(first, ones), tf.constant(0)));
    }

    /** Returns the means of an operand with the shape of the node's first input. */
    public static <T extends TNumber> Operand<T> averagePool(NodeContext node, Operand<T> x) {
        Ops tf = node.tf();
        Pooling pooling = Pooling.of(node);
        Operand<T> mean = pooling.mean(pooling.padded(x, 0));
        boolean countPadding = node.attributes().flag("count_include_pad");
        if (pooling.overhang().isNone() && (countPadding || pooling.padding().isNone())) {
            return mean;
        }
        // What a last, partial window has beyond the padding is never counted.
        List<Size> sizes = new ArrayList<>(List.of(Size.of(tf, 1), Size.of(tf, 1)));
        sizes.addAll(Channels.spatialSizes(tf, x));
        Operand<T> ones = tf.fill(Size.vector(tf, sizes), tf.constant(x.type(), 1));
        Operand<T> counted = pooling.overhang().apply(tf, pooling.padding().apply(tf, ones, countPadding ? 1 : 0), 0);
        return tf.math.divNoNan(mean, pooling.mean(counted));
    }

    private static <T extends TNumber> Operand<T> lpPool(NodeContext node, double p) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        Pooling pooling = Pooling.of(node);
        Operand<T> mean = pooling.mean(pooling.padded(power(tf, x, p), 0));
        return root(tf, tf.math.mul(mean, tf.constant(x.type(), pooling.taps())), p);
    }

    private static double order(NodeContext node) {
        long p = node.attributes().intOr("p", 2);
        if (p < 1) {
            throw node.malformedAttribute("p", "expected an integer from 1, got " + p);
        }
        return p;
    }

    /** Version 1 has the order as a floating-point number. */
    private static double realOrder(NodeContext node) {
        float p = node.attributes().floatOr("p", 2);
        if (!(p > 0)) {
            throw node.malformedAttribute("p", "expected a positive number, got " + p);
        }
        return p;
    }

    static <T extends TNumber> Operand<T> power(Ops tf, Operand<T> x, double p) {
        if (p == 2) {
            return tf.math.square(x);
        }
        return p == 1 ? tf.math.abs(x) : tf.math.pow(tf.math.abs(x), tf.constant(x.type(), p));
    }

    static <T extends TNumber> Operand<T> root(Ops tf, Operand<T> x, double p) {
        if (p == 2) {
            return tf.math.sqrt(x);
        }
        return p == 1 ? x : tf.math.pow(x, tf.constant(x.type(), 1.0 / p));
    }

    private static <T extends TNumber> Operand<T> globalMaxPool(NodeContext node) {
        return node.tf().max(node.<T>input(0), space(node), Max.keepDims(true));
    }

    private static <T extends TNumber> Operand<T> globalAveragePool(NodeContext node) {
        return node.tf().math.mean(node.<T>input(0), space(node), Mean.keepDims(true));
    }

    private static <T extends TNumber> Operand<T> globalLpPool(NodeContext node, double p) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        return root(tf, tf.sum(power(tf, x, p), space(node), Sum.keepDims(true)), p);
    }

    private static Operand<TInt64> space(NodeContext node) {
        return node.tf().constant(LongStream.range(2, node.rank(0)).toArray());
    }
}
