package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;

/** Converts what puts elements into a larger or smaller image. */
final class PlacementOps {
    private PlacementOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Col2Im", 18, Col2ImConverter::col2Im);
        ops.one("CenterCropPad", 18, PlacementOps::centerCropPad);
        ops.one("MaxUnpool", 9, PlacementOps::maxUnpool);
    }

    /** Returns the elements of a list of sizes, one by one; its length must be known. */
    static List<Size> sizes(NodeContext node, int input) {
        Ops tf = node.tf();
        long count = node.rank(input) == 1 ? node.shape(input).get(0) : 0;
        if (count < 0) {
            throw node.unsupported(
                    "how many sizes \"" + node.node().input(input) + "\" holds is not known before the graph runs");
        }
        if (node.rank(input) != 1) {
            throw node.malformed("input " + input + ": expected a list of sizes, got shape " + node.shape(input));
        }
        Optional<long[]> known = node.sizes(input);
        List<Size> sizes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long size = known.isPresent() ? known.get()[i] : NodeContext.UNKNOWN_SIZE;
            if (size != NodeContext.UNKNOWN_SIZE && (size < 0 || size > Integer.MAX_VALUE)) {
                throw node.malformed(
                        "input " + input + ": expected sizes, got " + Arrays.toString(known.orElseThrow()));
            }
            sizes.add(
                    size != NodeContext.UNKNOWN_SIZE
                            ? Size.of(tf, size)
                            : Size.of(tf, Dims.element(tf, node.<TNumber>input(input), i)));
        }
        return sizes;
    }

    private static Operand<?> centerCropPad(NodeContext node) {
        Ops tf = node.tf();
        if (ElementTypes.is(node.input(0), TBool.class)) {
            Operand<TUint8> bits = tf.dtypes.cast(node.<TBool>input(0), TUint8.class);
            return tf.dtypes.cast(centred(node, bits), TBool.class);
        }
        return centred(node, node.<TNumber>input(0));
    }

    private static <T extends TNumber> Operand<T> centred(NodeContext node, Operand<T> x) {
        Ops tf = node.tf();
        int rank = node.rank(0);
        int[] axes = node.attributes()
                .ints("axes")
                .map(given -> Axes.positions(node, given, rank))
                .orElseGet(() -> Axes.all(rank));
        List<Size> targets = sizes(node, 1);
        if (targets.size() != axes.length) {
            throw node.malformed("expected a size for each of " + axes.length + " axes, got " + targets.size());
        }
        Size none = Size.of(tf, 0);
        List<Size> starts = new ArrayList<>();
        List<Size> kept = new ArrayList<>();
        List<Size> before = new ArrayList<>();
        List<Size> after = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            int position = indexOf(axes, axis);
            Size size = Size.of(tf, x, axis);
            Size target = position < 0 ? size : targets.get(position);
            Size missing = target.minus(size).atLeast(0);
            starts.add(size.minus(target).atLeast(0).over(2));
            kept.add(size.atMost(target));
            before.add(position < 0 ? none : missing.over(2));
            after.add(position < 0 ? none : missing.minus(missing.over(2)));
        }
        Operand<T> cropped = tf.slice(x, Size.vector(tf, starts), Size.vector(tf, kept));
        return new Padding(before, after).apply(tf, cropped, 0);
    }

    private static int indexOf(int[] axes, int axis) {
        return IntStream.range(0, axes.length)
                .filter(i -> axes[i] == axis)
                .findFirst()
                .orElse(-1);
    }

    /** Puts each value where its index says; the indices count in the image that the window's attributes give. */
    private static <T extends TNumber> Operand<T> maxUnpool(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        int axes = node.rank(0) - 2;
        if (axes < 1) {
            throw node.malformed("expected an input with at least 3 axes, got " + node.rank(0));
        }
        node.attributes().requireInts("kernel_shape");
        Window window = Window.of(node, Window.kernelShape(node, axes));
        List<Size> inferred = new ArrayList<>(List.of(Size.of(tf, x, 0), Size.of(tf, x, 1)));
        for (int axis = 0; axis < axes; axis++) {
            inferred.add(Size.of(tf, x, axis + 2)
                    .plus(-1)
                    .times(window.strides().get(axis))
                    .plus(window.kernel().get(axis)
                            - window.begins().get(axis)
                            - window.ends().get(axis)));
        }
        Operand<TInt32> shape = Size.vector(tf, inferred);
        Operand<TInt64> index = tf.reshape(node.<TInt64>input(1), tf.constant(new long[] {-1, 1}));
        Operand<T> values = tf.reshape(x, tf.constant(new long[] {-1}));
        Operand<T> zeros = tf.fill(
                tf.reshape(tf.prod(shape, tf.constant(0)), tf.constant(new int[] {1})), tf.constant(x.type(), 0));
        Operand<T> image = tf.reshape(tf.tensorScatterNdUpdate(zeros, index, values), shape);
        if (!node.has(2)) {
            return image;
        }
        List<Size> asked = sizes(node, 2);
        if (asked.size() != axes + 2) {
            throw node.malformed("expected an output_shape of " + (axes + 2) + " sizes, got " + asked.size());
        }
        Size none = Size.of(tf, 0);
        List<Size> behind = IntStream.range(0, axes + 2)
                .mapToObj(axis -> asked.get(axis).minus(inferred.get(axis)))
                .toList();
        if (behind.stream().anyMatch(size -> size.known().orElse(0) < 0)) {
            throw node.malformed("output_shape is smaller than the shape that the attributes give");
        }
        return new Padding(behind.stream().map(size -> none).toList(), behind).apply(tf, image, 0);
    }
}
