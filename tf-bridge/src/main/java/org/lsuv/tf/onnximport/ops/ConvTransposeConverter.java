package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.nn.Conv2dBackpropInput;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Converts transposed convolutions: the whole product is computed without padding, then cropped or
 * extended by zeros. Filters arrive as input × output ÷ group × space.
 */
final class ConvTransposeConverter {
    private final NodeContext node;
    private final Ops tf;
    private final Window window;
    private final long group;
    private final List<Long> outputPadding;
    private final Optional<List<Long>> outputShape;

    private ConvTransposeConverter(
            NodeContext node, Window window, long group, List<Long> outputPadding, Optional<List<Long>> outputShape) {
        this.node = node;
        this.tf = node.tf();
        this.window = window;
        this.group = group;
        this.outputPadding = outputPadding;
        this.outputShape = outputShape;
    }

    static <T extends TNumber> Operand<T> convTranspose(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        Operand<T> w = node.input(1);
        Filter filter = Filter.of(node, x);
        if (w.shape().get(0) % filter.group() != 0) {
            throw node.malformed(
                    "the filter's " + w.shape().get(0) + " input channels are no multiple of group " + filter.group());
        }
        ConvOps.checkChannels(node, x, w.shape().get(0));
        Window window = Window.of(node, filter.kernel());
        List<Long> outputPadding = outputPadding(node, window.rank());
        Optional<List<Long>> outputShape = outputShape(node, window.rank());
        boolean line = window.rank() == 1;
        if (line) {
            x = tf.expandDims(x, tf.constant(2));
            w = tf.expandDims(w, tf.constant(2));
            window = window.withLeadingAxis();
            outputPadding = Window.prepend(0, outputPadding);
            outputShape = outputShape.map(sizes -> Window.prepend(1, sizes));
        }
        Operand<T> product =
                new ConvTransposeConverter(node, window, filter.group(), outputPadding, outputShape).product(x, w);
        if (line) {
            product = tf.squeeze(product, Squeeze.axis(2L));
        }
        return ConvOps.withBias(node, node.linear(product));
    }

    private static List<Long> outputPadding(NodeContext node, int rank) {
        long[] values = node.attributes().ints("output_padding", rank).orElseGet(() -> new long[rank]);
        if (LongStream.of(values).anyMatch(value -> value < 0)) {
            throw node.malformedAttribute("output_padding", "expected integers from 0");
        }
        return LongStream.of(values).boxed().toList();
    }

    private static Optional<List<Long>> outputShape(NodeContext node, int rank) {
        return node.attributes().ints("output_shape").map(values -> {
            // Some exporters list the batch and channel axes as well.
            List<Long> sizes = LongStream.of(values)
                    .skip(Math.max(0, values.length - rank))
                    .boxed()
                    .toList();
            if (sizes.size() != rank || sizes.stream().anyMatch(size -> size < 1)) {
                throw node.malformedAttribute("output_shape", "expected " + rank + " sizes from 1");
            }
            return sizes;
        });
    }

