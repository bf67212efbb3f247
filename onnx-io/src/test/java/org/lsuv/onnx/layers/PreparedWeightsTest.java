package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.onnx.TestModel.attribute;
import static org.lsuv.onnx.layers.OnnxLayersTest.weight;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.UnsupportedModelException;

class PreparedWeightsTest {
    private static TestModel model() {
        return TestModel.opset(17).input("x", OnnxType.FLOAT, "n", 4);
    }

    /** Two products, the second of which reads the weight of the first through a chain of two Identities. */
    private static TestModel merged() {
        return weight(model(), "w", 4, 4)
                .node("Identity", List.of("w"), List.of("i"))
                .node("Identity", List.of("i"), List.of("j"))
                .node("MatMul", List.of("x", "w"), List.of("a"))
                .node("MatMul", List.of("a", "j"), List.of("b"));
    }

    private static List<String> sources(OnnxModel model) {
        return OnnxLayers.find(model.graph()).layers().stream()
                .map(layer -> layer.weight().source())
                .toList();
    }

    private static OnnxModel prepare(TestModel model, TieRule rule) {
        return PreparedWeights.prepare(model.read(), rule, 0);
    }

    private static double[] values(OnnxModel model, String name) {
        return model.graph()
                .initializer(name)
                .orElseThrow(() -> new AssertionError("no initializer " + name))
                .toDoubles();
    }

    @Test
    void mergedInitializersAreSplitUnlessTiesAreKept() {
        assertThat(sources(prepare(merged(), TieRule.KEEP))).containsExactly("w", "w");
        assertThat(sources(prepare(merged(), TieRule.AUTO))).containsExactly("w", "j");
        assertThat(sources(prepare(merged(), TieRule.SPLIT))).containsExactly("w", "j");
    }

    @Test
    void aSplitWeightHasTheOldValuesAndChangesAlone() {
        OnnxModel split = prepare(merged(), TieRule.AUTO);
        double[] old = values(split, "w");
        assertThat(values(split, "j")).isEqualTo(old);

        OnnxModel changed = split.withWeights(
                Map.of("w", OnnxTensor.ofDoubles("w", OnnxType.FLOAT, new long[] {4, 4}, new double[16])));

        assertThat(values(changed, "w")).containsOnly(0);
        assertThat(values(changed, "j")).isEqualTo(old);
    }

    @Test
    void anIdentityThatIsAnOutputOfTheGraphStays() {
        TestModel model = weight(model(), "w", 4, 4)
                .node("Identity", List.of("w"), List.of("out"))
                .node("MatMul", List.of("x", "w"), List.of("a"))
                .output("out", OnnxType.FLOAT, 4, 4);

        assertThat(prepare(model, TieRule.SPLIT).graph().nodes()).anyMatch(node -> node.is("Identity"));
    }

    @Test
    void anIdentityThatSharesNothingStays() {
        TestModel model = weight(model(), "w", 4, 4)
                .node("Identity", List.of("w"), List.of("i"))
                .node("MatMul", List.of("x", "i"), List.of("a"));

        assertThat(sources(prepare(model, TieRule.SPLIT))).containsExactly("w");
    }

    @Test
    void directReadersShareAWeightUnlessTiesAreSplit() {
        TestModel model = weight(model(), "w", 4, 4)
                .node("MatMul", List.of("x", "w"), List.of("a"))
                .node("MatMul", List.of("a", "w"), List.of("b"));

        assertThat(sources(prepare(model, TieRule.AUTO))).containsExactly("w", "w");
        OnnxModel split = prepare(model, TieRule.SPLIT);
        assertThat(sources(split)).containsExactly("w", "w_2");
        assertThat(values(split, "w_2")).isEqualTo(values(split, "w"));
    }

    @Test
    void namesOfCopiesCollideWithNothing() {
        TestModel model = weight(model(), "w", 4, 4)
                .input("w_2", OnnxType.FLOAT, "n", 4)
                .node("MatMul", List.of("x", "w"), List.of("a"))
                .node("MatMul", List.of("w_2", "w"), List.of("w_2_"));

        assertThat(sources(prepare(model, TieRule.SPLIT))).containsExactly("w", "w_2__");
    }

    @Test
    void aBiasThatAnAddReadsIsSplit() {
        TestModel model = weight(weight(weight(model(), "v", 4, 4), "w", 4, 4), "b", 4)
                .node("MatMul", List.of("x", "v"), List.of("p"))
                .node("Add", List.of("p", "b"), List.of("q"))
                .node("MatMul", List.of("q", "w"), List.of("r"))
                .node("Add", List.of("b", "r"), List.of("s"));

        assertThat(OnnxLayers.find(prepare(model, TieRule.SPLIT).graph()).layers())
                .extracting(layer -> layer.bias().orElseThrow().path().source())
                .containsExactly("b", "b_2");
    }

    @Test
    void generatedWeightsAreStoredTheSameForASeed() {
        TestModel model = model().longs("shape", 4, 4)
                .node("RandomNormal", List.of(), List.of("g"), attribute("shape", new long[] {4, 4}))
                .node(
                        "RandomUniform",
                        List.of(),
                        List.of("u"),
                        attribute("shape", new long[] {4, 4}),
                        attribute("low", -3f),
                        attribute("high", -2f))
                .node(
                        "ConstantOfShape",
                        List.of("shape"),
                        List.of("c"),
                        attribute("value", TestModel.floatData("", new long[] {1}, 0.5f)))
                .node("MatMul", List.of("x", "g"), List.of("a"))
                .node("MatMul", List.of("a", "u"), List.of("b"))
                .node("MatMul", List.of("b", "c"), List.of("d"));

        double[] normal = generated(model, "g", 1);
        assertThat(normal).isEqualTo(generated(model, "g", 1)).isNotEqualTo(generated(model, "g", 2));
        assertThat(Arrays.stream(normal).distinct()).hasSize(16);
        assertThat(Arrays.stream(generated(model, "u", 1))).allMatch(value -> value >= -3 && value <= -2);
        assertThat(generated(model, "c", 1)).hasSize(16).containsOnly(0.5);
    }

    private static double[] generated(TestModel model, String name, long seed) {
        return new WeightValues(PreparedWeights.prepare(model.read(), TieRule.AUTO, seed)).of(name);
    }

    /** Reads what {@code Constant} nodes of a model hold. */
    private record WeightValues(OnnxModel model) {
        double[] of(String name) {
            return model.graph()
                    .producer(name)
                    .flatMap(org.lsuv.onnx.ConstantNode::value)
                    .orElseThrow(() -> new AssertionError(name + " is not constant"))
                    .toDoubles();
        }
    }

    @Test
    void generatedWeightsTooLargeToStoreAreRefused() {
        for (TieRule rule : TieRule.values()) {
            TestModel model = model().node(
                            "RandomNormal", List.of(), List.of("g"), attribute("shape", new long[] {1 << 20, 1 << 20}))
                    .node("MatMul", List.of("x", "g"), List.of("a"));

            assertThatThrownBy(() -> prepare(model, rule))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining(
                            "RandomNormal() -> g: the weights that nodes of the model generate are too large");
        }
    }

    @Test
    void aFillerWithoutAValueIsAFormatError() {
        TestModel model = model().longs("shape", 4, 4)
                .node(
                        "ConstantOfShape",
                        List.of("shape"),
                        List.of("c"),
                        attribute("value", TestModel.floatData("", new long[] {0})))
                .node("MatMul", List.of("x", "c"), List.of("a"));

        assertThatThrownBy(() -> prepare(model, TieRule.AUTO))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("attribute \"value\": expected one value, got 0");
    }
}
