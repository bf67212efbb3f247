package org.lsuv.tf.diagnose;

import java.util.Arrays;
import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfRun;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TFloating;

/**
 * Builds the histogram of a tensor. Its frame, the middle and half the width of all bins, comes from the moments
 * that the same run measures; for later pieces of a batch it is fed, so that counts merge exactly.
 *
 * @param frame what can be fed
 * @param vector the frame, then the counts
 */
record HistogramGraph(TensorRef frame, Operand<TFloat64> vector) {
    /** How many numbers {@code vector} has. */
    static final int NUMBERS = 2 + Histogram.BINS;

    private static final double BINS_IN_DEVIATION = 5;

    static <T extends TFloating> HistogramGraph of(
            Ops tf, Operand<T> values, Operand<TFloat64> mean, Operand<TFloat64> deviation) {
        Operand<TFloat64> wide = tf.math.mul(deviation, tf.constant(Histogram.BINS / (2 * BINS_IN_DEVIATION)));
        // All values are the same: any width does.
        Operand<TFloat64> some =
                tf.math.mul(tf.math.maximum(tf.math.abs(mean), tf.constant(1.0)), tf.constant(1 / BINS_IN_DEVIATION));
        Operand<TFloat64> half = tf.select(tf.math.greater(wide, tf.constant(0.0)), wide, some);
        Operand<TFloat64> frame = tf.placeholderWithDefault(tf.stack(List.of(mean, half)), Shape.of(2));
        Class<T> type = values.asOutput().type();
        Operand<T> centre = tf.dtypes.cast(tf.gather(frame, tf.constant(0), tf.constant(0)), type);
        Operand<T> radius = tf.dtypes.cast(tf.gather(frame, tf.constant(1), tf.constant(0)), type);
        Operand<T> units = tf.math.div(tf.math.sub(values, centre), radius);
        // A NaN has no bin, and the operation would look for it all the same.
        Operand<TBool> lost = tf.math.isNan(units);
        Operand<TInt64> counts = tf.histogramFixedWidth(
                tf.select(lost, tf.zerosLike(units), units),
                tf.dtypes.cast(tf.constant(new double[] {-1, 1}), type),
                tf.constant(Histogram.BINS),
                TInt64.class);
        return new HistogramGraph(
                TensorRef.of(frame), tf.concat(List.of(frame, tf.dtypes.cast(counts, TFloat64.class)), tf.constant(0)));
    }

    /** Reads the result of a run. */
    static Histogram read(double[] found) {
        return new Histogram(
                found[0],
                2 * found[1] / Histogram.BINS,
                Arrays.stream(found, 2, NUMBERS).mapToObj(count -> (long) count).toList());
    }

    /** Lets later runs count in the bins of an earlier one. */
    void keep(TfRun run, double[] found) {
        run.feed(frame, OnnxTensor.ofDoubles("", OnnxType.DOUBLE, new long[] {2}, Arrays.copyOf(found, 2)));
    }
}