    private <T extends TNumber> Operand<T> product(Operand<T> x, Operand<T> w) {
        int rank = window.rank();
        List<Size> in = Channels.spatialSizes(tf, x);
        List<Size> whole = new ArrayList<>(List.of(Size.of(tf, x, 0)));
        List<Size> begins = new ArrayList<>();
        List<Size> outs = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            whole.add(in.get(axis).plus(-1).times(window.strides().get(axis)).plus(window.extent(axis)));
            crop(axis, in.get(axis), begins, outs);
        }
        Operand<T> uncropped = rank == 2 ? plane(x, w, whole) : space(x, w, whole);
        return cropped(uncropped, whole.subList(1, rank + 1), begins, outs);
    }

    /** Finds how much is cut in front on an axis, and the output's size. */
    private void crop(int axis, Size in, List<Size> begins, List<Size> outs) {
        long stride = window.strides().get(axis);
        Size full = in.plus(-1).times(stride).plus(window.extent(axis) + outputPadding.get(axis));
        Optional<Size> wanted = wanted(axis, in);
        if (wanted.isEmpty()) {
            long begin =
                    window.autoPad() == Window.AutoPad.NOTSET ? window.begins().get(axis) : 0;
            long end = window.autoPad() == Window.AutoPad.NOTSET ? window.ends().get(axis) : 0;
            begins.add(Size.of(tf, begin));
            outs.add(full.plus(-begin - end));
            return;
        }
        Size out = wanted.get();
        Size total = full.minus(out).atLeast(0);
        Size less = total.over(2);
        begins.add(window.autoPad() == Window.AutoPad.SAME_UPPER ? less : total.minus(less));
        outs.add(out);
    }

    private Optional<Size> wanted(int axis, Size in) {
        if (outputShape.isPresent()) {
            return outputShape.map(sizes -> Size.of(tf, sizes.get(axis)));
        }
        return window.autoPad().isSame() ? Optional.of(in.times(window.strides().get(axis))) : Optional.empty();
    }

    private <T extends TNumber> Operand<T> plane(Operand<T> x, Operand<T> w, List<Size> whole) {
        Operand<T> filter = Filter.dilated(tf, tf.linalg.transpose(w, tf.constant(new int[] {2, 3, 1, 0})), window);
        List<Size> sizes = new ArrayList<>(whole);
        sizes.add(1, Size.of(tf, w.shape().get(1)));
        Operand<TInt32> inputSizes = Size.vector(tf, sizes);
        List<Long> strides =
                List.of(1L, 1L, window.strides().get(0), window.strides().get(1));
        return grouped(
                x,
                filter,
                1,
                (part, kernel) -> tf.nn.conv2dBackpropInput(
                        inputSizes, kernel, part, strides, "VALID", Conv2dBackpropInput.dataFormat("NCHW")));
    }

    private <T extends TNumber> Operand<T> space(Operand<T> x, Operand<T> w, List<Size> whole) {
        Operand<T> filter = Filter.dilated(tf, tf.linalg.transpose(w, tf.constant(new int[] {2, 3, 4, 1, 0})), window);
        List<Size> sizes = new ArrayList<>(whole);
        sizes.add(Size.of(tf, w.shape().get(1)));
        Operand<TInt32> inputSizes = Size.vector(tf, sizes);
        return Channels.toFirst(
                tf,
                grouped(
                        Channels.toLast(tf, x),
                        filter,
                        4,
                        (part, kernel) -> tf.nn.conv3dBackpropInput(
                                inputSizes, kernel, part, window.stridesChannelsLast(), "VALID")));
    }

    private <T extends TNumber> Operand<T> grouped(
            Operand<T> x, Operand<T> filter, int channelAxis, BinaryOperator<Operand<T>> one) {
        List<Operand<T>> inputs = Channels.split(tf, x, channelAxis, group);
        List<Operand<T>> filters = Channels.split(tf, filter, filter.shape().numDimensions() - 1, group);
        List<Operand<T>> products = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            products.add(one.apply(inputs.get(i), filters.get(i)));
        }
        return Channels.join(tf, products, channelAxis);
    }

    private <T extends TNumber> Operand<T> cropped(
            Operand<T> whole, List<Size> sizes, List<Size> begins, List<Size> outs) {
        List<Size> missing = new ArrayList<>();
        boolean same = true;
        for (int axis = 0; axis < sizes.size(); axis++) {
            Size lacking = begins.get(axis).plus(outs.get(axis)).minus(sizes.get(axis));
            missing.add(lacking.atLeast(0));
            same &= lacking.is(0) && begins.get(axis).is(0);
        }
        if (same) {
            return whole;
        }
        Size none = Size.of(tf, 0);
        List<Size> starts = new ArrayList<>(List.of(none, none));
        starts.addAll(begins);
        List<Size> lengths = new ArrayList<>(List.of(Size.of(tf, whole, 0), Size.of(tf, whole, 1)));
        lengths.addAll(outs);
        Operand<T> enough = Padding.spatial(
                        node, sizes.stream().map(size -> none).toList(), missing)
                .apply(tf, whole, 0);
        return tf.slice(enough, Size.vector(tf, starts), Size.vector(tf, lengths));
    }
}
