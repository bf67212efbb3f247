package org.lsuv.tf.draw;

import java.util.List;
import org.lsuv.onnx.layers.WeightPath;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TType;

/** Brings values that were made for an operand back to the shape in which its weight is stored. */
public final class OperandPath {
    private OperandPath() {}

    /**
     * Undoes the steps that make an operand.
     *
     * @param values as many values as the operand has, in its order, under any shape
     */
    public static <T extends TType> Operand<T> stored(
            Ops tf, Operand<T> values, List<Long> operandShape, List<WeightPath.Step> steps) {
        Operand<T> result = tf.reshape(values, tf.constant(longs(operandShape)));
        for (int i = steps.size() - 1; i >= 0; i--) {
            WeightPath.Step step = steps.get(i);
            if (step instanceof WeightPath.Permute permute) {
                int[] inverse = new int[permute.axes().size()];
                for (int axis = 0; axis < inverse.length; axis++) {
                    inverse[permute.axes().get(axis)] = axis;
                }
                result = tf.linalg.transpose(result, tf.constant(inverse));
            } else if (step instanceof WeightPath.View view) {
                result = tf.reshape(result, tf.constant(longs(view.from())));
            }
        }
        return result;
    }

    /** Returns sizes as TensorFlow takes them. */
    public static long[] longs(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }
}
