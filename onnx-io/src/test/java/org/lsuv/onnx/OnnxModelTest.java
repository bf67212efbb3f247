package org.lsuv.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** New weights go where the old ones were, and nothing else moves. */
class OnnxModelTest {
    private static final OnnxTensor W = OnnxTensor.ofFloats("w", new long[] {2}, 7, 8);

    private static TestModel base() {
        return TestModel.opset(13)
                .input("x", OnnxType.FLOAT, 2)
                .node("Add", List.of("x", "w"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2);
    }

    private static GraphProto edited(TestModel model, OnnxTensor weight) {
        return model.read().withWeights(Map.of("w", weight)).proto().getGraph();
    }

    private static NodeProto node(GraphProto graph, String output) {
        return graph.getNodeList().stream()
                .filter(node -> node.getOutputList().contains(output))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void onlyTheValuesOfTheNamedWeightChange() {
        ModelProto before = TestModel.opset(13)
                .input("x", OnnxType.FLOAT, 2)
                .initializer(TestModel.rawFloats("w", new long[] {2}, 1, 2).toBuilder()
                        .setDocString("kept")
                        .build())
                .floats("v", new long[] {2}, 3, 4)
                .node("Add", List.of("x", "w"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2)
                .proto();
        ModelProto strange = before.toBuilder()
                .setDocString("doc")
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                999,
                                UnknownFieldSet.Field.newBuilder().addVarint(5).build())
                        .build())
                .build();
        OnnxModel after = OnnxReader.read(strange.toByteArray()).withWeights(Map.of("w", W));
        ModelProto.Builder expected = strange.toBuilder();
        expected.getGraphBuilder()
                .getInitializerBuilder(0)
                .setRawData(ByteString.copyFrom(TestModel.littleEndian(7, 8)));
        assertThat(after.proto()).isEqualTo(expected.build());
        assertThat(OnnxReader.read(strange.toByteArray()).withWeights(Map.of()).proto())
                .isEqualTo(strange);
    }

    @Test
    void typedFieldsStayTypedFields() {
        assertThat(edited(base().floats("w", new long[] {2}, 1, 2), W).getInitializer(0))
                .isEqualTo(TestModel.floatData("w", new long[] {2}, 7, 8));
    }

    @ParameterizedTest
    @EnumSource(
            value = OnnxType.class,
            names = {"FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"})
    void everyFloatingPointTypeKeepsItsField(OnnxType type) {
        var old = TestModel.tensor("w", type, 2);
        switch (type) {
            case FLOAT -> old.addFloatData(1).addFloatData(2);
            case DOUBLE -> old.addDoubleData(1).addDoubleData(2);
            case FLOAT16 -> old.addInt32Data(0x3c00).addInt32Data(0x4000);
            default -> old.addInt32Data(0x3f80).addInt32Data(0x4000);
        }
        OnnxModel model = base().initializer(old.build()).read();
        assertThat(model.graph().initializer("w"))
                .get()
                .extracting(OnnxTensor::toDoubles)
                .isEqualTo(new double[] {1, 2});
        OnnxModel edited = model.withWeights(Map.of("w", OnnxTensor.ofDoubles("w", type, new long[] {2}, -7, 8)));
        assertThat(edited.graph().initializer("w"))
                .get()
                .extracting(OnnxTensor::toDoubles)
                .isEqualTo(new double[] {-7, 8});
        assertThat(edited.proto().getGraph().getInitializer(0).hasRawData()).isFalse();
    }

    @Test
    void constantNodesKeepTheirAttribute() {
        AttributeProto value = TestModel.attribute("value", TestModel.rawFloats("", new long[] {2}, 1, 2));
        GraphProto graph = edited(base().node("Constant", List.of(), List.of("w"), value), W);
        assertThat(node(graph, "w").getAttribute(0).getT()).isEqualTo(TestModel.rawFloats("", new long[] {2}, 7, 8));
        AttributeProto floats = TestModel.attribute("value_floats", new float[] {1, 2});
        graph = edited(base().node("Constant", List.of(), List.of("w"), floats), W);
        assertThat(node(graph, "w").getAttribute(0)).isEqualTo(TestModel.attribute("value_floats", new float[] {7, 8}));
        AttributeProto single = TestModel.attribute("value_float", 1f);
        graph = edited(
                base().node("Constant", List.of(), List.of("w"), single), OnnxTensor.ofFloats("w", new long[0], 5));
        assertThat(node(graph, "w").getAttribute(0)).isEqualTo(TestModel.attribute("value_float", 5f));
    }

    @Test
    void generatorsBecomeConstants() {
        AttributeProto shape = AttributeProto.newBuilder()
                .setName("shape")
                .setType(AttributeProto.AttributeType.INTS)
                .addInts(2)
                .build();
        TestModel random = base().node("RandomNormal", List.of(), List.of("w"), shape);
        TestModel filled = base().initializer(
                        TestModel.tensor("s", OnnxType.INT64, 1).addInt64Data(2).build())
                .node("ConstantOfShape", List.of("s"), List.of("w"));
        for (TestModel model : List.of(random, filled)) {
            NodeProto node = node(edited(model, W), "w");
            assertThat(node.getOpType()).isEqualTo("Constant");
            assertThat(node.getInputList()).isEmpty();
            assertThat(node.getAttributeList())
                    .containsExactly(TestModel.attribute(
                            "value",
                            TestModel.rawFloats("", new long[] {2}, 7, 8).toBuilder()
                                    .clearName()
                                    .build()));
            refuses(
                    model,
                    OnnxTensor.ofFloats("w", new long[] {3}, 1, 2, 3),
                    "weight \"w\": expected float32[2], got float32[3]");
            refuses(
                    model,
                    OnnxTensor.ofDoubles("w", OnnxType.DOUBLE, new long[] {2}, 1, 2),
                    "weight \"w\": expected float32[2], got float64[2]");
        }
    }

    @Test
    void anIdentityBecomesAnInitializerOfItsOwn() {
        TestModel shared = base().floats("v", new long[] {2}, 1, 2).node("Identity", List.of("v"), List.of("w"));
        GraphProto graph = edited(shared, W);
        assertThat(graph.getNodeList()).extracting(NodeProto::getOpType).containsExactly("Add");
        assertThat(graph.getInitializerList())
                .containsExactly(
                        TestModel.floatData("v", new long[] {2}, 1, 2), TestModel.rawFloats("w", new long[] {2}, 7, 8));
        assertThat(graph.getInputList()).hasSize(1);
        refuses(
                shared,
                OnnxTensor.ofFloats("w", new long[] {1}, 1),
                "weight \"w\": expected float32[2], got float32[1]");
    }

    @Test
    void beforeIrVersion4ANewInitializerIsAnInputToo() {
        TestModel shared = base().ir(3)
                .input("v", OnnxType.FLOAT, 2)
                .floats("v", new long[] {2}, 1, 2)
                .node("Identity", List.of("v"), List.of("w"));
        GraphProto graph = edited(shared, W);
        assertThat(graph.getInputList()).contains(TestModel.value("w", OnnxType.FLOAT, 2));
        OnnxModel again = shared.read().withWeights(Map.of("w", W));
        assertThat(again.graph().inputs()).extracting(OnnxValue::name).containsExactly("x");
    }

    @Test
    void refusesWhatIsNoWeightOrDoesNotFit() {
        TestModel model = base().floats("w", new long[] {2}, 1, 2);
        refuses(
                model,
                OnnxTensor.ofFloats("w", new long[] {1, 2}, 1, 2),
                "weight \"w\": expected float32[2], got float32[1, 2]");
        refuses(
                model,
                OnnxTensor.ofDoubles("w", OnnxType.FLOAT16, new long[] {2}, 1, 2),
                "weight \"w\": expected float32[2], got float16[2]");
        assertThatThrownBy(() -> model.read().withWeights(Map.of("gone", W)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"gone\" is no weight of graph \"test\" of 1 nodes");
        assertThatThrownBy(() -> model.read().withWeights(Map.of("y", W)))
                .hasMessage("\"y\" is computed by node Add(x, w) -> y");
        AttributeProto floats = TestModel.attribute("value_floats", new float[] {1, 2, 3});
        refuses(
                base().node("Constant", List.of(), List.of("w"), floats),
                W,
                "weight \"w\": expected float32[3], got float32[2]");
        refuses(
                base().node("Constant", List.of(), List.of("w"), TestModel.attribute("value_float", 1f)),
                W,
                "weight \"w\": expected float32[], got float32[2]");
        refuses(
                base().node("Constant", List.of(), List.of("w"), TestModel.attribute("value_int", 1)),
                W,
                "\"w\" is no weight: its Constant node holds value_int");
    }

    private static void refuses(TestModel model, OnnxTensor weight, String message) {
        assertThatThrownBy(() -> model.read().withWeights(Map.of("w", weight)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
