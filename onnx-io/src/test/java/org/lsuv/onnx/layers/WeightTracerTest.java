package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.onnx.TestModel.attribute;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

class WeightTracerTest {
    private static final float[] SIX = {0, 1, 2, 3, 4, 5};

    private static Optional<WeightPath> trace(TestModel model) {
        return new WeightTracer(model.read().graph()).trace("operand");
    }

    private static TestModel six() {
        return TestModel.opset(17).floats("w", new long[] {2, 3}, SIX);
    }

    @Test
    void castsBetweenFloatingTypesKeepTheTypeInWhichTheWeightIsStored() {
        TestModel model =
                six().node("Cast", List.of("w"), List.of("operand"), attribute("to", (long) OnnxType.DOUBLE.code()));

        assertThat(trace(model)).hasValueSatisfying(path -> {
            assertThat(path.type()).isEqualTo(OnnxType.FLOAT);
            assertThat(path.source()).isEqualTo("w");
            assertThat(path.operand()).isEqualTo("operand");
            assertThat(path.steps()).isEmpty();
        });
    }

    @Test
    void aWeightThatIsRoundedToIntegersIsNotRearranged() {
        TestModel model = six().node("Cast", List.of("w"), List.of("n"), attribute("to", (long) OnnxType.INT32.code()))
                .node("Cast", List.of("n"), List.of("operand"), attribute("to", (long) OnnxType.FLOAT.code()));

        assertThat(trace(model)).isEmpty();
    }

    @Test
    void aCastOfTheFirstVersionsIsNotFollowed() {
        TestModel model = TestModel.opset(1)
                .floats("w", new long[] {2, 3}, SIX)
                .node(ai.onnx.proto.OnnxMl.NodeProto.newBuilder()
                        .setOpType("Cast")
                        .addInput("w")
                        .addOutput("operand")
                        .addAttribute(ai.onnx.proto.OnnxMl.AttributeProto.newBuilder()
                                .setName("to")
                                .setType(ai.onnx.proto.OnnxMl.AttributeProto.AttributeType.STRING)
                                .setS(com.google.protobuf.ByteString.copyFromUtf8("FLOAT")))
                        .build());

        assertThat(trace(model)).isEmpty();
    }

    @Test
    void longChainsAreFollowedToTheirEnd() {
        TestModel model = six();
        String last = "w";
        for (int i = 0; i < 50_000; i++) {
            model.node("Identity", List.of(last), List.of("v" + i));
            last = "v" + i;
        }
        model.node("Identity", List.of(last), List.of("operand"));

        assertThat(trace(model)).map(WeightPath::source).contains("w");
    }

    @Test
    void aConstantNodeIsAStoredWeight() {
        TestModel model = TestModel.opset(17)
                .node(
                        "Constant",
                        List.of(),
                        List.of("c"),
                        attribute("value", TestModel.floatData("", new long[] {2, 3}, SIX)))
                .node("Transpose", List.of("c"), List.of("operand"));

        assertThat(trace(model)).hasValueSatisfying(path -> {
            assertThat(path.source()).isEqualTo("c");
            assertThat(path.storedShape()).containsExactly(2L, 3L);
            assertThat(path.operandShape()).containsExactly(3L, 2L);
        });
    }

    @Test
    void axesOfOlderVersionsAreAttributes() {
        TestModel model = TestModel.opset(11)
                .floats("w", new long[] {2, 3}, SIX)
                .node("Unsqueeze", List.of("w"), List.of("v"), attribute("axes", new long[] {0, -1}))
                .node("Squeeze", List.of("v"), List.of("operand"), attribute("axes", new long[] {0}));

        assertThat(trace(model)).map(WeightPath::operandShape).contains(List.of(2L, 3L, 1L));
    }

    @Test
    void generatedWeightsHaveTheShapeThatTheirNodeStates() {
        TestModel model = TestModel.opset(17)
                .node("RandomNormal", List.of(), List.of("r"), attribute("shape", new long[] {5, 2}))
                .node("Transpose", List.of("r"), List.of("operand"));
        TestModel filled =
                TestModel.opset(17).longs("shape", 4, 7).node("ConstantOfShape", List.of("shape"), List.of("operand"));

        assertThat(trace(model)).map(WeightPath::operandShape).contains(List.of(2L, 5L));
        assertThat(trace(filled)).map(WeightPath::operandShape).contains(List.of(4L, 7L));
    }

    @Test
    void aGeneratedShapeBeyondSixtyFourBitsIsAFormatError() {
        TestModel model = TestModel.opset(17)
                .node("RandomUniform", List.of(), List.of("r"), attribute("shape", new long[] {1L << 40, 1L << 40}))
                .node("Flatten", List.of("r"), List.of("operand"));

        assertThatThrownBy(() -> trace(model))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("RandomUniform")
                .hasMessageContaining("overflows");
    }

    @Test
    void computedValuesAndIntegersAreNoWeights() {
        assertThat(trace(six().node("Relu", List.of("w"), List.of("operand")))).isEmpty();
        assertThat(trace(TestModel.opset(17).longs("operand", 1, 2, 3))).isEmpty();
        assertThat(trace(TestModel.opset(17).input("operand", OnnxType.FLOAT, 2, 3)))
                .isEmpty();
        assertThat(trace(six().input("shape", OnnxType.INT64, 2)
                        .node("Reshape", List.of("w", "shape"), List.of("operand"))))
                .isEmpty();
    }

    @Test
    void aSparseConstantIsNoWeightAndNoError() {
        TestModel model = TestModel.opset(17)
                .node(ai.onnx.proto.OnnxMl.NodeProto.newBuilder()
                        .setOpType("Constant")
                        .addOutput("operand")
                        .addAttribute(ai.onnx.proto.OnnxMl.AttributeProto.newBuilder()
                                .setName("sparse_value")
                                .setType(ai.onnx.proto.OnnxMl.AttributeProto.AttributeType.SPARSE_TENSOR))
                        .build());

        assertThat(trace(model)).isEmpty();
    }

    @Test
    void errorsNameTheNodeAndTheShapes() {
        assertThatThrownBy(
                        () -> trace(six().longs("axes", 1).node("Squeeze", List.of("w", "axes"), List.of("operand"))))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("Squeeze(w, axes) -> operand: cannot squeeze axis 1 of [2, 3]");
        assertThatThrownBy(
                        () -> trace(six().longs("axes", -3).node("Squeeze", List.of("w", "axes"), List.of("operand"))))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("axis -3 is outside a tensor of rank 2");
        assertThatThrownBy(() ->
                        trace(six().longs("shape", -1, -1).node("Reshape", List.of("w", "shape"), List.of("operand"))))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("cannot reshape [2, 3] to [-1, -1]");
    }
}
