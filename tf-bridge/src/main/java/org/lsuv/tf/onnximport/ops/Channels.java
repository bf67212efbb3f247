package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Moves and splits the channel axis, which is the second in ONNX and the last for some kernels. */
public final class Channels {
    private Channels() {}

    /** Returns the sizes behind the batch and channel axes. */
    public static List<Size> spatialSizes(Ops tf, Operand<? extends TType> x) {
        return IntStream.range(2, x.shape().numDimensions())
                .mapToObj(axis -> Size.of(tf, x, axis))
                .toList();
    }

    /** Returns a vector with one value a channel, shaped to broadcast against a tensor of this rank. */
    public static <T extends TType> Operand<T> along(Ops tf, Operand<T> vector, int rank) {
        int[] shape = IntStream.range(0, rank).map(axis -> axis == 1 ? -1 : 1).toArray();
        return tf.reshape(vector, tf.constant(shape));
    }

    /** Moves the channels behind the other axes. */
    public static <T extends TType> Operand<T> toLast(Ops tf, Operand<T> x) {
        int rank = x.shape().numDimensions();
        int[] order = IntStream.range(0, rank)
                .map(axis -> axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1)
                .toArray();
        return tf.linalg.transpose(x, tf.constant(order));
    }

    /** Moves the channels from the last axis to the second. */
    public static <T extends TType> Operand<T> toFirst(Ops tf, Operand<T> x) {
        int rank = x.shape().numDimensions();
        int[] order = IntStream.range(0, rank)
                .map(axis -> axis == 0 ? 0 : axis == 1 ? rank - 1 : axis - 1)
                .toArray();
        return tf.linalg.transpose(x, tf.constant(order));
    }

    /** Returns equal parts along an axis. */
    public static <T extends TNumber> List<Operand<T>> split(Ops tf, Operand<T> x, int axis, long parts) {
        if (parts == 1) {
            return List.of(x);
        }
        List<Operand<T>> all = new ArrayList<>();
        Iterator<Output<T>> outputs =
                tf.split(tf.constant(axis), x, parts).output().iterator();
        outputs.forEachRemaining(all::add);
        return all;
    }

    static <T extends TNumber> Operand<T> join(Ops tf, List<Operand<T>> parts, int axis) {
        return parts.size() == 1 ? parts.get(0) : tf.concat(parts, tf.constant(axis));
    }
}
