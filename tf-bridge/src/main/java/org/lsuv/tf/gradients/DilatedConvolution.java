package org.lsuv.tf.gradients;

import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TFloating;

/**
 * Spells a dilated {@code Conv2D} as one without dilations, over the grids of pixels that it never mixes: TensorFlow's
 * gradient of a dilated one forgets the dilations.
 */
final class DilatedConvolution {
    private static final List<Long> UNIT = List.of(1L, 1L, 1L, 1L);
    private static final int[] TO_LAST = {0, 2, 3, 1};
    private static final int[] TO_FIRST = {0, 3, 1, 2};

    private DilatedConvolution() {}

    /**
     * Tells whether an operation is a dilated convolution that can be spelled so: one that pads nothing, since what it
     * reads is padded before, or has no strides, on which {@code SAME} padding depends.
     */
    static boolean is(NodeDef node) {
        return node.getOp().equals("Conv2D")
                && !numbers(node, "dilations").equals(UNIT)
                && (says(node, "padding", "VALID")
                        || (says(node, "padding", "SAME")
                                && numbers(node, "strides").equals(UNIT)));
    }

    /** Returns the same result; strides are taken from a convolution that has none. */
    static Operand<TFloating> of(Ops tf, Operand<TFloating> x, Operand<TFloating> kernel, NodeDef node) {
        boolean first = says(node, "data_format", "NCHW");
        Operand<TFloating> pixels = first ? tf.linalg.transpose(x, tf.constant(TO_LAST)) : x;
        Operand<TInt32> steps = tf.constant(spatial(node, "dilations", first));
        Operand<TInt32> none = tf.constant(new int[2]);
        if (says(node, "padding", "SAME")) {
            Operand<TInt32> added =
                    tf.math.mul(tf.math.sub(sizes(tf, tf.shape(kernel), 0), tf.constant(new int[] {1, 1})), steps);
            Operand<TInt32> before = tf.math.floorDiv(added, tf.constant(2));
            Operand<TInt32> sides = sides(tf, before, tf.math.sub(added, before));
            pixels = tf.pad(
                    pixels,
                    tf.concat(
                            List.of(
                                    tf.zeros(tf.array(1, 2), TInt32.class),
                                    sides,
                                    tf.zeros(tf.array(1, 2), TInt32.class)),
                            tf.constant(0)),
                    tf.dtypes.cast(tf.constant(0f), x.asOutput().type()));
        }
        Operand<TInt32> rest = tf.math.floorMod(tf.math.neg(sizes(tf, tf.shape(pixels), 1)), steps);
        Operand<TInt32> fill = sides(tf, none, rest);
        Operand<TFloating> grids = tf.spaceToBatchNd(pixels, steps, fill);
        Operand<TFloating> products = tf.nn.conv2d(grids, kernel, UNIT, "VALID");
        Operand<TFloating> whole =
                strided(tf, tf.batchToSpaceNd(products, steps, fill), spatial(node, "strides", first));
        return first ? tf.linalg.transpose(whole, tf.constant(TO_FIRST)) : whole;
    }

    private static Operand<TFloating> strided(Ops tf, Operand<TFloating> pixels, int[] strides) {
        if (IntStream.of(strides).allMatch(stride -> stride == 1)) {
            return pixels;
        }
        Operand<TInt32> ignored = tf.constant(new int[4]);
        return tf.stridedSlice(
                pixels,
                ignored,
                ignored,
                tf.constant(new int[] {1, strides[0], strides[1], 1}),
                StridedSlice.beginMask(0b1111L),
                StridedSlice.endMask(0b1111L));
    }

    /** Returns height and width out of a shape that holds them in a row. */
    private static Operand<TInt32> sizes(Ops tf, Operand<TInt32> shape, int height) {
        return tf.slice(shape, tf.constant(new int[] {height}), tf.constant(new int[] {2}));
    }

    /** Returns a row each for height and width: what is added before, and after. */
    private static Operand<TInt32> sides(Ops tf, Operand<TInt32> before, Operand<TInt32> after) {
        return tf.linalg.transpose(tf.stack(List.of(before, after)), tf.constant(new int[] {1, 0}));
    }

    private static boolean says(NodeDef node, String attribute, String value) {
        return attribute(node, attribute).getS().toStringUtf8().equals(value);
    }

    private static List<Long> numbers(NodeDef node, String attribute) {
        List<Long> numbers = attribute(node, attribute).getList().getIList();
        return numbers.isEmpty() ? UNIT : numbers;
    }

    private static int[] spatial(NodeDef node, String attribute, boolean first) {
        List<Long> all = numbers(node, attribute);
        int height = first ? 2 : 1;
        return new int[] {Math.toIntExact(all.get(height)), Math.toIntExact(all.get(height + 1))};
    }

    private static AttrValue attribute(NodeDef node, String name) {
        return node.getAttrOrDefault(name, AttrValue.getDefaultInstance());
    }
}
