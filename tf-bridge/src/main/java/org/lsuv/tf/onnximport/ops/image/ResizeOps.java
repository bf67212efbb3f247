package org.lsuv.tf.onnximport.ops.image;

import java.util.Arrays;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TType;

/** Converts resizing and rearranging of space. */
public final class ResizeOps {
    private ResizeOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.one("Upsample", 1, ResizeConverter::upsample1);
        ops.one("Upsample", 7, ResizeConverter::upsample7);
        ops.one("Upsample", 9, ResizeConverter::resize10);
        ops.one("Resize", 10, ResizeConverter::resize10);
        ops.one("Resize", 11, ResizeConverter::resize);
        ops.one("DepthToSpace", 1, ResizeOps::depthToSpace);
        ops.one("SpaceToDepth", 1, ResizeOps::spaceToDepth);
    }

    // TensorFlow's own operators want channels last on the CPU, and know only one order.
    private static <T extends TType> Operand<T> depthToSpace(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        int block = blockSize(node);
        long squared = (long) block * block;
        if (x.shape().get(1) >= 0 && x.shape().get(1) % squared != 0) {
            throw node.malformed(x.shape().get(1) + " channels are no multiple of blocksize² = " + squared);
        }
        Size n = Size.of(tf, x, 0);
        Size c = Size.of(tf, x, 1).over(squared);
        Size h = Size.of(tf, x, 2);
        Size w = Size.of(tf, x, 3);
        Size b = Size.of(tf, block);
        String mode = node.attributes().stringOr("mode", "DCR");
        Blocks order = switch (mode) {
            case "DCR" -> new Blocks(List.of(n, b, b, c, h, w), 0, 3, 4, 1, 5, 2);
            case "CRD" -> new Blocks(List.of(n, c, b, b, h, w), 0, 1, 4, 2, 5, 3);
            default -> throw node.malformedAttribute("mode", "expected DCR or CRD, got " + mode);
        };
        return order.apply(tf, x, List.of(n, c, h.times(block), w.times(block)));
    }

    private static <T extends TType> Operand<T> spaceToDepth(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        int block = blockSize(node);
        for (int axis = 2; axis < 4; axis++) {
            if (x.shape().get(axis) >= 0 && x.shape().get(axis) % block != 0) {
                throw node.malformed("the size " + x.shape().get(axis) + " of axis " + axis
                        + " is no multiple of blocksize " + block);
            }
        }
        Size n = Size.of(tf, x, 0);
        Size c = Size.of(tf, x, 1);
        Size h = Size.of(tf, x, 2).over(block);
        Size w = Size.of(tf, x, 3).over(block);
        Size b = Size.of(tf, block);
        return new Blocks(List.of(n, c, h, b, w, b), 0, 3, 5, 1, 2, 4)
                .apply(tf, x, List.of(n, c.times((long) block * block), h, w));
    }

    /** Splits axes, reorders the parts, and merges them. */
    private record Blocks(List<Size> sizes, List<Integer> order) {
        Blocks(List<Size> sizes, int... order) {
            this(sizes, Arrays.stream(order).boxed().toList());
        }

        <T extends TType> Operand<T> apply(Ops tf, Operand<T> x, List<Size> merged) {
            int[] permutation = order.stream().mapToInt(Integer::intValue).toArray();
            Operand<T> split = tf.reshape(x, Size.vector(tf, sizes));
            return tf.reshape(tf.linalg.transpose(split, tf.constant(permutation)), Size.vector(tf, merged));
        }
    }

    private static int blockSize(NodeContext node) {
        long block = node.attributes().requireInt("blocksize");
        if (node.rank(0) != 4) {
            throw node.malformed("expected an input with 4 axes, got " + node.rank(0));
        }
        if (block < 1 || block > 1 << 15) {
            throw node.malformedAttribute("blocksize", "expected an integer from 1, got " + block);
        }
        return (int) block;
    }
}
