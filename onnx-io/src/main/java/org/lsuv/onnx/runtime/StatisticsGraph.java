package org.lsuv.onnx.runtime;

import java.util.List;
import java.util.Map;
import org.lsuv.onnx.ModelExtension;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * Appends to a graph what computes the statistics of one value, and reads the results.
 *
 * <p>The value is cast to float64, and its variance taken in a second pass around its mean. ONNX
 * Runtime sums plainly: 4 million float32 values in one row cost it four digits (measured), while in
 * float64 none that float32 has are lost, and no square overflows.
 */
final class StatisticsGraph {
    /** The least opset in which {@code Sub} broadcasts. */
    static final long MIN_OPSET = 7;

    private final ModelExtension graph;
    private final long opset;

    /** Names the outputs that hold one value's results. */
    record Outputs(String count, String mean, String variance, String min, String max) {
        List<String> names() {
            return List.of(count, mean, variance, min, max);
        }

        ValueStatistics read(Map<String, OnnxTensor> results) {
            long n = scalar(results, count).toLongs()[0];
            return n == 0
                    ? ValueStatistics.EMPTY
                    : new ValueStatistics(
                            n,
                            number(results, mean),
                            number(results, variance),
                            number(results, min),
                            number(results, max));
        }

        private static double number(Map<String, OnnxTensor> results, String name) {
            return scalar(results, name).toDoubles()[0];
        }

        private static OnnxTensor scalar(Map<String, OnnxTensor> results, String name) {
            OnnxTensor result = results.get(name);
            if (result == null) {
                throw new IllegalStateException("ONNX Runtime gave no " + name);
            }
            return result;
        }
    }

    StatisticsGraph(ModelExtension graph) {
        this.graph = graph;
        this.opset = graph.opset("");
    }

    Outputs append(String value, OnnxType type) {
        boolean half = type == OnnxType.FLOAT16 || type == OnnxType.BFLOAT16;
        String plain = half ? cast(value, OnnxType.FLOAT) : value;
        // One axis more, so that a scalar has a last axis, too.
        String narrow = opset < 13
                ? graph.node("Unsqueeze", plain).withInts("axes", List.of(0L)).add()
                : graph.node("Unsqueeze", plain, axes(0)).add();
        String x = type == OnnxType.DOUBLE ? narrow : cast(narrow, OnnxType.DOUBLE);
        String mean = mean(x);
        String centred = graph.node("Sub", x, mean).add();
        String variance = mean(graph.node("Mul", centred, centred).add());
        String count = graph.node("Size", narrow).add();
        return new Outputs(count, mean, variance, all("ReduceMin", narrow), all("ReduceMax", narrow));
    }

    /** Rows along the last axis first: ONNX Runtime reduces these on all threads. */
    private String mean(String x) {
        String rows = opset < 18
                ? graph.node("ReduceMean", x)
                        .withInts("axes", List.of(-1L))
                        .with("keepdims", 0)
                        .add()
                : graph.node("ReduceMean", x, axes(-1)).with("keepdims", 0).add();
        return all("ReduceMean", rows);
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
