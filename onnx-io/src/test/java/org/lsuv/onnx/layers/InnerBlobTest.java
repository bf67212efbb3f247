package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.lsuv.onnx.TestModel.attribute;
import static org.lsuv.onnx.layers.OnnxLayersTest.weight;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

/** Layers whose blob is no value of the graph. */
class InnerBlobTest {
    private static TestModel model() {
        return TestModel.opset(17).input("x", OnnxType.FLOAT, "n", "m", "k");
    }

    private static TestModel microsoft(TestModel model, String operator, List<String> inputs, AttributeProto... more) {
        return model.node(NodeProto.newBuilder()
                .setDomain("com.microsoft")
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput("y")
                .addAllAttribute(List.of(more))
                .build());
    }

    private static OnnxLayer only(TestModel model) {
        List<OnnxLayer> layers = OnnxLayers.find(model.read().graph()).layers();
        assertThat(layers).hasSize(1);
        return layers.get(0);
    }

    private static String blocks(OnnxLayer layer) {
        return layer.channels().blocks().stream()
                .map(block -> block.name() + " " + block.from())
                .reduce((some, more) -> some + ", " + more)
                .orElse("");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "RNN;  forward;       1; ' 0'",
                "RNN;  bidirectional; 1; forward 0, reverse 5",
                "GRU;  reverse;       3; reverse z 0, reverse r 5, reverse h 10",
                "LSTM; bidirectional; 4; forward i 0, forward o 5, forward f 10, forward c 15, reverse i 20,"
                        + " reverse o 25, reverse f 30, reverse c 35",
            })
    void gatesOfEachDirectionAreBlocksOfOneLayer(String operator, String direction, long gates, String expected) {
        long directions = direction.equals("bidirectional") ? 2 : 1;
        TestModel model = weight(model(), "w", directions, 5 * gates, 3);
        weight(weight(model, "r", directions, 5 * gates, 5), "b", directions, 10 * gates)
                .node(operator, List.of("x", "w", "r", "b"), List.of("", "h"), attribute("direction", direction));

        OnnxLayer layer = only(model);
        assertThat(layer.output()).isEqualTo("h/gates");
        assertThat(layer.inner()).contains("gates");
        assertThat(blocks(layer)).isEqualTo(expected);
        assertThat(List.of(
                        layer.kernel().blocks(),
                        layer.kernel().fanIn(),
                        layer.kernel().fanOut()))
                .containsExactly(directions * gates, 3L, 5L);
        KernelLayout recurrent = layer.recurrent().orElseThrow().kernel();
        assertThat(List.of(recurrent.blocks(), recurrent.fanIn(), recurrent.fanOut()))
                .containsExactly(directions * gates, 5L, 5L);
        assertThat(OnnxLayers.find(model.read().graph()).trainable()).containsExactlyInAnyOrder("w", "r", "b");
    }

    @Test
    void recurrentWeightsThatAreJoinedFromPiecesAreListedWithTheReason() {
        TestModel model = weight(weight(model(), "forward", 1, 20, 3), "reverse", 1, 20, 3);
        weight(model, "r", 2, 20, 5)
                .node("Concat", List.of("forward", "reverse"), List.of("w"), attribute("axis", 0))
                .node("LSTM", List.of("x", "w", "r"), List.of("y"), attribute("direction", "bidirectional"));

        OnnxLayers found = OnnxLayers.find(model.read().graph());
        assertThat(found.layers()).isEmpty();
        assertThat(found.notInitialised())
                .extracting(NotInitialised::name, NotInitialised::reason)
                .contains(tuple(
                        "forward", "is a parameter of a computed weight: LSTM \"y\" reads what Concat makes of it"));
    }

    @ParameterizedTest
    @CsvSource({
        "'',   false, y,         ''",
        "Relu, false, y/product, y",
        "'',   true,  y/product, ''",
        "Relu, true,  y/product, ''"
    })
    void aFusedConvolutionIsMeasuredBeforeItsShortcutAndItsActivation(
            String activation, boolean shortcut, String output, String behind) {
        TestModel model = weight(weight(model(), "w", 4, 2, 3), "b", 4);
        List<String> inputs = shortcut ? List.of("x", "w", "b", "x") : List.of("x", "w", "b");

        OnnxLayer layer =
                only(microsoft(model, "FusedConv", inputs, attribute("group", 2), attribute("activation", activation)));
        assertThat(layer.output()).isEqualTo(output);
        assertThat(layer.activation().orElse("")).isEqualTo(behind);
        assertThat(layer.kernel().blocks()).isEqualTo(2);
        assertThat(layer.bias().orElseThrow().broadcast()).isEqualTo(OnnxLayer.Broadcast.CHANNELS);
    }

    @Test
    void whatFollowsAFusedActivationIsNoBias() {
        TestModel model = weight(weight(model(), "w", 5, 3), "b", 5);
        microsoft(model, "FusedGemm", List.of("x", "w"), attribute("activation", "Relu"), attribute("transB", 1));

        OnnxLayer layer = only(model.node("Add", List.of("y", "b"), List.of("z")));
        assertThat(layer.output()).isEqualTo("y/product");
        assertThat(layer.bias()).isEmpty();
        assertThat(layer.kernel().fanIn()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"0, 6, 5", "1, 5, 6"})
    void aFusedProductHasItsBiasBehindIt(long transposed, long in, long out) {
        TestModel model = weight(weight(model(), "w", 6, 5), "b", out);
        microsoft(model, "FusedMatMul", List.of("x", "w"), attribute("transB", transposed));

        OnnxLayer layer = only(model.node("Add", List.of("y", "b"), List.of("z")));
        assertThat(layer.output()).isEqualTo("z");
        assertThat(List.of(layer.kernel().fanIn(), layer.kernel().fanOut())).containsExactly(in, out);
    }

    @Test
    void scoresOfQueriesAndKeysAreNoLayer() {
        TestModel model = microsoft(model(), "FusedMatMul", List.of("x", "x"), attribute("transB", 1));

        assertThat(OnnxLayers.find(model.read().graph()).layers()).isEmpty();
    }

    @Test
    void queriesKeysAndValuesOfAnAttentionMayHaveOtherWidths() {
        TestModel model = weight(weight(model(), "w", 6, 24), "b", 24);

        OnnxLayer even = only(microsoft(model, "Attention", List.of("x", "w", "b"), attribute("num_heads", 2)));
        assertThat(even.output()).isEqualTo("y/qkv");
        assertThat(blocks(even)).isEqualTo("q 0, k 8, v 16");
        assertThat(even.kernel().blocks()).isEqualTo(3);
        TestModel other = weight(weight(model(), "w", 6, 24), "b", 24);
        OnnxLayer uneven = only(microsoft(
                other, "Attention", List.of("x", "w", "b"), attribute("qkv_hidden_sizes", new long[] {4, 4, 16})));
        assertThat(blocks(uneven)).isEqualTo("q 0, k 4, v 8");
    }
}
