package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfRun;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TFloating;
import org.tensorflow.types.family.TNumber;

/**
 * Adds to a graph what measures some of its tensors: one vector of numbers for each, so that nothing large leaves
 * the graph.
 *
 * <p>Values are divided by the greatest of them first: squares and fourth powers of a signal that has left the
 * range of its squares would be infinite, and the signal is not. Each sample is then reduced in the tensor's own
 * type, and the samples in float64.
 */
final class StatisticsGraph {
    private static final String SCOPE = "diagnose.";

    /** The least normal number of float16, 2⁻¹⁴. */
    private static final double HALF_NORMAL = 0x1p-14;

    /** A value this near to a bound of its non-linearity, as a share of the range, is saturated. */
    static final double SATURATED = 0.01;

    private static final int NUMBERS = 17;

    private final GraphRewrite rewrite;
    private final List<TensorRef> fetches = new ArrayList<>();
    private final List<SampleView> views = new ArrayList<>();
    private final Map<Integer, HistogramGraph> histograms = new HashMap<>();

    StatisticsGraph(GraphRewrite rewrite) {
        this.rewrite = rewrite;
    }

    /** Adds the measurement of a tensor; its results stand where its number says. */
    void measure(TensorRef tensor, SampleView view, ActivationLaw law, DiagnoseOptions.Histograms histogram) {
        Ops tf = rewrite.tf().withName(SCOPE + fetches.size() + ".");
        Operand<?> operand = rewrite.operand(tensor);
        Operand<? extends TFloating> wide = operand.type() == TFloat64.class
                ? tf.identity(rewrite.operand(tensor).expect(TFloat64.class))
                : tf.dtypes.cast(narrow(operand), TFloat32.class);
        Measurement<?> measurement = new Measurement<>(tf, view, wide);
        List<Operand<TFloat64>> parts = measurement.vectors(law);
        if (histogram == DiagnoseOptions.Histograms.COUNT) {
            HistogramGraph counted = measurement.histogram();
            histograms.put(fetches.size(), counted);
            parts.add(counted.vector());
        }
        fetches.add(TensorRef.of(tf.concat(parts, tf.constant(0))));
        views.add(view);
    }

    @SuppressWarnings("unchecked") // Only floating-point tensors are measured.
    private static Operand<TNumber> narrow(Operand<?> operand) {
        return (Operand<TNumber>) operand;
    }

