package org.lsuv.tf.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;

/**
 * Compares the outputs of a TensorFlow graph with those of an ONNX model that shall compute the same.
 *
 * @param outputs one entry an output
 */
public record OutputCheck(List<Difference> outputs) {
    /** The share of an output's largest magnitude by which elements may differ. */
    public static final double TOLERANCE = 1e-4;

    /**
     * Says how far one output differs.
     *
     * @param name the output
     * @param error the largest difference of an element, as a share of the output's largest magnitude; infinite where
     *     types, shapes or non-finite elements differ
     */
    public record Difference(String name, double error) {}

    public OutputCheck {
        outputs = List.copyOf(outputs);
    }

    /**
     * Runs both on the same inputs.
     *
     * @throws UnsupportedModelException if one of them cannot run on these inputs
     */
    public static OutputCheck of(TfModel graph, OnnxModel onnx, Map<String, OnnxTensor> inputs, TfOptions options) {
        try (TfRun run = TfRun.open(graph.graph(), options);
                OrtProbe probe = OrtProbe.open(onnx, new OrtOptions(options.threads()))) {
            run.feedWeights(graph);
            for (TfInput input : graph.inputs()) {
                run.feed(input.tensor(), Objects.requireNonNull(inputs.get(input.name()), input.name()));
            }
            List<String> names = List.copyOf(graph.outputs().keySet());
            List<OnnxTensor> expected = run.fetch(List.copyOf(graph.outputs().values()));
            Map<String, OnnxTensor> found = probe.fetch(inputs, names);
            List<Difference> outputs = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                OnnxTensor other = Objects.requireNonNull(found.get(names.get(i)), names.get(i));
                outputs.add(new Difference(names.get(i), error(expected.get(i), other)));
            }
            return new OutputCheck(outputs);
        } catch (IllegalArgumentException refused) {
            throw new UnsupportedModelException(onnx.label() + ": " + refused.getMessage(), refused);
        }
    }

    private static double error(OnnxTensor expected, OnnxTensor found) {
        if (expected.type() != found.type()
                || !OnnxShape.text(expected.shape()).equals(OnnxShape.text(found.shape()))) {
            return Double.POSITIVE_INFINITY;
        }
        double[] one = expected.toDoubles();
        double[] other = found.toDoubles();
        double magnitude = 0;
        double worst = 0;
        for (int i = 0; i < one.length; i++) {
            boolean same = Double.compare(one[i], other[i]) == 0;
            double difference = same ? 0 : Math.abs(one[i] - other[i]);
            worst = Double.isFinite(difference) ? Math.max(worst, difference) : Double.POSITIVE_INFINITY;
            magnitude = Double.isFinite(one[i]) ? Math.max(magnitude, Math.abs(one[i])) : magnitude;
        }
        return magnitude == 0 ? worst : worst / magnitude;
    }

    /** Returns the largest error of any output. */
    public double worst() {
        return outputs.stream().mapToDouble(Difference::error).max().orElse(0);
    }

    /** Tells whether every output is the same but for rounding. */
    public boolean agrees() {
        return worst() <= TOLERANCE;
    }
}
