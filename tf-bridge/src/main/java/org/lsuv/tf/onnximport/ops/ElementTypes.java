package org.lsuv.tf.onnximport.ops;

import java.util.function.UnaryOperator;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint16;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Computes in the operand's own element type where TensorFlow has a kernel for it, else in a wider one. */
public final class ElementTypes {
    private ElementTypes() {}

    /** Tells whether an operand has an element type. */
    public static boolean is(Operand<?> operand, Class<? extends TType> type) {
        return operand.type() == type;
    }

    /** Tells whether an operand holds floating-point numbers. */
    public static boolean isFloating(Operand<?> operand) {
        return is(operand, TFloat32.class) || is(operand, TFloat64.class);
    }

    static boolean isUnsigned(Operand<?> operand) {
        return is(operand, TUint8.class) || is(operand, TUint16.class);
    }

    /** Returns a constant without dimensions, in the element type of another operand. */
    public static Operand<TNumber> scalar(Ops tf, Operand<TNumber> like, double value) {
        return isUnsigned(like)
                ? tf.dtypes.cast(tf.constant((long) value), like.type())
                : tf.constant(like.type(), value);
    }

    /** Computes unsigned integers as int64, for the kernels that TensorFlow has for signed ones alone. */
    static Operand<TNumber> signed(Ops tf, Operand<TNumber> operand, UnaryOperator<Operand<TNumber>> function) {
        return isUnsigned(operand)
                ? tf.dtypes.cast(function.apply(as(tf, operand, TInt64.class)), operand.type())
                : function.apply(operand);
    }

    /** Computes integers as float64 and truncates the result towards zero. */
    static Operand<TNumber> floating(Ops tf, Operand<TNumber> operand, UnaryOperator<Operand<TNumber>> function) {
        return isFloating(operand)
                ? function.apply(operand)
                : tf.dtypes.cast(function.apply(as(tf, operand, TFloat64.class)), operand.type());
    }

    /** Returns the operand in another element type, unchanged if it has that one. */
    public static Operand<TNumber> as(Ops tf, Operand<TNumber> operand, Class<? extends TNumber> type) {
        return is(operand, type) ? operand : NodeContext.cast(tf.dtypes.cast(operand, type));
    }
}