    /** Runs the graph once, with inputs and weights fed already. */
    List<SignalSums> run(TfRun run) {
        List<OnnxTensor> results = run.fetch(fetches);
        List<SignalSums> sums = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            double[] found = results.get(i).toDoubles();
            HistogramGraph histogram = histograms.get(i);
            if (histogram == null) {
                sums.add(sums(found, views.get(i), null));
            } else {
                int end = found.length - HistogramGraph.NUMBERS;
                double[] counts = Arrays.copyOfRange(found, end, found.length);
                sums.add(sums(Arrays.copyOf(found, end), views.get(i), HistogramGraph.read(counts)));
                histogram.keep(run, counts);
            }
        }
        return sums;
    }

    List<TensorRef> fetches() {
        return List.copyOf(fetches);
    }

    /** Builds the measurement of one tensor. */
    private static final class Measurement<T extends TFloating> {
        private final Ops tf;
        private final SampleView view;
        private final Operand<T> values;
        private final Operand<T> unit;
        private final Operand<TFloat64> scale;
        private final Operand<TFloat64> shift;
        private final Operand<T> centred;
        private final Operand<T> squares;

        Measurement(Ops tf, SampleView view, Operand<T> tensor) {
            this.tf = tf;
            this.view = view;
            this.values = view.matrix(tf, tensor);
            Operand<T> peak = tf.reduceMax(tf.math.abs(values), tf.constant(new int[] {0, 1}));
            Operand<TBool> usable = tf.math.greater(peak, constant(0));
            Operand<T> divisor = tf.select(usable, peak, constant(1));
            this.scale = tf.dtypes.cast(divisor, TFloat64.class);
            this.unit = tf.math.div(values, divisor);
            Operand<T> rounded = tf.dtypes.cast(total(unit), unit.asOutput().type());
            this.shift = tf.dtypes.cast(rounded, TFloat64.class);
            this.centred = tf.math.sub(unit, rounded);
            this.squares = tf.math.square(centred);
        }

        private Operand<T> constant(double value) {
            return tf.dtypes.cast(tf.constant(value), values.asOutput().type());
        }

        HistogramGraph histogram() {
            Operand<TFloat64> slip = total(centred);
            Operand<TFloat64> variance =
                    tf.math.maximum(tf.math.sub(total(squares), tf.math.square(slip)), tf.constant(0.0));
            return HistogramGraph.of(
                    tf,
                    values,
                    tf.math.mul(scale, tf.math.add(shift, slip)),
                    tf.math.mul(scale, tf.math.sqrt(variance)));
        }

        List<Operand<TFloat64>> vectors(ActivationLaw law) {
            Operand<TBool> saturated = saturated(law);
            List<Operand<TFloat64>> numbers = new ArrayList<>(List.of(
                    scale,
                    shift,
                    total(centred),
                    total(squares),
                    total(tf.math.mul(squares, centred)),
                    total(tf.math.square(squares)),
                    wide(tf.reduceMin(values, tf.constant(new int[] {0, 1}))),
                    wide(tf.reduceMax(values, tf.constant(new int[] {0, 1}))),
                    count(tf.math.logicalNot(tf.math.isFinite(values))),
                    count(tf.math.equal(values, constant(0))),
                    count(tf.math.less(tf.math.abs(values), constant(HALF_NORMAL))),
                    count(saturated),
                    wide(tf.size(values, TInt64.class))));
            numbers.addAll(distance(unit));
            numbers.addAll(distance(tf.math.sub(unit, rowMeans(unit))));
            List<Operand<TFloat64>> parts = new ArrayList<>();
            numbers.forEach(number -> parts.add(tf.reshape(number, tf.constant(new int[] {1}))));
            parts.add(vector(wide(rowMeans(tf.math.square(unit)))));
            if (view.channels().isPresent()) {
                parts.add(channelPeaks());
                parts.add(channelVariances());
                parts.add(channelSaturated(saturated));
            }
            return parts;
        }

        private Operand<TBool> saturated(ActivationLaw law) {
            double margin = SATURATED * (law.upper() - law.lower());
            Operand<TBool> none = tf.math.isNan(tf.zerosLike(values));
            Operand<TBool> above =
                    law.saturatesAbove() ? tf.math.greaterEqual(values, constant(law.upper() - margin)) : none;
            return law.saturatesBelow()
                    ? tf.math.logicalOr(above, tf.math.lessEqual(values, constant(law.lower() + margin)))
                    : above;
        }

        private <U extends TNumber> Operand<TFloat64> wide(Operand<U> operand) {
            return tf.dtypes.cast(operand, TFloat64.class);
        }

        private Operand<TFloat64> vector(Operand<TFloat64> operand) {
            return tf.reshape(operand, tf.constant(new int[] {-1}));
        }

        private Operand<T> rowMeans(Operand<T> matrix) {
            return tf.math.mean(matrix, tf.constant(1), Mean.keepDims(true));
        }

        private Operand<TFloat64> total(Operand<T> matrix) {
            return tf.math.mean(wide(rowMeans(matrix)), tf.constant(new int[] {0, 1}));
        }

        private Operand<TFloat64> count(Operand<TBool> matrix) {
            Operand<TInt32> rows = tf.reduceSum(tf.dtypes.cast(matrix, TInt32.class), tf.constant(1));
            return tf.reduceSum(wide(rows), tf.constant(0));
        }

        /**
         * Builds the sum of 1 − cosine over all pairs of rows, and their number. With u the rows of length 1, Σ‖u −
         * ū‖² over n rows is (n − 1) times the mean of 1 − cosine: no pair is ever looked at, and no digits are
         * lost where rows are almost equal. Rows of zeros have no direction and do not count.
         */
        private List<Operand<TFloat64>> distance(Operand<T> matrix) {
            Operand<T> lengths =
                    tf.math.sqrt(tf.reduceSum(tf.math.square(matrix), tf.constant(1), ReduceSum.keepDims(true)));
            Operand<TBool> points = tf.math.greater(lengths, constant(0));
            Operand<T> one = tf.dtypes.cast(points, lengths.asOutput().type());
            Operand<T> directions = tf.math.div(matrix, tf.select(points, lengths, tf.onesLike(lengths)));
            Operand<T> rows = tf.reduceSum(one, tf.constant(new int[] {0, 1}));
            Operand<T> centre = tf.math.div(
                    tf.reduceSum(directions, tf.constant(0), ReduceSum.keepDims(true)),
                    tf.math.maximum(rows, constant(1)));
            Operand<T> spread =
                    tf.reduceSum(tf.math.mul(tf.math.squaredDifference(directions, centre), one), tf.constant(1));
            Operand<TFloat64> squares = tf.reduceSum(wide(spread), tf.constant(0));
            return List.of(squares, wide(rows));
        }

        private int[] others() {
            return view.positions();
        }

        private <U extends TNumber> Operand<U> shaped(Operand<U> perUnit) {
            return tf.reshape(perUnit, tf.constant(view.rest()));
        }

        private Operand<TFloat64> channelPeaks() {
            Operand<T> peaks = tf.reduceMax(tf.math.abs(values), tf.constant(0));
            return vector(wide(tf.reduceMax(shaped(peaks), tf.constant(others()))));
        }

        private Operand<TFloat64> channelVariances() {
            Operand<T> centre = tf.math.mean(unit, tf.constant(0), Mean.keepDims(true));
            Operand<T> squares = tf.reduceSum(tf.math.squaredDifference(unit, centre), tf.constant(0));
            return vector(wide(tf.math.mean(shaped(squares), tf.constant(others()))));
        }

        private Operand<TFloat64> channelSaturated(Operand<TBool> saturated) {
            Operand<TInt32> all = tf.dtypes.cast(tf.reduceAll(saturated, tf.constant(0)), TInt32.class);
            return vector(wide(tf.reduceMin(shaped(all), tf.constant(others()))));
        }
    }

    private static SignalSums sums(double[] found, SampleView view, @Nullable Histogram histogram) {
        double scale = found[0];
        double count = found[12];
        boolean finite = found[8] == 0 && count > 0;
        double slip = found[2];
        // Moments about the rounded mean become moments about the true one.
        double m2 = found[3] - slip * slip;
        double m3 = found[4] - 3 * slip * found[3] + 2 * slip * slip * slip;
        double m4 = found[5] - 4 * slip * found[4] + 6 * slip * slip * found[3] - 3 * Math.pow(slip, 4);
        int channels = view.channels().isPresent()
                ? Math.toIntExact(view.rest()[view.channels().getAsInt()])
                : 0;
        int rows = found.length - NUMBERS - 3 * channels;
        int position = NUMBERS + rows;
        double square = scale * scale;
        double[] meanSquares = scaled(Arrays.copyOfRange(found, NUMBERS, position), square);
        double[] variances = scaled(Arrays.copyOfRange(found, position + channels, position + 2 * channels), square);
        double bad = Double.NaN;
        return new SignalSums(
                count,
                finite ? scale * (found[1] + slip) : bad,
                finite ? count * square * m2 : bad,
                finite ? count * square * scale * m3 : bad,
                finite ? count * square * square * m4 : bad,
                finite ? found[6] : bad,
                finite ? found[7] : bad,
                found[8],
                found[9],
                found[10] - found[9],
                found[11],
                meanSquares,
                finite ? found[13] * found[14] / 2 : bad,
                pairs(found[14], view),
                finite ? found[15] * found[16] / 2 : bad,
                pairs(found[16], view),
                Arrays.copyOfRange(found, position, position + channels),
                variances,
                Arrays.copyOfRange(found, position + 2 * channels, position + 3 * channels),
                view.hasSamples() ? rows - 1.0 : 0,
                finite ? histogram : null);
    }

    private static double pairs(double rows, SampleView view) {
        return view.hasSamples() ? rows * (rows - 1) / 2 : 0;
    }

    private static double[] scaled(double[] values, double factor) {
        return Arrays.stream(values).map(value -> value * factor).toArray();
    }
}
