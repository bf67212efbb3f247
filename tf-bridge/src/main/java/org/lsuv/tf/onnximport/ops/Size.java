package org.lsuv.tf.onnximport.ops;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.Supplier;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * A size along one axis, known now or only when the graph runs. Arithmetic on known sizes happens now;
 * on others it becomes part of the graph.
 */
public final class Size {
    private final Ops tf;
    private final OptionalLong known;
    private final Supplier<Operand<TInt32>> operand;

    private Size(Ops tf, OptionalLong known, Supplier<Operand<TInt32>> operand) {
        this.tf = tf;
        this.known = known;
        this.operand = operand;
    }

    private static Size later(Ops tf, Operand<TInt32> operand) {
        return new Size(tf, OptionalLong.empty(), () -> operand);
    }

    /** Returns a known size. */
    public static Size of(Ops tf, long size) {
        return new Size(tf, OptionalLong.of(size), () -> tf.constant(Math.toIntExact(size)));
    }

    /** Returns the size of an operand along an axis. */
    public static Size of(Ops tf, Operand<? extends TType> operand, int axis) {
        long size = operand.shape().get(axis);
        return size != Shape.UNKNOWN_SIZE
                ? of(tf, size)
                : later(tf, tf.gather(tf.shape(operand), tf.constant(axis), tf.constant(0)));
    }

    /** Returns a size that a scalar holds. */
    public static Size of(Ops tf, Operand<? extends TNumber> scalar) {
        return later(tf, tf.dtypes.cast(scalar, TInt32.class));
    }

    /** Returns the sizes as one vector, constant where all are known. */
    public static Operand<TInt32> vector(Ops tf, List<Size> sizes) {
        if (sizes.stream().allMatch(size -> size.known.isPresent())) {
            return tf.constant(sizes.stream()
                    .mapToInt(size -> Math.toIntExact(size.known.getAsLong()))
                    .toArray());
        }
        return tf.stack(sizes.stream().map(Size::operand).toList());
    }

    /** Returns the size if it is known now. */
    public OptionalLong known() {
        return known;
    }

    /** Tells whether the size is known to be this. */
    public boolean is(long size) {
        return known.isPresent() && known.getAsLong() == size;
    }

    /** Returns the size as a scalar. */
    public Operand<TInt32> operand() {
        return operand.get();
    }

    Size plus(Size other) {
        return combine(other, Math::addExact, tf.math::add);
    }

    /** Returns the sum. */
    public Size plus(long other) {
        return other == 0 ? this : plus(of(tf, other));
    }

    /** Returns the difference. */
    public Size minus(Size other) {
        return combine(other, Math::subtractExact, tf.math::sub);
    }

    /** Returns the product. */
    public Size times(Size factor) {
        return combine(factor, Math::multiplyExact, tf.math::mul);
    }

    /** Returns the product with a number. */
    public Size times(long factor) {
        return factor == 1 ? this : combine(of(tf, factor), Math::multiplyExact, tf.math::mul);
    }

    /** Returns the quotient, rounded towards minus infinity. */
    public Size over(long divisor) {
        return divisor == 1 ? this : combine(of(tf, divisor), Math::floorDiv, tf.math::floorDiv);
    }

    /** Returns the larger of the two. */
    public Size atLeast(Size bound) {
        return combine(bound, Math::max, tf.math::maximum);
    }

    Size atLeast(long bound) {
        return combine(of(tf, bound), Math::max, tf.math::maximum);
    }

    Size atMost(Size bound) {
        return combine(bound, Math::min, tf.math::minimum);
    }

    private Size combine(Size other, LongBinaryOperator now, BinaryOperator<Operand<TInt32>> later) {
        return known.isPresent() && other.known.isPresent()
                ? of(tf, now.applyAsLong(known.getAsLong(), other.known.getAsLong()))
                : later(tf, later.apply(operand(), other.operand()));
    }
}
