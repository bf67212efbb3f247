package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Converts Col2Im: every element of a column belongs to a pixel of the image, and those of one pixel
 * are summed. What belongs to the padding is dropped.
 */
final class Col2ImConverter {
    private final NodeContext node;
    private final Ops tf;
    private final List<Size> image;
    private final List<Size> block;
    private final Window window;

    private Col2ImConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        this.image = PlacementOps.sizes(node, 1);
        this.block = PlacementOps.sizes(node, 2);
        if (image.isEmpty() || image.size() != block.size()) {
            throw node.malformed(
                    "expected as many sizes of a block as of the image, got " + block.size() + " and " + image.size());
        }
        if (node.rank(0) != 3) {
            throw node.malformed("expected columns of rank 3, got shape " + node.shape(0));
        }
        // Strides, dilations and pads alone: the sizes of a block may be computed.
        this.window = Window.of(node, block.stream().map(size -> 1L).toList());
    }

    static <T extends TNumber> Operand<T> col2Im(NodeContext node) {
        return new Col2ImConverter(node).result(node.input(0));
    }

    private <T extends TNumber> Operand<T> result(Operand<T> x) {
        Size batch = Size.of(tf, x, 0);
        Size taps = product(block);
        Size channels = channels(x, taps);
        Size windows = Size.of(tf, x, 2);
        Operand<T> split = tf.reshape(x, Size.vector(tf, List.of(batch, channels, taps, windows)));
        Operand<T> byTap = tf.linalg.transpose(split, tf.constant(new int[] {2, 3, 0, 1}));
        Operand<T> rows =
                tf.reshape(byTap, Size.vector(tf, List.of(Size.of(tf, -1), product(List.of(batch, channels)))));
        Operand<T> pixels =
                tf.math.unsortedSegmentSum(rows, places(), product(image).operand());
        Operand<T> bySample = tf.reshape(pixels, Size.vector(tf, List.of(product(image), batch, channels)));
        List<Size> result = new ArrayList<>(List.of(batch, channels));
        result.addAll(image);
        return Dims.known(
                tf,
                tf.reshape(tf.linalg.transpose(bySample, tf.constant(new int[] {1, 2, 0})), Size.vector(tf, result)),
                result.stream().mapToLong(size -> size.known().orElse(-1)).toArray());
    }

    private Size channels(Operand<? extends TNumber> x, Size taps) {
        Size rows = Size.of(tf, x, 1);
        if (rows.known().isPresent() && taps.known().isPresent()) {
            long count = taps.known().getAsLong();
            if (count < 1 || rows.known().getAsLong() % count != 0) {
                throw node.malformed("columns of " + rows.known().getAsLong()
                        + " elements are no whole number of blocks of " + count);
            }
            return rows.over(count);
        }
        return Size.of(tf, tf.math.floorDiv(rows.operand(), taps.operand()));
    }

    private Size product(List<Size> sizes) {
        if (sizes.stream().allMatch(size -> size.known().isPresent())) {
            return Size.of(
                    tf,
                    sizes.stream().mapToLong(size -> size.known().orElseThrow()).reduce(1, Math::multiplyExact));
        }
        return Size.of(
                tf, sizes.stream().map(Size::operand).reduce(tf.math::mul).orElseThrow());
    }

    /** Returns the pixel of each element, taps × windows, or −1 in the padding. */
    private Operand<TInt32> places() {
        Operand<TInt32> place = tf.constant(0);
        Operand<TBool> inside = tf.constant(true);
        for (int axis = 0; axis < image.size(); axis++) {
            Operand<TInt32> size = image.get(axis).operand();
            Operand<TInt32> onAxis = onAxis(axis);
            inside = tf.math.logicalAnd(
                    inside,
                    tf.math.logicalAnd(tf.math.greaterEqual(onAxis, tf.constant(0)), tf.math.less(onAxis, size)));
            place = tf.math.add(tf.math.mul(place, size), onAxis);
        }
        return tf.reshape(tf.select(inside, place, tf.constant(-1)), tf.constant(new int[] {-1}));
    }

    /** Returns where the elements lie on an axis of the image, shaped to broadcast against the other axes. */
    private Operand<TInt32> onAxis(int axis) {
        long dilation = window.dilations().get(axis);
        long stride = window.strides().get(axis);
        Size slack = image.get(axis)
                .plus(window.begins().get(axis) + window.ends().get(axis) - 1)
                .minus(block.get(axis).plus(-1).times(dilation));
        Size windows = slack.over(stride).plus(1);
        Operand<TInt32> taps =
                places(block.get(axis), dilation, -window.begins().get(axis), axis);
        return tf.math.add(taps, places(windows, stride, 0, image.size() + axis));
    }

    private Operand<TInt32> places(Size count, long step, long first, int axis) {
        int[] shape = IntStream.range(0, 2 * image.size())
                .map(i -> i == axis ? -1 : 1)
                .toArray();
        Operand<TInt32> numbers = tf.range(tf.constant(0), count.operand(), tf.constant(1));
        Operand<TInt32> places = tf.math.add(
                tf.math.mul(numbers, tf.constant(Math.toIntExact(step))), tf.constant(Math.toIntExact(first)));
        return tf.reshape(places, tf.constant(shape));
    }
}
