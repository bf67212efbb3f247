package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.TestModel.attribute;
import static org.lsuv.onnx.layers.OnnxLayersTest.weight;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

class RemainingWeightsTest {
    private static TestModel model() {
        return TestModel.opset(17).input("x", OnnxType.FLOAT, "n", 3);
    }

    private static List<NotInitialised> remaining(TestModel model) {
        return OnnxLayers.find(model.read().graph()).notInitialised();
    }

    private static void assertReason(TestModel model, String name, String reason) {
        assertThat(remaining(model)).containsExactly(new NotInitialised(name, List.of(3L, 3L), reason));
    }

    @Test
    void weightsAndBiasesOfLayersAreNotAmongThem() {
        TestModel model = weight(weight(model(), "w", 3, 3), "b", 1, 3)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .node("Add", List.of("y", "b"), List.of("z"));

        assertThat(remaining(model)).isEmpty();
    }

    @Test
    void anEmbeddingIsATable() {
        TestModel model = weight(TestModel.opset(17).input("ids", OnnxType.INT64, "n"), "w", 3, 3)
                .node("Gather", List.of("w", "ids"), List.of("y"));

        assertReason(model, "w", "is a table in which Gather \"y\" looks up, as an embedding is");
    }

    @Test
    void aTiedEmbeddingIsTheWeightOfItsLayer() {
        TestModel model = weight(TestModel.opset(17).input("ids", OnnxType.INT64, "n"), "w", 3, 3)
                .node("Gather", List.of("w", "ids"), List.of("y"))
                .node("Transpose", List.of("w"), List.of("t"))
                .node("MatMul", List.of("y", "t"), List.of("z"));

        assertThat(remaining(model)).isEmpty();
    }

    @Test
    void parametersThatMeetActivationsSayHow() {
        assertReason(
                weight(model(), "w", 3, 3).node("Add", List.of("x", "w"), List.of("y")),
                "w",
                "is added to activations by Add \"y\", as a positional parameter or mask is");
        assertReason(
                weight(model(), "w", 3, 3).node("Mul", List.of("w", "x"), List.of("y")),
                "w",
                "is a factor of activations in Mul \"y\"");
        assertReason(
                weight(model(), "w", 3, 3).node("Concat", List.of("w", "x"), List.of("y"), attribute("axis", 0L)),
                "w",
                "is joined with activations by Concat \"y\"");
        assertReason(
                weight(model(), "w", 3, 3).node("LayerNormalization", List.of("x", "w"), List.of("y")),
                "w",
                "is read by LayerNormalization \"y\" as its scale or shift");
    }

    @Test
    void aComputedWeightNamesItsReaderAndTheOperatorsBetween() {
        TestModel model = weight(model(), "w", 3, 3)
                .node("Mul", List.of("w", "w"), List.of("squares"))
                .node("ReduceSum", List.of("squares"), List.of("sum"))
                .node("Div", List.of("w", "sum"), List.of("unit"))
                .node("MatMul", List.of("x", "unit"), List.of("y"));

        assertReason(model, "w", "is a parameter of a computed weight: MatMul \"y\" reads what Div makes of it");
    }

    @Test
    void sizesOfInputsMakeNoActivations() {
        TestModel model = weight(model(), "w", 3, 3)
                .node("Shape", List.of("x"), List.of("s"))
                .node("Expand", List.of("w", "s"), List.of("wide"))
                .node("Concat", List.of("wide", "x"), List.of("y"), attribute("axis", 0L));

        assertReason(model, "w", "is joined with activations by Concat \"y\"");
    }

    @Test
    void inputsThatAreLeftOutMeetNothing() {
        TestModel model = weight(model(), "w", 3, 3)
                .node("Dropout", List.of("x"), List.of("d", ""))
                .node("Clip", List.of("w", "", ""), List.of("clipped"))
                .node("Concat", List.of("clipped", "d"), List.of("y"), attribute("axis", 0L));

        assertReason(model, "w", "is joined with activations by Concat \"y\"");
    }

    @Test
    void operandsOfProductsThatAreNoLayersAreListedWhateverTheirRank() {
        TestModel model = weight(weight(model(), "v", 3), "other", 3)
                .node("Einsum", List.of("x", "v"), List.of("y"), attribute("equation", "ni,i->ni"))
                .node("Add", List.of("x", "other"), List.of("z"));

        assertThat(remaining(model)).containsExactly(new NotInitialised("v", List.of(3L), "is read by Einsum \"y\""));
    }

    @Test
    void constantsOfNodesAreListedLikeInitializers() {
        TestModel model = model().node(
                        "Constant",
                        List.of(),
                        List.of("c"),
                        attribute("value", TestModel.floatData("", new long[] {3, 3}, new float[9])))
                .node("Mul", List.of("x", "c"), List.of("y"));

        assertReason(model, "c", "is a factor of activations in Mul \"y\"");
    }

    @Test
    void unusedAndUnmetTensorsSaySo() {
        assertReason(weight(model(), "w", 3, 3), "w", "is read by no node");
        assertReason(
                weight(model(), "w", 3, 3).node("Relu", List.of("w"), List.of("y")),
                "w",
                "meets nothing that depends on an input");
    }

    @Test
    void quantisedWeightsNameTheirTypeAndReader() {
        TestModel model = model().initializer(TestModel.tensor("w", OnnxType.INT8, 3, 3)
                        .setRawData(com.google.protobuf.ByteString.copyFrom(new byte[9]))
                        .build())
                .node("MatMulInteger", List.of("x", "w"), List.of("y"));

        assertReason(model, "w", "is quantised (int8), read by MatMulInteger \"y\"");
    }

    @Test
    void integersAndSingleValuesAreNoWeights() {
        TestModel model = weight(model(), "one", 1, 1)
                .longs("shape", 1, 3)
                .node("Mul", List.of("x", "one"), List.of("y"))
                .node("Reshape", List.of("y", "shape"), List.of("z"));

        assertThat(remaining(model)).isEmpty();
    }

    @Test
    void weightsInsideBodiesAndThoseThatBodiesReadAreListed() {
        TestModel body = weight(TestModel.opset(17), "inner", 3, 3)
                .node("MatMul", List.of("x", "inner"), List.of("a"))
                .node("MatMul", List.of("a", "outer"), List.of("b"))
                .output("b", OnnxType.FLOAT, "n", 3);
        TestModel model = weight(model().input("flag", OnnxType.BOOL), "outer", 3, 3)
                .node(NodeProto.newBuilder()
                        .setName("choice")
                        .setOpType("If")
                        .addInput("flag")
                        .addOutput("y")
                        .addAttribute(attribute("then_branch", body.graph()))
                        .addAttribute(attribute(
                                "else_branch",
                                weight(TestModel.opset(17), "spare", 3, 3).graph()))
                        .build());

        assertThat(remaining(model))
                .extracting(NotInitialised::name, NotInitialised::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("outer", "is read inside the body of If \"choice\""),
                        org.assertj.core.groups.Tuple.tuple("inner", "is inside the body of If \"choice\""),
                        org.assertj.core.groups.Tuple.tuple("spare", "is inside the body of If \"choice\""));
    }
}
