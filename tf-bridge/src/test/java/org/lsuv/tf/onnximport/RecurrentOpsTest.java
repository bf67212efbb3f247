package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat32;

class RecurrentOpsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "RNN forward",
                "RNN reverse B",
                "RNN bidirectional B lens h",
                "RNN forward B lens clip=0.4 activations=Relu",
                "RNN forward B activations=Tanh,Tanh",
                "RNN reverse lens h activations=Affine activation_alpha=0.5 activation_beta=0.1",
                "RNN bidirectional B activations=ScaledTanh,Softsign activation_alpha=0.7 activation_beta=1.3",
                "RNN bidirectional B activations=LeakyRelu,Elu activation_alpha=0.2,0.7",
                "RNN bidirectional B activations=Softplus,ThresholdedRelu activation_alpha=0.6 clip=1",
                "RNN bidirectional B activations=HardSigmoid,Elu",
                "RNN bidirectional B activations=LeakyRelu,Sigmoid",
                "GRU forward",
                "GRU reverse B",
                "GRU bidirectional B lens h",
                "GRU forward linear_before_reset=1",
                "GRU reverse B linear_before_reset=1",
                "GRU bidirectional B lens h linear_before_reset=1",
                "GRU forward B activations=sigmoid,tanh",
                "GRU forward B lens clip=0.4",
                "GRU forward B lens clip=0.4 linear_before_reset=1",
                "GRU bidirectional B activations=HardSigmoid,Softsign,Sigmoid,ScaledTanh"
                        + " activation_alpha=0.3,0.9 activation_beta=0.4,1.1",
                "GRU forward B linear_before_reset=1 activations=HardSigmoid,Elu activation_alpha=0.3,0.9",
                "LSTM forward",
                "LSTM reverse B",
                "LSTM bidirectional B lens h c P",
                "LSTM forward B P",
                "LSTM reverse B lens c",
                "LSTM forward B h input_forget=1",
                "LSTM bidirectional B lens h c P input_forget=1",
                "LSTM forward B clip=0.4",
                "LSTM bidirectional B lens h c P clip=0.4",
                "LSTM bidirectional B activations=HardSigmoid,Softsign,LeakyRelu,Sigmoid,ScaledTanh,Affine"
                        + " activation_alpha=0.3,0.1,0.9,0.5 activation_beta=0.4,1.1,0.2",
                "LSTM forward B P float16",
                "GRU bidirectional B h float16",
                "RNN forward B lens h float16",
            })
    void formsAgreeWithOnnxRuntimeInBothLayouts(String text) {
        RecurrentForm form = RecurrentForm.of(text);
        Map<String, OnnxTensor> expected = runOnnxRuntime(form);
        assertAgree(form, form.model(), expected);
        assertAgree(form, form.batchFirstModel(), expected);
    }

    /** ONNX Runtime has no float64 form of these operators: its float32 form is what there is to compare with. */
    @ParameterizedTest
    @ValueSource(strings = {"RNN reverse B lens", "GRU bidirectional B h", "LSTM bidirectional B lens h c P"})
    void float64StaysFloat64(String text) {
        RecurrentForm form = RecurrentForm.of(text + " float64");
        assertAgree(form, form.model(), runOnnxRuntime(RecurrentForm.of(text)));
        assertThat(run(form, form.model()))
                .allSatisfy(output -> assertThat(output.type()).isEqualTo(OnnxType.DOUBLE));
    }

    private static OnnxTensor get(Map<String, OnnxTensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    private static Map<String, OnnxTensor> runOnnxRuntime(RecurrentForm form) {
        try (OrtProbe probe = OrtProbe.open(form.model(), OrtOptions.DEFAULT)) {
            return probe.fetch(form.feeds(), form.outputs());
        }
    }

    private static List<OnnxTensor> run(RecurrentForm form, OnnxModel model) {
        return TestModels.run(model, form.feeds().values().toArray(OnnxTensor[]::new));
    }

    private static void assertAgree(RecurrentForm form, OnnxModel model, Map<String, OnnxTensor> expected) {
        Offset<Double> tolerance = within(form.type() == OnnxType.FLOAT16 ? 1e-3 : 1e-5);
        List<OnnxTensor> found = run(form, model);
        for (int i = 0; i < found.size(); i++) {
            OnnxTensor reference = get(expected, form.outputs().get(i));
            assertThat(found.get(i).shape()).containsExactly(reference.shape());
            double[] wanted = reference.toDoubles();
            double[] got = found.get(i).toDoubles();
            for (int k = 0; k < wanted.length; k++) {
                assertThat(got[k]).as("%s[%d]", form.outputs().get(i), k).isCloseTo(wanted[k], tolerance);
            }
        }
    }

    @Test
    void oneImportRunsSequencesOfAnyLengthAndNumber() {
        RecurrentForm form = RecurrentForm.of("LSTM reverse B");
        TfModel imported = OnnxImporter.load(form.model(), ImportOptions.defaults());
        try (OrtProbe probe = OrtProbe.open(form.model(), OrtOptions.DEFAULT);
                TfRun run = TfRun.open(imported.graph(), TfOptions.defaults())) {
            run.feedWeights(imported);
            for (long[] shape : new long[][] {{4, 2, 16}, {1, 1, 16}, {9, 5, 16}}) {
                OnnxTensor x = ramp(shape);
                run.feed(imported.inputs().get(0).tensor(), x);
                List<OnnxTensor> found =
                        run.fetch(List.copyOf(imported.outputs().values()));
                Map<String, OnnxTensor> expected = probe.fetch(Map.of("x", x), List.of("Y", "Y_h"));
                assertThat(found.get(0).shape()).containsExactly(shape[0], 1, shape[1], RecurrentForm.HIDDEN);
                assertThat(found.get(0).toFloats())
                        .containsExactly(get(expected, "Y").toFloats(), within(1e-5f));
                assertThat(found.get(1).toFloats())
                        .containsExactly(get(expected, "Y_h").toFloats(), within(1e-5f));
            }
        }
    }

    private static OnnxTensor ramp(long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i % 7 - 3) / 3f;
        }
        return OnnxTensor.ofFloats("x", shape, values);
    }

    /** With weights of one and no activation, the output is the sum of the inputs so far. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = ';',
            value = {
                "forward; 'y,last'; 1 3 6 10; 10",
                "reverse; 'y,last'; 10 9 7 4; 10",
                "forward; 'y'; 1 3 6 10; ''",
                "forward; ',last'; ''; 10"
            })
    void outputsThatNobodyReadsMayBeLeftOut(String direction, String outputs, String y, String last) {
        OnnxModel model = TestModels.opset(14)
                .input("x", OnnxType.FLOAT, 4, 1, 1)
                .initializer(OnnxTensor.ofFloats("w", new long[] {1, 1, 1}, 1))
                .node(
                        "RNN",
                        "x,w,w",
                        outputs,
                        "hidden_size",
                        1,
                        "direction",
                        direction,
                        "activations",
                        affine(),
                        "activation_alpha",
                        new float[] {1})
                .build(Arrays.stream(outputs.split(","))
                        .filter(name -> !name.isEmpty())
                        .toArray(String[]::new));
        List<OnnxTensor> found = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {4, 1, 1}, 1, 2, 3, 4));
        String all = String.join(" ", y, last).strip();
        assertThat(found.stream().flatMapToDouble(tensor -> Arrays.stream(tensor.toDoubles())))
                .containsExactlyElementsOf(
                        Arrays.stream(all.split(" ")).map(Double::valueOf).toList());
    }

    private static List<String> affine() {
        return List.of("Affine");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"LSTM bidirectional B lens", "GRU bidirectional B linear_before_reset=1", "RNN bidirectional"})
    void projectedInputsOfAllDirectionsAreOneValueThatAPassMayReplace(String text) {
        RecurrentForm form = RecurrentForm.of(text);
        OnnxModel model = form.model();
        TfModel imported = OnnxImporter.load(model, ImportOptions.defaults());
        TensorRef linear = imported.layers().get(0).linear();
        GraphDef rewritten;
        try (GraphRewrite rewrite = new GraphRewrite(imported.graph())) {
            Ops tf = rewrite.tf().withName("scaled");
            Operand<TFloat32> product = NodeContext.cast(rewrite.operand(linear));
            assertThat(product.shape().get(2)).isEqualTo(2 * form.gates() * RecurrentForm.HIDDEN);
            rewrite.redirect(linear, tf.math.mul(product, tf.constant(2f)), "scaled");
            rewritten = rewrite.finish();
        }
        Map<String, OnnxTensor> feeds = form.feeds();
        List<OnnxTensor> scaledProduct = run(imported, rewritten, feeds);
        // Without the bias, twice the product is the product of twice the input.
        feeds.put("x", doubled(get(feeds, "x")));
        List<OnnxTensor> scaledInput = run(imported, imported.graph(), feeds);
        for (int i = 0; i < scaledInput.size(); i++) {
            assertThat(scaledProduct.get(i).toFloats())
                    .containsExactly(scaledInput.get(i).toFloats(), within(1e-5f));
        }
    }

    private static OnnxTensor doubled(OnnxTensor tensor) {
        double[] values =
                Arrays.stream(tensor.toDoubles()).map(value -> 2 * value).toArray();
        return OnnxTensor.ofDoubles(tensor.name(), tensor.type(), tensor.shape(), values);
    }

    @Test
    void stepsOutsideOfARowsLengthAreMarked() {
        RecurrentForm form = RecurrentForm.of("GRU forward lens");
        TfModel imported = OnnxImporter.load(form.model(), ImportOptions.defaults());
        try (TfRun run = TfRun.open(imported.graph(), TfOptions.defaults())) {
            imported.inputs().forEach(input -> run.feed(input.tensor(), get(form.feeds(), input.name())));
            OnnxTensor active = run.fetch(List.of(imported.inner("Y", "active").orElseThrow()))
                    .get(0);
            assertThat(active.shape()).containsExactly(RecurrentForm.STEPS, RecurrentForm.BATCH);
            assertThat(active.toDoubles()).containsExactly(1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = ';',
            value = {
                "LSTM backward; attribute \"direction\": expected forward, reverse or bidirectional, got backward",
                "LSTM forward activations=Tanh,Relu; attribute \"activations\": expected 3 names, got [Tanh, Relu]",
                "RNN forward activations=Gelu; attribute \"activations\": \"Gelu\" is no activation of a recurrent operator",
                "GRU forward clip=-1; attribute \"clip\": expected a bound of at least 0, got -1.0",
                "GRU forward layout=2; attribute \"layout\": expected 0 or 1, got 2",
                "GRU forward hidden_size=5; input \"W\": expected size 15 along axis 1, got [1, 51, 16]",
            })
    void whatBreaksTheStandardIsNamed(String text, String problem) {
        RecurrentForm form = RecurrentForm.of(text);
        assertThatThrownBy(() -> OnnxImporter.load(form.model(), ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining(problem);
    }

    private static List<OnnxTensor> run(TfModel model, GraphDef graph, Map<String, OnnxTensor> feeds) {
        try (TfRun run = TfRun.open(graph, TfOptions.defaults())) {
            run.feedWeights(model);
            model.inputs().forEach(input -> run.feed(input.tensor(), get(feeds, input.name())));
            return run.fetch(List.copyOf(model.outputs().values()));
        }
    }
}
