package org.lsuv.tf.onnximport.ops.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.ConvOps;
import org.lsuv.tf.onnximport.ops.Dims;
import org.lsuv.tf.onnximport.ops.Size;
import org.lsuv.tf.onnximport.ops.Window;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * Converts a convolution whose taps are moved by an input: each tap reads its channels between the
 * pixels, and a matrix product over channels and taps follows.
 */
final class DeformConvConverter<T extends TNumber> {
    private final NodeContext node;
    private final Ops tf;
    private final Operand<T> x;
    private final Operand<T> filter;
    private final Window window;
    private final int axes;
    private final long groups;
    private final long offsetGroups;
    private final long taps;
    private final List<Size> out;

    private DeformConvConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        this.x = node.input(0);
        this.filter = node.input(1);
        this.axes = node.rank(0) - 2;
        this.groups = positive("group");
        this.offsetGroups = positive("offset_group");
        this.window = Window.of(node, kernel());
        this.taps = window.kernel().stream().reduce(1L, Math::multiplyExact);
        this.out = window.fit(node, Channels.spatialSizes(tf, x), false).stream()
                .map(Window.Fit::out)
                .toList();
        checkChannels();
        checkShape(2, offsetGroups * taps * axes);
        if (node.has(4)) {
            checkShape(4, offsetGroups * taps);
        }
    }

    static <T extends TNumber> Operand<T> deformConv(NodeContext node) {
        DeformConvConverter<T> converter = new DeformConvConverter<>(node);
        return converter.withBias(node.linear(converter.product()));
    }

    private long positive(String attribute) {
        long value = node.attributes().intOr(attribute, 1);
        if (value < 1) {
            throw node.malformedAttribute(attribute, "expected an integer from 1, got " + value);
        }
        return value;
    }

    private List<Long> kernel() {
        long[] shape = node.rank(1) == node.rank(0) && axes > 0 ? filter.shape().asArray() : new long[0];
        if (shape.length == 0) {
            throw node.malformed("expected an input and a filter of one rank from 3, got the shapes " + node.shape(0)
                    + " and " + node.shape(1));
        }
        if (LongStream.of(shape).anyMatch(size -> size < 0)) {
            throw node.unsupported(
                    "the shape of the filter \"" + node.node().input(1) + "\" is not known before the graph runs");
        }
        List<Long> kernel = LongStream.of(shape).skip(2).boxed().toList();
        if (node.attributes().has("kernel_shape")
                && !Window.kernelShape(node, axes).equals(kernel)) {
            throw node.malformedAttribute(
                    "kernel_shape", "expected " + kernel + " as the filter has, got " + Window.kernelShape(node, axes));
        }
        return kernel;
    }

    private void checkChannels() {
        long channels = filter.shape().get(1) * groups;
        ConvOps.checkChannels(node, x, channels);
        if (filter.shape().get(0) % groups != 0) {
            throw node.malformed(
                    "the filter's " + filter.shape().get(0) + " output channels are no multiple of group " + groups);
        }
        if (channels % offsetGroups != 0) {
            throw node.malformedAttribute("offset_group", offsetGroups + " does not divide " + channels + " channels");
        }
    }

    private void checkShape(int input, long channels) {
        if (node.rank(input) != axes + 2) {
            throw node.malformed("input \"" + node.node().input(input) + "\" must have " + (axes + 2) + " axes, not "
                    + node.rank(input));
        }
        long[] found = node.shape(input).asArray();
        for (int axis = 1; axis < found.length; axis++) {
            long expected = axis == 1 ? channels : out.get(axis - 2).known().orElse(-1);
            if (found[axis] >= 0 && expected >= 0 && found[axis] != expected) {
                throw node.malformed("input \"" + node.node().input(input) + "\" must have size " + expected
                        + " on axis " + axis + ", but has the shape " + node.shape(input));
            }
        }
    }

    /** Returns the convolution without its bias. */
    private Operand<T> product() {
        long channels = filter.shape().get(1) * groups;
        Size batch = Size.of(tf, x, 0);
        // batch × offset group × tap × space × channel of the group, as (batch, space, channel, tap).
        int[] order = new int[axes + 4];
        order[axes + 1] = 1;
        order[axes + 2] = axes + 3;
        order[axes + 3] = 2;
        IntStream.range(0, axes).forEach(axis -> order[axis + 1] = axis + 3);
        Operand<T> columns = tf.reshape(
                tf.linalg.transpose(samples(channels), tf.constant(order)),
                tf.constant(new long[] {-1, groups, channels / groups * taps}));
        long outputs = filter.shape().get(0);
        Operand<T> matrices =
                tf.reshape(filter, tf.constant(new long[] {groups, outputs / groups, channels / groups * taps}));
        Operand<T> product = tf.linalg.einsum(List.of(columns, matrices), "pgk,gok->pgo");
        List<Size> sizes = new ArrayList<>(out);
        sizes.add(0, batch);
        sizes.add(Size.of(tf, outputs));
        Operand<T> result = Channels.toFirst(tf, tf.reshape(product, Size.vector(tf, sizes)));
        sizes.add(1, sizes.remove(sizes.size() - 1));
        return Dims.known(
                tf,
                result,
                sizes.stream().mapToLong(size -> size.known().orElse(-1)).toArray());
    }

    /** Returns what the taps read, batch × offset group × tap × space × channels of an offset group. */
    private Operand<T> samples(long channels) {
        Size batch = Size.of(tf, x, 0);
        Operand<T> last = Channels.toLast(
                tf,
                tf.reshape(x, shape(batch.times(offsetGroups), channels / offsetGroups, Channels.spatialSizes(tf, x))));
        Operand<T> rows = tf.reshape(last, tf.constant(new long[] {-1, channels / offsetGroups}));
        List<Size> offsetSizes = new ArrayList<>(List.of(batch));
        LongStream.of(offsetGroups, taps, axes)
                .mapToObj(size -> Size.of(tf, size))
                .forEach(offsetSizes::add);
        offsetSizes.addAll(out);
        Operand<T> offsets = tf.reshape(node.<T>input(2), Size.vector(tf, offsetSizes));
        List<Operand<TInt64>> sizes = new ArrayList<>();
        List<Operand<T>> coordinates = new ArrayList<>();
        for (int axis = 0; axis < axes; axis++) {
            sizes.add(Dims.size(tf, x, axis + 2));
            Operand<T> moved = tf.gather(offsets, tf.constant(axis), tf.constant(3));
            coordinates.add(tf.math.add(moved, tf.math.add(ofTaps(axis), ofWindows(axis))));
        }
        long[] spread = LongStream.generate(() -> 1).limit(axes + 3L).toArray();
        spread[0] = -1;
        spread[1] = offsetGroups;
        Operand<TInt32> images =
                tf.range(tf.constant(0), batch.times(offsetGroups).operand(), tf.constant(1));
        Operand<TInt64> image = tf.dtypes.cast(tf.reshape(images, tf.constant(spread)), TInt64.class);
        Operand<T> read = new PixelSampler<>(
                        tf, rows, sizes, PixelSampler.Interpolation.LINEAR, PixelSampler.Outside.ZEROS)
                .at(image, coordinates);
        Optional<Operand<T>> mask = node.optional(4);
        if (mask.isEmpty()) {
            return read;
        }
        List<Size> maskSizes = new ArrayList<>(offsetSizes);
        maskSizes.remove(3);
        maskSizes.add(Size.of(tf, 1));
        return tf.math.mul(read, tf.reshape(mask.get(), Size.vector(tf, maskSizes)));
    }

    private Operand<TInt32> shape(Size first, long second, List<Size> rest) {
        List<Size> sizes = new ArrayList<>(List.of(first, Size.of(tf, second)));
        sizes.addAll(rest);
        return Size.vector(tf, sizes);
    }

    /** Returns where each tap lies on an axis relative to its window, shaped to broadcast. */
    private Operand<T> ofTaps(int axis) {
        long inner = window.kernel().stream().skip(axis + 1L).reduce(1L, Math::multiplyExact);
        double[] places = LongStream.range(0, taps)
                .mapToDouble(tap -> tap
                        / inner
                        % window.kernel().get(axis)
                        * window.dilations().get(axis))
                .toArray();
        Operand<T> constant = tf.dtypes.cast(tf.constant(places), x.type());
        long[] shape = LongStream.generate(() -> 1).limit(axes + 1L).toArray();
        shape[0] = taps;
        return tf.reshape(constant, tf.constant(shape));
    }

    /** Returns where each window starts on an axis, shaped to broadcast. */
    private Operand<T> ofWindows(int axis) {
        long[] shape = LongStream.generate(() -> 1).limit(axes).toArray();
        shape[axis] = -1;
        Operand<T> number =
                tf.dtypes.cast(tf.range(tf.constant(0), out.get(axis).operand(), tf.constant(1)), x.type());
        Operand<T> place = tf.math.sub(
                tf.math.mul(number, tf.constant(x.type(), window.strides().get(axis))),
                tf.constant(x.type(), window.begins().get(axis)));
        return tf.reshape(place, tf.constant(shape));
    }

    private Operand<T> withBias(Operand<T> product) {
        if (!node.has(3)) {
            return product;
        }
        if (node.rank(3) != 1) {
            throw node.malformed("the bias must have 1 axis, but has " + node.rank(3));
        }
        return tf.math.add(product, Channels.along(tf, node.<T>input(3), axes + 2));
    }
}
