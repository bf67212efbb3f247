package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.TfTypes;
import org.lsuv.tf.Weight;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.OperationBuilder;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * Builds a graph of TensorFlow, exports it, and compares what ONNX Runtime makes of the file with what TensorFlow
 * computes.
 *
 * <pre>{@code
 * try (ExportCase net = new ExportCase()) {
 *     Operand<TFloat32> x = net.input("x", -1, 28, 28, 1);
 *     net.output("y", net.tf().nn.relu(x));
 *     OnnxModel model = net.agrees(draw("x", 2, 28, 28, 1));
 * }
 * }</pre>
 */
final class ExportCase implements AutoCloseable {
    private final Graph graph = new Graph();
    private final Ops tf = Ops.create(graph);
    private final List<TfInput> inputs = new ArrayList<>();
    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final Map<String, TensorRef> outputs = new LinkedHashMap<>();
    private long opset = ExportOptions.DEFAULT_OPSET;

    Ops tf() {
        return tf;
    }

    ExportCase opset(long version) {
        opset = version;
        return this;
    }

    /** Adds an input of float32; −1 leaves a size open. */
    Operand<TFloat32> input(String name, long... shape) {
        return input(name, TFloat32.class, shape);
    }

    <T extends TType> Operand<T> input(String name, Class<T> type, long... shape) {
        Operand<T> placeholder = tf.withName(name).placeholder(type, Placeholder.shape(Shape.of(shape)));
        inputs.add(new TfInput(name, TensorRef.of(placeholder), TfTypes.onnxType(type), Shape.of(shape)));
        return placeholder;
    }

    /** Adds a weight of Gaussian numbers. */
    Operand<TFloat32> weight(String name, long... shape) {
        return weight(draw(name, shape));
    }

    Operand<TFloat32> weight(OnnxTensor value) {
        Operand<TFloat32> placeholder = tf.withName("variable_" + weights.size())
                .placeholder(TFloat32.class, Placeholder.shape(Shape.of(value.shape())));
        weights.put(value.name(), new Weight(value.name(), TensorRef.of(placeholder), value));
        return placeholder;
    }

    /** Starts an operation that TensorFlow's Java API has no method for, or hides an attribute of. */
    OperationBuilder operation(String type, Operand<?>... inputs) {
        OperationBuilder builder = tf.scope().opBuilder(type, "the" + type);
        for (Operand<?> input : inputs) {
            builder.addInput(input.asOutput());
        }
        return builder;
    }

    void output(String name, Operand<?> value) {
        outputs.put(name, TensorRef.of(value));
    }

    TfModel model() {
        return new TfModel(
                "case",
                graph.toGraphDef(),
                inputs,
                outputs,
                Map.of(),
                Map.of(),
                weights,
                List.of(),
                List.of(),
                List.of());
    }

    /** Exports the graph; ONNX's checker must accept what comes out. */
    OnnxModel export() {
        OnnxModel exported = OnnxExporter.export(
                        model(), ExportOptions.defaults().withOpset(opset))
                .model();
        OnnxChecker.accept(exported);
        return exported;
    }

    /** Exports and demands that both sides give the same, to the digits that float32 has; returns the export. */
    OnnxModel agrees(OnnxTensor... feeds) {
        OnnxModel exported = export();
        Map<String, OnnxTensor> found = inOnnxRuntime(exported, feeds);
        inTensorFlow(feeds)
                .forEach(
                        (name, expected) -> assertClose(name, expected, Objects.requireNonNull(found.get(name), name)));
        return exported;
    }

    private Map<String, OnnxTensor> inTensorFlow(OnnxTensor... feeds) {
        TfModel model = model();
        try (TfRun run = TfRun.open(model.graph(), TfOptions.defaults())) {
            run.feedWeights(model);
            for (TfInput input : inputs) {
                Arrays.stream(feeds)
                        .filter(feed -> feed.name().equals(input.name()))
                        .forEach(feed -> run.feed(input.tensor(), feed));
            }
            List<OnnxTensor> values = run.fetch(List.copyOf(outputs.values()));
            Map<String, OnnxTensor> result = new LinkedHashMap<>();
            outputs.keySet().forEach(name -> result.put(name, values.get(result.size())));
            return result;
        }
    }

    private Map<String, OnnxTensor> inOnnxRuntime(OnnxModel exported, OnnxTensor... feeds) {
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        Arrays.stream(feeds).forEach(feed -> given.put(feed.name(), feed));
        try (OrtProbe probe = OrtProbe.open(exported, new OrtOptions(1))) {
            return probe.fetch(given, List.copyOf(outputs.keySet()));
        }
    }

    private static void assertClose(String name, OnnxTensor expected, OnnxTensor found) {
        assertThat(found.type()).as("type of %s", name).isEqualTo(expected.type());
        assertThat(found.shape()).as("shape of %s", name).isEqualTo(expected.shape());
        double tolerance = expected.type().isFloating() ? 1e-5 : 0;
        double[] wanted = expected.toDoubles();
        double[] got = found.toDoubles();
        double scale = Math.max(
                1e-3,
                Arrays.stream(wanted)
                        .filter(Double::isFinite)
                        .map(Math::abs)
                        .max()
                        .orElse(0));
        for (int i = 0; i < wanted.length; i++) {
            if (Double.compare(wanted[i], got[i]) != 0) {
                assertThat(got[i])
                        .as("element %d of %s", i, name)
                        .isCloseTo(wanted[i], Offset.offset(tolerance * scale));
            }
        }
    }

    /** Returns how many nodes of an operator a model has. */
    static long count(OnnxModel model, String operator) {
        return model.graph().nodes().stream()
                .filter(node -> node.opType().equals(operator))
                .count();
    }

    /** Returns Gaussian numbers, the same ones every time for a name. */
    static OnnxTensor draw(String name, long... shape) {
        return mapped(name, Function.identity(), shape);
    }

    /** Returns positive numbers, the same ones every time for a name. */
    static OnnxTensor positive(String name, long... shape) {
        return mapped(name, value -> 0.5 + value * value, shape);
    }

    private static OnnxTensor mapped(String name, Function<Double, Double> function, long... shape) {
        Random random = new Random(name.hashCode());
        double[] values = new double[(int) LongStream.of(shape).reduce(1, Math::multiplyExact)];
        Arrays.setAll(values, i -> function.apply(random.nextGaussian()));
        return OnnxTensor.ofDoubles(name, OnnxType.FLOAT, shape, values);
    }

    @Override
    public void close() {
        graph.close();
    }
}
