package org.lsuv.onnx.gathered;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.lsuv.onnx.TestModel.attribute;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;

class GatheredWeightsTest {
    private static final int HIDDEN = 2;
    private static final int INPUT = 3;

    private static TestModel model() {
        return TestModel.opset(17).longs("first", 0).longs("bounds", 0, 2, 4, 6, 8);
    }

    private static TestModel floats(TestModel model, String name, int start, long... shape) {
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (start + i) * 0.01f;
        }
        return model.floats(name, shape, values);
    }

    private static TestModel slice(TestModel model, String from, int start, int end, String to) {
        return model.longs(to + ".start", start)
                .longs(to + ".end", end)
                .node("Slice", List.of(from, to + ".start", to + ".end", "first"), List.of(to));
    }

    /** Puts gates in ONNX's order i, o, f, c; PyTorch's is i, f, c, o. */
    private static TestModel gates(TestModel model, String from, String to) {
        slice(model, from, 0, HIDDEN, to + ".i");
        slice(model, from, 3 * HIDDEN, 4 * HIDDEN, to + ".o");
        slice(model, from, HIDDEN, 3 * HIDDEN, to + ".fc");
        return model.node("Concat", List.of(to + ".i", to + ".o", to + ".fc"), List.of(to), attribute("axis", 0));
    }

    private static void direction(TestModel model, String suffix, int start) {
        floats(model, "weight_ih" + suffix, start, 4 * HIDDEN, INPUT);
        floats(model, "weight_hh" + suffix, start + 100, 4 * HIDDEN, HIDDEN);
        floats(model, "bias_ih" + suffix, start + 200, 4 * HIDDEN);
        floats(model, "bias_hh" + suffix, start + 300, 4 * HIDDEN);
        gates(model, "weight_ih" + suffix, "w" + suffix);
        gates(model, "weight_hh" + suffix, "r" + suffix);
        gates(model, "bias_ih" + suffix, "bi" + suffix);
        gates(model, "bias_hh" + suffix, "bh" + suffix);
        model.node("Concat", List.of("bi" + suffix, "bh" + suffix), List.of("b" + suffix), attribute("axis", 0));
        for (String name : List.of("w", "r", "b")) {
            model.node("Unsqueeze", List.of(name + suffix, "first"), List.of(name.toUpperCase(Locale.ROOT) + suffix));
        }
    }

    private static TestModel lstm(String direction) {
        TestModel model = model().input("x", OnnxType.FLOAT, 5, "n", INPUT);
        direction(model, "", 1);
        if (direction.equals("bidirectional")) {
            direction(model, "_reverse", 1001);
            for (String name : List.of("W", "R", "B")) {
                model.node("Concat", List.of(name, name + "_reverse"), List.of(name + "2"), attribute("axis", 0));
            }
        }
        String end = direction.equals("bidirectional") ? "2" : "";
        return model.node(
                        "LSTM",
                        List.of("x", "W" + end, "R" + end, "B" + end),
                        List.of("y"),
                        attribute("hidden_size", HIDDEN),
                        attribute("direction", direction))
                .output("y", OnnxType.FLOAT, 5, direction.equals("bidirectional") ? 2 : 1, "n", HIDDEN);
    }

    /** Queries from x, keys and values from m, all of one stored matrix and one bias. */
    private static TestModel crossAttention(int firstKey) {
        TestModel model = model().input("x", OnnxType.FLOAT, "n", 2).input("m", OnnxType.FLOAT, "k", 2);
        floats(model, "in_proj_weight", 1, 6, 2);
        floats(model, "in_proj_bias", 101, 6);
        slice(model, "in_proj_weight", 0, 2, "wq");
        slice(model, "in_proj_weight", firstKey, 6, "wkv");
        slice(model, "in_proj_bias", 0, 2, "bq");
        slice(model, "in_proj_bias", firstKey, 6, "bkv");
        return model.node("Transpose", List.of("wq"), List.of("wqt"), attribute("perm", new long[] {1, 0}))
                .node("MatMul", List.of("x", "wqt"), List.of("xq"))
                .node("Add", List.of("xq", "bq"), List.of("q"))
                .node("Gemm", List.of("m", "wkv", "bkv"), List.of("kv"), attribute("transB", 1))
                .output("q", OnnxType.FLOAT, "n", 2)
                .output("kv", OnnxType.FLOAT, "k", 6 - firstKey);
    }

    private static OnnxTensor stored(OnnxModel model, String name) {
        return model.graph().initializer(name).orElseThrow(() -> new AssertionError("no initializer " + name));
    }

    private static OnnxTensor get(Map<String, OnnxTensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    private static List<OnnxLayer> layers(OnnxModel model) {
        return OnnxLayers.find(model.graph()).layers();
    }

    private static OnnxTensor ramp(String name, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        IntStream.range(0, values.length).forEach(i -> values[i] = 1000 + i);
        return OnnxTensor.ofFloats(name, shape, values);
    }

    /** Returns an output of the model, which must be the same for a model and its folded form. */
    private static float[] run(OnnxModel model, Map<String, OnnxTensor> inputs, String output) {
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            return get(probe.fetch(inputs, List.of(output)), output).toFloats();
        }
    }

    private static void assertGathersNothing(TestModel built) {
        OnnxModel model = built.read();
        GatheredWeights gathered = GatheredWeights.of(model);
        assertThat(gathered.sources()).isEmpty();
        assertThat(gathered.folded()).isSameAs(model);
    }

    @Test
    void gatesInPyTorchsOrderAreALayer() {
        OnnxModel model = lstm("forward").read();
        assertThat(layers(model)).isEmpty();

        GatheredWeights gathered = GatheredWeights.of(model);

        assertThat(gathered.sources())
                .containsOnly(
                        Map.entry("W", List.of("weight_ih")),
                        Map.entry("R", List.of("weight_hh")),
                        Map.entry("B", List.of("bias_ih", "bias_hh")));
        assertThat(layers(gathered.folded())).hasSize(1).first().satisfies(layer -> {
            assertThat(layer.weight().source()).isEqualTo("W");
            assertThat(layer.recurrent()).isPresent();
            assertThat(layer.bias()).isPresent();
        });
        assertThat(OnnxLayers.find(gathered.folded().graph()).notInitialised()).isEmpty();
    }

    @Test
    void newValuesGoToTheStoredTensors() {
        OnnxModel model = lstm("forward").read();
        Map<String, OnnxTensor> scattered =
                GatheredWeights.of(model).scattered(Map.of("W", ramp("W", 1, 8, 3), "B", ramp("B", 1, 16)));

        assertThat(scattered).containsOnlyKeys("weight_ih", "bias_ih", "bias_hh");
        // Rows i, o, f, c of the operand are rows 0, 3, 1, 2 of what PyTorch stores, two by two.
        assertThat(get(scattered, "bias_ih").toFloats())
                .containsExactly(1000, 1001, 1004, 1005, 1006, 1007, 1002, 1003);
        assertThat(get(scattered, "bias_hh").toFloats())
                .containsExactly(1008, 1009, 1012, 1013, 1014, 1015, 1010, 1011);
        assertThat(Arrays.copyOfRange(get(scattered, "weight_ih").toFloats(), 18, 21))
                .containsExactly(1006, 1007, 1008);
        assertThat(get(scattered, "weight_ih").shape()).containsExactly(8, 3);
    }

    @Test
    void theChangedModelReadsTheNewValues() {
        OnnxModel model = lstm("bidirectional").read();
        GatheredWeights gathered = GatheredWeights.of(model);
        assertThat(gathered.sources())
                .containsEntry("B2", List.of("bias_ih", "bias_hh", "bias_ih_reverse", "bias_hh_reverse"));

        Map<String, OnnxTensor> values =
                Map.of("W2", ramp("W2", 2, 8, 3), "R2", ramp("R2", 2, 8, 2), "B2", ramp("B2", 2, 16));
        OnnxModel changed = model.withWeights(gathered.scattered(values));

        try (OrtProbe probe = OrtProbe.open(changed, OrtOptions.DEFAULT)) {
            probe.fetch(Map.of(), values.keySet())
                    .forEach((name, found) -> assertThat(found.toFloats())
                            .containsExactly(get(values, name).toFloats()));
        }
        assertThat(changed.graph().nodes()).hasSameSizeAs(model.graph().nodes());
        assertThat(changed.graph().initializerNames()).isEqualTo(model.graph().initializerNames());
    }

    @Test
    void theFoldedModelComputesTheSame() {
        OnnxModel model = lstm("bidirectional").read();
        Map<String, OnnxTensor> inputs = Map.of("x", OnnxTensor.ofFloats("x", new long[] {5, 1, 3}, new float[15]));
        OnnxModel folded = GatheredWeights.of(model).folded();

        assertThat(folded.graph().nodes()).hasSize(1);
        assertThat(run(folded, inputs, "y")).containsExactly(run(model, inputs, "y"));
    }

    @Test
    void partsOfAnAttentionsProjectionAreLayers() {
        OnnxModel model = crossAttention(2).read();
        GatheredWeights gathered = GatheredWeights.of(model);
        OnnxGraph folded = gathered.folded().graph();

        assertThat(OnnxLayers.find(folded).layers())
                .extracting(
                        layer -> layer.weight().source(), layer -> layer.bias().isPresent())
                .containsExactly(tuple("wqt", true), tuple("wkv", true));
        // Both parts of one tensor change: the second must keep what the first has put there.
        Map<String, OnnxTensor> scattered = gathered.scattered(
                Map.of("wqt", ramp("wqt", 2, 2), "wkv", OnnxTensor.ofFloats("wkv", new long[] {4, 2}, new float[8])));
        assertThat(get(scattered, "in_proj_weight").toFloats())
                .containsExactly(1000, 1002, 1001, 1003, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void elementsThatTwoOperandsHaveKeepBothAsTheyAre() {
        assertGathersNothing(crossAttention(1));
    }

    @Test
    void elementsThatAnOperandHasTwiceKeepItAsItIs() {
        TestModel model = model().input("x", OnnxType.FLOAT, "n", 2);
        floats(model, "w", 1, 2, 2);
        assertGathersNothing(model.node("Concat", List.of("w", "w"), List.of("ww"), attribute("axis", 1))
                .node("MatMul", List.of("x", "ww"), List.of("y"))
                .output("y", OnnxType.FLOAT, "n", 4));
    }

    @Test
    void aConstantAmongTheElementsKeepsTheOperandAsItIs() {
        TestModel model = model().input("x", OnnxType.FLOAT, "n", 3);
        floats(model, "w", 1, 2, 2);
        assertGathersNothing(model.node(
                        "Constant",
                        List.of(),
                        List.of("zeros"),
                        attribute("value", TestModel.floatData("", new long[] {1, 2}, 0, 0)))
                .node("Concat", List.of("w", "zeros"), List.of("padded"), attribute("axis", 0))
                .node("MatMul", List.of("x", "padded"), List.of("y"))
                .output("y", OnnxType.FLOAT, "n", 2));
    }

    @Test
    void whatElseReadsATensorKeepsItAsItIs() {
        assertGathersNothing(crossAttention(2)
                .node("ReduceSum", List.of("in_proj_weight"), List.of("penalty"))
                .node("ReduceSum", List.of("bkv"), List.of("other"))
                .output("penalty", OnnxType.FLOAT, 1, 1)
                .output("other", OnnxType.FLOAT, 1));
    }

    @Test
    void boundsThatAnInputDecidesKeepTheOperandAsItIs() {
        TestModel model = model().input("x", OnnxType.FLOAT, "n", 2).input("end", OnnxType.INT64, 1);
        floats(model, "w", 1, 2, 6);
        assertGathersNothing(model.longs("axis", 1)
                .node("Slice", List.of("w", "first", "end", "axis"), List.of("part"))
                .node("MatMul", List.of("x", "part"), List.of("y"))
                .output("y", OnnxType.FLOAT, "n", "k"));
    }

    /** Cuts a matrix in two where an axis of the input ends. */
    private static TestModel cutAtSize(int axis) {
        TestModel model =
                model().input("x", OnnxType.FLOAT, "n", 3).longs("which", axis).longs("end", 7);
        floats(model, "w", 1, 7, 3);
        return model.node("Shape", List.of("x"), List.of("shape"))
                .node("Gather", List.of("shape", "which"), List.of("size"))
                .node("Slice", List.of("w", "first", "size", "first"), List.of("a"))
                .node("Slice", List.of("w", "size", "end", "first"), List.of("b"))
                .node("Gemm", List.of("x", "a"), List.of("y"), attribute("transB", 1))
                .node("Gemm", List.of("x", "b"), List.of("z"), attribute("transB", 1))
                .output("y", OnnxType.FLOAT, "n", "k")
                .output("z", OnnxType.FLOAT, "n", "l");
    }

    @Test
    void boundsThatAFixedSizeDecidesAreFollowed() {
        OnnxModel model = cutAtSize(1).read();
        GatheredWeights gathered = GatheredWeights.of(model);
        Map<String, OnnxTensor> inputs = Map.of("x", ramp("x", 2, 3));

        assertThat(layers(gathered.folded()))
                .extracting(layer -> layer.weight().source())
                .containsExactly("a", "b");
        assertThat(stored(gathered.folded(), "b").shape()).containsExactly(4, 3);
        assertThat(run(gathered.folded(), inputs, "z")).containsExactly(run(model, inputs, "z"));
        assertThat(get(gathered.scattered(Map.of("b", ramp("b", 4, 3))), "w").toFloats())
                .startsWith(0.01f)
                .endsWith(1011);
    }

    @Test
    void boundsThatAnOpenSizeDecidesKeepTheOperandAsItIs() {
        assertGathersNothing(cutAtSize(0));
    }

    @Test
    void aLayerThatIsCalledTwiceHasOneWeight() {
        TestModel model = model().input("x", OnnxType.FLOAT, "n", 2).input("m", OnnxType.FLOAT, "k", 2);
        floats(model, "w", 1, 6, 2);
        for (String call : List.of("x", "m")) {
            slice(model, "w", 4, 6, call + "c");
            slice(model, "w", 0, 4, call + "ab");
            model.node("Concat", List.of(call + "c", call + "ab"), List.of(call + "w"), attribute("axis", 0))
                    .node("Gemm", List.of(call, call + "w"), List.of(call + "y"), attribute("transB", 1))
                    .output(call + "y", OnnxType.FLOAT, call, 6);
        }
        OnnxModel built = model.read();
        GatheredWeights gathered = GatheredWeights.of(built);
        OnnxModel changed = built.withWeights(gathered.scattered(Map.of("xw", ramp("xw", 6, 2))));
        Map<String, OnnxTensor> inputs = Map.of("x", ramp("x", 1, 2), "m", ramp("m", 3, 2));

        assertThat(gathered.sources()).containsOnly(Map.entry("xw", List.of("w")));
        assertThat(layers(gathered.folded()))
                .extracting(layer -> layer.weight().source())
                .containsExactly("xw", "xw");
        assertThat(run(gathered.folded().withWeights(Map.of("xw", ramp("xw", 6, 2))), inputs, "my"))
                .containsExactly(run(changed, inputs, "my"));
    }

    @Test
    void concatenationsThatGrowWithoutEndAreNotRun() {
        TestModel model = model().input("x", OnnxType.FLOAT, "n", 2);
        floats(model, "w0", 1, 2, 2);
        for (int i = 0; i < 40; i++) {
            String before = "w" + i;
            model.node("Concat", List.of(before, before), List.of("w" + (i + 1)), attribute("axis", 1));
        }
        assertGathersNothing(
                model.node("MatMul", List.of("x", "w40"), List.of("y")).output("y", OnnxType.FLOAT, "n", "k"));
    }

    @Test
    void aNodeWithAnotherResultStaysForIt() {
        TestModel model = model().input("x", OnnxType.FLOAT, "n", 2).longs("sizes", 2, 3);
        floats(model, "w", 1, 2, 5);
        OnnxModel built = model.node("Split", List.of("w", "sizes"), List.of("a", "b"), attribute("axis", 1))
                .node("Shape", List.of("b"), List.of("size"))
                .node("MatMul", List.of("x", "a"), List.of("y"))
                .output("y", OnnxType.FLOAT, "n", 2)
                .output("size", OnnxType.INT64, 2)
                .read();
        GatheredWeights gathered = GatheredWeights.of(built);
        Map<String, OnnxTensor> inputs = Map.of("x", OnnxTensor.ofFloats("x", new long[] {1, 2}, 1, 1));

        assertThat(gathered.sources()).containsOnlyKeys("a");
        assertThat(run(gathered.folded(), inputs, "y")).containsExactly(run(built, inputs, "y"));
        assertThat(get(gathered.scattered(Map.of("a", ramp("a", 2, 2))), "w").toFloats())
                .startsWith(1000, 1001)
                .contains(stored(built, "w").toFloats()[2]);
    }

    @Test
    void halfPrecisionIsGatheredBitForBit() {
        TestModel model = model().input("x", OnnxType.FLOAT16, "n", 40);
        double[] values = IntStream.range(0, 40 * 80).mapToDouble(i -> i % 7).toArray();
        OnnxTensor half = OnnxTensor.ofDoubles("w", OnnxType.FLOAT16, new long[] {40, 80}, values);
        byte[] bytes = new byte[(int) half.byteCount()];
        half.chunks().get(0).get(bytes);
        OnnxModel built = model.initializer(TestModel.tensor("w", OnnxType.FLOAT16, 40, 80)
                        .setRawData(ByteString.copyFrom(bytes))
                        .build())
                .node("Split", List.of("w"), List.of("a", "b"), attribute("axis", 1))
                .node("MatMul", List.of("x", "a"), List.of("y"))
                .node("MatMul", List.of("x", "b"), List.of("z"))
                .output("y", OnnxType.FLOAT16, "n", 40)
                .output("z", OnnxType.FLOAT16, "n", 40)
                .read();
        GatheredWeights gathered = GatheredWeights.of(built);

        assertThat(gathered.sources()).containsOnlyKeys("a", "b");
        Map<String, OnnxTensor> same =
                gathered.scattered(Map.of("a", stored(gathered.folded(), "a"), "b", stored(gathered.folded(), "b")));
        assertThat(get(same, "w").toDoubles()).containsExactly(values);
    }
}
