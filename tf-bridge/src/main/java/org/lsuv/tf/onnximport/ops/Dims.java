package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceProd;
import org.tensorflow.op.core.StridedSlice;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Gives sizes of a value as tensors: constants where they are known, computed ones where not. */
public final class Dims {
    private Dims() {}

    /** Returns all sizes of a value, as a list. */
    public static Operand<TInt64> of(Ops tf, Operand<?> value) {
        Shape shape = value.shape();
        return shape.hasUnknownDimension() ? tf.shape(value, TInt64.class) : tf.constant(shape.asArray());
    }

    /** Returns one size of a value of known rank, as a scalar. */
    public static Operand<TInt64> size(Ops tf, Operand<?> value, int axis) {
        long size = value.shape().get(axis);
        return size >= 0 ? tf.constant(size) : element(tf, tf.shape(value, TInt64.class), axis);
    }

    /** Returns an element of a list, as a scalar. */
    public static <T extends TType> Operand<T> element(Ops tf, Operand<T> list, int index) {
        return tf.stridedSlice(
                list,
                tf.constant(new long[] {index}),
                tf.constant(new long[] {index + 1}),
                tf.constant(new long[] {1}),
                StridedSlice.shrinkAxisMask(1L));
    }

    /** Returns the product of sizes from one axis (inclusive) to another (exclusive), as a scalar. */
    public static Operand<TInt64> product(Ops tf, Operand<?> value, int from, int to) {
        long product = product(value.shape(), from, to);
        if (product >= 0) {
            return tf.constant(product);
        }
        Operand<TInt64> sizes = tf.stridedSlice(
                tf.shape(value, TInt64.class),
                tf.constant(new long[] {from}),
                tf.constant(new long[] {to}),
                tf.constant(new long[] {1}));
        return tf.reduceProd(sizes, tf.constant(0), ReduceProd.keepDims(false));
    }

    /** Returns the product of sizes of a shape of known rank, −1 if one is not known. */
    static long product(Shape shape, int from, int to) {
        long[] sizes = Arrays.copyOfRange(shape.asArray(), from, to);
        return LongStream.of(sizes).anyMatch(size -> size < 0)
                ? -1
                : LongStream.of(sizes).reduce(1, Math::multiplyExact);
    }

    /** Returns scalars as a list. */
    public static Operand<TInt64> list(Ops tf, List<Operand<TInt64>> scalars) {
        return scalars.isEmpty() ? tf.constant(new long[0]) : tf.stack(scalars);
    }

    /** Returns the value with what is known of its shape told to TensorFlow; −1 for a size that is not. */
    public static <T extends TType> Operand<T> known(Ops tf, Operand<T> value, long[] sizes) {
        boolean news = value.shape().hasUnknownDimension()
                && LongStream.of(sizes).anyMatch(size -> size >= 0)
                && !Arrays.equals(value.shape().asArray(), sizes);
        return news ? tf.ensureShape(value, Shape.of(sizes)) : value;
    }
}
