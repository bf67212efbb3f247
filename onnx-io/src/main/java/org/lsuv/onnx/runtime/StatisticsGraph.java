package org.lsuv.onnx.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.onnx.ModelExtension;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * Appends to a graph what computes the statistics of one value, and reads the results.
 *
 * <p>With c the mean (rounded to the value's precision) and s the greatest |x − c|, it computes q =
 * (x − c)/s, mean(q) and mean(q²): mean = c + s·mean(q), variance = s²·(mean(q²) − mean(q)²). The
 * shift guards against cancellation, the scale against squares that float32 cannot hold.
 *
 * <p>Rows along the last axis are summed first, their means in float64. ONNX Runtime sums plainly: 4
 * million float32 values in one row cost it four digits (measured), so only short rows stay in
 * float32; values with long ones are cast to float64 whole, which takes more time and memory.
 */
final class StatisticsGraph {
    /** The least opset in which {@code Sub} broadcasts. */
    static final long MIN_OPSET = 7;

    /** The longest row that float32 sums to seven digits. */
    private static final long MAX_FLOAT_ROW = 1024;

    private final ModelExtension graph;
    private final long opset;

    /** The longest row that float32 sums to five digits: enough where the squares are not shifted. */
    private static final long MAX_PLAIN_ROW = 1 << 16;

    /** How many times the variance the squared mean may be before plain sums of squares lose digits. */
    private static final double MAX_RATIO = 100;

    /** Names outputs of the graph from which the statistics of a value can be read. */
    sealed interface Results {
        /** Returns the names of the outputs. */
        List<String> names();

        /** Reads the statistics; empty where they would have too few digits. */
        Optional<ValueStatistics> read(Map<String, OnnxTensor> results);
    }

    /** Names the outputs of {@link #appendMoments}. */
    record Moments(String count, String mean, String squares) implements Results {
        @Override
        public List<String> names() {
            return List.of(count, mean, squares);
        }

        @Override
        public Optional<ValueStatistics> read(Map<String, OnnxTensor> results) {
            long n = required(results, count).toLongs()[0];
            double m = number(results, mean);
            double variance = number(results, squares) / n - m * m;
            // Squares of float32 below 1e-30 or above 1e30 leave its range.
            boolean exact = variance > 1e-30 && variance < 1e30 && m * m <= MAX_RATIO * variance;
            return n > 0 && exact
                    ? Optional.of(new ValueStatistics(n, m, variance, Double.NaN, Double.NaN))
                    : Optional.empty();
        }
    }

    /** Names the outputs of {@link #append}. */
    record Outputs(String count, String shift, String scale, String mean, String meanSquare, String min, String max)
            implements Results {
        @Override
        public List<String> names() {
            return List.of(count, shift, scale, mean, meanSquare, min, max);
        }

        @Override
        public Optional<ValueStatistics> read(Map<String, OnnxTensor> results) {
            long n = required(results, count).toLongs()[0];
            if (n == 0) {
                return Optional.of(ValueStatistics.EMPTY);
            }
            double s = number(results, scale);
            double q = number(results, mean);
            double variance = s * s * Math.max(0, number(results, meanSquare) - q * q);
            return Optional.of(new ValueStatistics(
                    n, number(results, shift) + s * q, variance, number(results, min), number(results, max)));
        }
    }

    /** Names the outputs of {@link #appendChannels}. */
    record Channels(String count, String mean, String squares) {
        List<String> names() {
            return List.of(count, mean, squares);
        }

        /** Reads the moments of each channel; minimum and maximum are NaN. */
        List<ValueStatistics> read(Map<String, OnnxTensor> results) {
            double[] means = required(results, mean).toDoubles();
            double[] sums = required(results, squares).toDoubles();
            long n = means.length == 0 ? 0 : required(results, count).toLongs()[0] / means.length;
            List<ValueStatistics> channels = new ArrayList<>();
            for (int i = 0; i < means.length; i++) {
                double variance = Math.max(0, sums[i] / n - means[i] * means[i]);
                channels.add(new ValueStatistics(n, means[i], variance, Double.NaN, Double.NaN));
            }
            return channels;
        }
    }

    private static double number(Map<String, OnnxTensor> results, String name) {
        return required(results, name).toDoubles()[0];
    }

    private static OnnxTensor required(Map<String, OnnxTensor> results, String name) {
        OnnxTensor result = results.get(name);
        if (result == null) {
            throw new IllegalStateException("ONNX Runtime gave no " + name);
        }
        return result;
    }

    StatisticsGraph(ModelExtension graph) {
        this.graph = graph;
        this.opset = graph.opset("");
    }

    /**
     * Appends the nodes that read a value only twice: its mean and its sum of squares, rows in float32 and what
     * they give in float64.
     */
    Moments appendMoments(String value, ValueKind kind) {
        boolean wide = kind.type() == OnnxType.DOUBLE || kind.lastSize() > MAX_PLAIN_ROW;
        String x = rows(value, kind, wide ? OnnxType.DOUBLE : OnnxType.FLOAT);
        String squares = all("ReduceSum", cast(ofRows("ReduceSumSquare", x), OnnxType.DOUBLE));
        return new Moments(graph.node("Size", x).add(), mean(x), squares);
    }

    /** Appends the nodes that measure the channels of a value, all in float64. */
    Channels appendChannels(String value, ValueKind kind, OrtProbe.ChannelAxis channels) {
        String x = kind.type() == OnnxType.DOUBLE ? value : cast(value, OnnxType.DOUBLE);
        String viewed = x;
        List<Long> others = List.of(0L);
        if (channels.axis() == -1) {
            viewed = graph.node(
                            "Reshape", x, graph.constant(OnnxTensor.ofLongs("", new long[] {2}, -1, channels.count())))
                    .add();
        } else {
            others = LongStream.range(0, kind.rank())
                    .filter(axis -> axis != Math.floorMod((long) channels.axis(), (long) kind.rank()))
                    .boxed()
                    .toList();
        }
        return new Channels(
                graph.node("Size", x).add(),
                over(others, "ReduceMean", viewed),
                over(others, "ReduceSumSquare", viewed));
    }

    private String over(List<Long> axes, String operator, String x) {
        return opset < 18
                ? graph.node(operator, x)
                        .withInts("axes", axes)
                        .with("keepdims", 0)
                        .add()
                : graph.node(
                                operator,
                                x,
                                graph.constant(OnnxTensor.ofLongs(
                                        "",
                                        new long[] {axes.size()},
                                        axes.stream().mapToLong(Long::longValue).toArray())))
                        .with("keepdims", 0)
                        .add();
    }

    /** Appends the nodes for a value of a floating-point type. */
    Outputs append(String value, ValueKind kind) {
        boolean wide = kind.type() == OnnxType.DOUBLE || kind.lastSize() < 0 || kind.lastSize() > MAX_FLOAT_ROW;
        OnnxType own = wide ? OnnxType.DOUBLE : OnnxType.FLOAT;
        String x = rows(value, kind, own);
        String min = all("ReduceMin", x);
        String max = all("ReduceMax", x);
        String shift = cast(mean(x), own);
        // Never 0: the elements of a constant value are all 0 after the shift.
        String tiny = graph.constant(OnnxTensor.ofDoubles("", own, new long[0], Float.MIN_NORMAL));
        String above = graph.node("Sub", max, shift).add();
        String below = graph.node("Sub", shift, min).add();
        String scale = graph.node("Max", above, below, tiny).add();
        String shifted = graph.node("Sub", x, shift).add();
        String q = graph.node("Div", shifted, scale).add();
        String squares = graph.node("Mul", q, q).add();
        return new Outputs(graph.node("Size", x).add(), shift, scale, mean(q), mean(squares), min, max);
    }

    /** Returns a value in the wanted type, with an axis in front where it may be a scalar without a last axis. */
    private String rows(String value, ValueKind kind, OnnxType type) {
        String x = kind.type() == type ? value : cast(value, type);
        if (kind.rank() > 0) {
            return x;
        }
        return opset < 13
                ? graph.node("Unsqueeze", x).withInts("axes", List.of(0L)).add()
                : graph.node("Unsqueeze", x, axes(0)).add();
    }

    private String mean(String x) {
        return all("ReduceMean", cast(ofRows("ReduceMean", x), OnnxType.DOUBLE));
    }

    private String ofRows(String operator, String x) {
        return over(List.of(-1L), operator, x);
    }

    private String all(String operator, String x) {
        return graph.node(operator, x).with("keepdims", 0).add();
    }

    private String axes(long axis) {
        return graph.constant(OnnxTensor.ofLongs("", new long[] {1}, axis));
    }

    private String cast(String x, OnnxType type) {
        return graph.node("Cast", x).with("to", type.code()).add();
    }
}
