package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.draw.RandomTensors.random;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.onnx.layers.OutputChannels;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.onnximport.TestModels;

/** Layers whose product is no value of the ONNX graph: recurrent ones, and those that are fused with more. */
class InnerBlobTest {
    private static final LsuvOptions DEFAULTS = LsuvOptions.defaults();
    private static final LsuvOptions KEEP = DEFAULTS.with(Initializer.KEEP);
    private static final String MICROSOFT = "com.microsoft.";

    @ParameterizedTest
    @CsvSource({"lstm.onnx, 2 8 8 1", "gru.onnx, 1 3 1", "rnn.onnx, 2 1 1 1"})
    void everyGateOfEveryDirectionHasUnitVarianceInOnnxRuntime(String file, String expected) {
        Initialised initialised = Initialised.of(file, DEFAULTS);

        assertUnitVariance(initialised);
        String targets = measured(initialised).layers().stream()
                .map(layer -> " " + layer.targets().size())
                .reduce(String.valueOf(initialised.report().unscaled().size()), String::concat);
        assertThat(targets).as("unscaled weights, then parts of each layer").isEqualTo(expected);
        assertThat(initialised.report().unscaled()).allSatisfy(state -> assertOrthonormalPerGate(initialised, state));
    }

    private static void assertOrthonormalPerGate(Initialised initialised, UnscaledWeight state) {
        OnnxTensor weight = initialised.weight(state.weight());
        int hidden = (int) weight.shape()[2];
        double[] values = weight.toDoubles();
        for (int gate = 0; gate < values.length / (hidden * hidden); gate++) {
            for (int i = 0; i < hidden; i++) {
                for (int j = 0; j <= i; j++) {
                    double product = 0;
                    for (int row = 0; row < hidden; row++) {
                        int start = (gate * hidden + row) * hidden;
                        product += values[start + i] * values[start + j];
                    }
                    assertThat(product).isCloseTo(i == j ? 1 : 0, within(1e-5));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lstm.onnx", "gru.onnx", "rnn.onnx"})
    void keptRecurrentWeightsAndBiasesStayAndGatesReachTheTarget(String file) {
        Initialised initialised = Initialised.of(file, KEEP);

        assertUnitVariance(initialised);
        assertThat(initialised.report().weights().keySet())
                .containsExactlyInAnyOrderElementsOf(initialised.report().layers().stream()
                        .map(result -> result.layer().weight().source())
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whereTheResetGateMultipliesTheRecurrentBiasItAddsNothingToTheInput(int linearBeforeReset) {
        OnnxModel model = recurrent("GRU", 3, "B", "linear_before_reset", linearBeforeReset);

        assertUnitVariance(initialised(model, KEEP, steps()));
    }

    @ParameterizedTest
    @CsvSource({"RNN, 1", "GRU, 3", "LSTM, 4"})
    void stepsOutsideOfARowsLengthDoNotCount(String operator, long gates) {
        Initialised initialised = initialised(recurrent(operator, gates, "lens"), DEFAULTS, steps(), lengths());

        assertUnitVariance(initialised);
        Verification.Layer layer = measured(initialised).layers().get(0);
        assertThat(layer.output()).isEqualTo("Y/gates");
        assertThat(layer.statistics().count()).isEqualTo((9 + 4 + 6 + 1) * 2 * gates * 10);
        assertThat(initialised.report().layers().get(0).variance())
                .isCloseTo(layer.statistics().variance(), within(1e-4));
    }

    @ParameterizedTest
    @CsvSource({"RNN, 1, LAYER", "GRU, 3, LAYER", "LSTM, 4, LAYER", "LSTM, 4, CHANNEL"})
    void gatesAreCentredThroughTheBiasesOnTheInput(String operator, long gates, Granularity granularity) {
        OnnxModel model = recurrent(operator, gates, "B");
        LsuvOptions options = KEEP.with(granularity).with(Centering.BIAS);
        Initialised initialised = initialised(model, options, steps());

        assertThat(initialised.report().notes()).noneMatch(note -> note.contains("not centred"));
        assertThat(measured(initialised, granularity, MeasuringPoint.PRE)
                        .layers()
                        .get(0)
                        .targets())
                .hasSize((int) (2 * gates * (granularity == Granularity.CHANNEL ? 10 : 1)))
                .allSatisfy(part -> assertThat(part.mean()).isCloseTo(0, within(1e-5)))
                .allSatisfy(part -> assertThat(part.variance()).isCloseTo(1, within(0.01)));
        double[] before = Initialised.weight(model, "B").toDoubles();
        double[] after = initialised.weight("B").toDoubles();
        int rows = (int) gates * 10;
        for (int i = 0; i < before.length; i++) {
            if (i / rows % 2 == 1) {
                assertThat(after[i]).as("bias %s, on the state", i).isEqualTo(before[i]);
            }
        }
    }

    @Test
    void channelsOfGatesAreScaledApart() {
        Initialised initialised = initialised(recurrent("LSTM", 4, ""), DEFAULTS.with(Granularity.CHANNEL), steps());

        List<ValueStatistics> channels = measured(initialised, Granularity.CHANNEL, MeasuringPoint.PRE)
                .layers()
                .get(0)
                .parts();
        assertThat(channels)
                .hasSize(80)
                .allSatisfy(channel -> assertThat(channel.variance()).isCloseTo(1, within(0.01)));
    }

    @Test
    void fusedConvolutionsAndProductsReachTheTargetBeforeTheirActivations() {
        Initialised initialised = initialised(fused(), DEFAULTS, random("x", 16, 3, 9, 9));

        assertUnitVariance(initialised);
        assertThat(measured(initialised).layers())
                .extracting(Verification.Layer::output)
                .containsExactly("a/product", "b/product", "c", "g/product", "y");
        assertUnitVariance(initialised(fused(), KEEP, random("x", 16, 3, 9, 9)));
    }

    @Test
    void behindTheActivationOnlyThatOfAnUnaddedProductIsMeasured() {
        Initialised initialised = initialised(fused(), DEFAULTS.with(MeasuringPoint.POST), random("x", 16, 3, 9, 9));

        Verification found = measured(initialised, Granularity.LAYER, MeasuringPoint.POST);
        assertThat(found.layers())
                .extracting(Verification.Layer::output)
                .containsExactly("a", "b/product", "c", "g", "y");
        assertThat(found.layers())
                .allSatisfy(layer -> assertThat(layer.statistics().variance()).isCloseTo(1, within(0.01)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"24 24 24", "24 24 40"})
    void projectionsOfAFusedAttentionAreScaledApart(String sizes) {
        long[] widths =
                Arrays.stream(sizes.split(" ", -1)).mapToLong(Long::parseLong).toArray();
        long columns = Arrays.stream(widths).sum();
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 7, 24)
                .initializer(random("w", 24, columns))
                .initializer(bias("b", columns))
                .initializer(random("v", widths[2], 5))
                .node(MICROSOFT + "Attention", "x,w,b", "a", "num_heads", 4, "qkv_hidden_sizes", widths)
                .node("MatMul", "a,v", "y")
                .build("y");

        for (LsuvOptions options : List.of(DEFAULTS, KEEP)) {
            Initialised initialised = initialised(model, options, random("x", 32, 7, 24));
            assertUnitVariance(initialised);
            Verification.Layer attention = measured(initialised).layers().get(0);
            assertThat(attention.output()).isEqualTo("a/qkv");
            assertThat(attention.layer().channels().blocks())
                    .extracting(OutputChannels.Block::name)
                    .containsExactly("q", "k", "v");
        }
    }

    @Test
    void deformableConvolutionsAreScaled() {
        OnnxModel model = TestModels.opset(19)
                .input("x", OnnxType.FLOAT, -1, 4, 8, 8)
                .initializer(random("o", 18, 4, 1, 1))
                .initializer(random("w", 6, 4, 3, 3))
                .initializer(bias("b", 6))
                .node("Conv", "x,o", "offsets")
                .node("DeformConv", "x,w,offsets,b", "y", "kernel_shape", new long[] {3, 3}, "pads", new long[] {
                    1, 1, 1, 1
                })
                .build("y");

        assertUnitVariance(initialised(model, KEEP, random("x", 16, 4, 8, 8)));
    }

    @Test
    void aProductBeforeAGeluReachesTheTarget() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 12)
                .initializer(random("w", 12, 20))
                .initializer(bias("b", 20))
                .node(MICROSOFT + "GemmFastGelu", "x,w,b", "y")
                .build("y");

        // ONNX Runtime has no kernel of it for the processor.
        LayerResult layer =
                initialised(model, KEEP, random("x", 64, 12)).report().layers().get(0);
        assertThat(layer.output()).isEqualTo("y/product");
        assertThat(layer.variance()).isCloseTo(1, within(0.01));
        assertThat(layer.scale()).isLessThan(0.5);
    }

    private static OnnxModel fused() {
        long[] pads = {1, 1, 1, 1};
        return TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3, 9, 9)
                .initializer(random("wa", 8, 3, 3, 3))
                .initializer(bias("ba", 8))
                .initializer(random("wb", 8, 4, 3, 3))
                .initializer(bias("bb", 8))
                .initializer(random("wc", 6, 8, 2, 2))
                .initializer(random("wg", 10, 96))
                .initializer(bias("bg", 10))
                .initializer(random("wm", 7, 10))
                .initializer(bias("bm", 7))
                .node(MICROSOFT + "FusedConv", "x,wa,ba", "a", "activation", "Relu", "pads", pads)
                .node(MICROSOFT + "FusedConv", "a,wb,bb,a", "b", "activation", "Relu", "pads", pads, "group", 2)
                .node(MICROSOFT + "FusedConv", "b,wc", "c", "strides", new long[] {2, 2})
                .node("Flatten", "c", "f")
                .node(MICROSOFT + "FusedGemm", "f,wg,bg", "g", "activation", "Relu", "transB", 1, "alpha", 0.5f)
                .node(MICROSOFT + "FusedMatMul", "g,wm", "m", "transB", 1, "alpha", 0.3f)
                .node("Add", "m,bm", "y")
                .build("y");
    }

    /** Builds a bidirectional layer of ten units over sequences of nine steps. */
    private static OnnxModel recurrent(String operator, long gates, String more, Object... attributes) {
        TestModels model = TestModels.opset(14)
                .input("x", OnnxType.FLOAT, 9, -1, 12)
                .initializer(random("W", 2, gates * 10, 12))
                .initializer(random("R", 2, gates * 10, 10))
                .initializer(bias("B", 2, 2 * gates * 10));
        if (more.equals("lens")) {
            model.input("lens", OnnxType.INT32, -1);
        }
        Object[] all = Arrays.copyOf(attributes, attributes.length + 4);
        System.arraycopy(new Object[] {"hidden_size", 10, "direction", "bidirectional"}, 0, all, attributes.length, 4);
        return model.node(operator, "x,W,R,B," + (more.equals("lens") ? "lens" : ""), "Y", all)
                .build("Y");
    }

    private static OnnxTensor steps() {
        return random("x", 9, 4, 12);
    }

    private static OnnxTensor lengths() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(16).order(ByteOrder.LITTLE_ENDIAN);
        List.of(9, 4, 6, 1).forEach(bytes::putInt);
        return OnnxTensor.of("lens", OnnxType.INT32, new long[] {4}, List.of(bytes.flip()));
    }

    /** Biases that vary less than the target: others cannot reach it. */
    private static OnnxTensor bias(String name, long... shape) {
        return StoredWeights.scaled(random(name, shape), 0.3).orElseThrow();
    }

    private static Initialised initialised(OnnxModel model, LsuvOptions options, OnnxTensor... inputs) {
        Map<String, OnnxTensor> batch = new LinkedHashMap<>();
        Arrays.stream(inputs).forEach(input -> batch.put(input.name(), input));
        return Initialised.of(
                model, DataBatch.of(model.graph().inputs(), batch), TieRule.AUTO, OptionalLong.empty(), options);
    }

    private static Verification measured(Initialised initialised) {
        return measured(initialised, Granularity.LAYER, MeasuringPoint.PRE);
    }

    private static Verification measured(Initialised initialised, Granularity granularity, MeasuringPoint point) {
        return Verification.of(
                initialised.model(),
                List.of(initialised.batch().tensors()),
                new Verification.Scope(granularity, point),
                OrtOptions.DEFAULT);
    }

    private static void assertUnitVariance(Initialised initialised) {
        assertThat(initialised.report().allConverged()).isTrue();
        assertThat(measured(initialised).layers())
                .isNotEmpty()
                .flatExtracting(Verification.Layer::targets)
                .allSatisfy(target -> assertThat(target.variance()).isCloseTo(1, within(0.01)));
        ValueStatistics output = initialised.inOnnxRuntime(
                initialised.model().graph().outputs().get(0).name());
        assertThat(output.min()).isFinite();
        assertThat(output.max()).isFinite();
        Initialised again =
                Initialised.of(initialised.model(), initialised.batch(), TieRule.AUTO, OptionalLong.empty(), KEEP);
        assertThat(again.report().weights()).as("a second run changes nothing").isEmpty();
    }
}
