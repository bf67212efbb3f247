package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.Weight;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.init.Progress;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/** Builds graphs as TensorFlow's own tools make them, with weights as placeholders. */
final class HandMade implements AutoCloseable {
    private final Graph graph = new Graph();
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final List<TfInput> inputs = new ArrayList<>();
    private final Map<String, OnnxTensor> batch = new LinkedHashMap<>();
    final Ops tf = Ops.create(graph);

    Graph graph() {
        return graph;
    }

    /** Adds an input, and random values for it. */
    Operand<TFloat32> input(String name, long... shape) {
        long[] open = shape.clone();
        open[0] = Shape.UNKNOWN_SIZE;
        Operand<TFloat32> input = tf.withName(name).placeholder(TFloat32.class, Placeholder.shape(Shape.of(open)));
        inputs.add(new TfInput(name, TensorRef.of(input), OnnxType.FLOAT, Shape.of(open)));
        batch.put(name, random(name, 3, 0.5, shape));
        return input;
    }

    /** Adds a weight with random values. */
    Operand<TFloat32> weight(String name, long... shape) {
        return weight(random(name, 0.3, 0, shape));
    }

    /** Adds a weight. */
    Operand<TFloat32> weight(OnnxTensor value) {
        Operand<TFloat32> placeholder =
                tf.withName(value.name()).placeholder(TFloat32.class, Placeholder.shape(Shape.of(value.shape())));
        weights.put(value.name(), new Weight(value.name(), TensorRef.of(placeholder), value));
        return placeholder;
    }

    static OnnxTensor random(String name, double scale, double shift, long... shape) {
        Random random = new Random(name.hashCode());
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (shift + scale * random.nextGaussian());
        }
        return OnnxTensor.ofFloats(name, shape, values);
    }

    TfLayers layers(Operand<?>... outputs) {
        return TfLayers.in(plain(outputs));
    }

    WeightedLayer layer(Operand<?> output) {
        List<WeightedLayer> found = layers(output).layers();
        if (found.size() != 1) {
            throw new AssertionError("expected one layer, found " + found);
        }
        return found.get(0);
    }

    TfModel model(Operand<?>... outputs) {
        TfModel plain = plain(outputs);
        return TfLayers.in(plain).addedTo(plain);
    }

    TfModel plain(Operand<?>... outputs) {
        Map<String, TensorRef> named = new LinkedHashMap<>();
        for (Operand<?> output : outputs) {
            named.put(TensorRef.of(output).toString(), TensorRef.of(output));
        }
        return new TfModel(
                "hand-made",
                graph.toGraphDef(),
                inputs,
                named,
                Map.of(),
                Map.of(),
                weights,
                List.of(),
                List.of(),
                List.of());
    }

    LsuvReport initialise(TfModel model, LsuvOptions options) {
        return Lsuv.initialize(model, List.of(batch), options, Progress.NONE);
    }

    /** Runs the model as it was, with some weights changed. */
    List<OnnxTensor> run(TfModel model, Map<String, OnnxTensor> changed, List<TensorRef> fetches) {
        try (TfRun run = TfRun.open(model.graph(), TfOptions.defaults())) {
            model.inputs().forEach(input -> run.feed(input.tensor(), Objects.requireNonNull(batch.get(input.name()))));
            changed.forEach((name, value) -> run.feed(model.weight(name).tensor(), value));
            run.feedWeights(model);
            return run.fetch(fetches);
        }
    }

    static double variance(OnnxTensor tensor) {
        double[] values = tensor.toDoubles();
        double mean = Arrays.stream(values).average().orElseThrow();
        return Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElseThrow();
    }

    @Override
    public void close() {
        graph.close();
    }
}
