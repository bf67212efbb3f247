package org.lsuv.onnx.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

class TrainingFormTest {
    private static final OnnxTensor X = OnnxTensor.ofFloats(
            "x", new long[] {2, 2, 1, 4}, 1, 2, 3, 4, 50, 60, 70, 80, 5, 6, 7, 8, 90, 100, 110, 120);

    @ParameterizedTest
    @ValueSource(longs = {12, 13, 22})
    void dropsNothingWhereTheFileAsksForTrainingMode(long opset) {
        OnnxModel model = TestModel.opset(opset)
                .input("x", OnnxType.FLOAT, 2, 2, 1, 4)
                .floats("ratio", new long[0], 0.5f)
                .initializer(TestModel.tensor("training", OnnxType.BOOL)
                        .addInt32Data(1)
                        .build())
                .node("Dropout", List.of("x", "ratio", "training"), List.of("y", "mask"))
                .output("y", OnnxType.FLOAT, 2, 2, 1, 4)
                .read();
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            Map<String, OnnxTensor> found = probe.fetch(Map.of("x", X), List.of("y", "mask"));
            assertThat(of(found, "y").toFloats()).containsExactly(X.toFloats());
            assertThat(of(found, "mask").toLongs()).containsOnly(1);
            assertThat(probe.notes())
                    .containsExactly("node Dropout(x, ratio, training) -> y, mask: measured without dropping anything");
        }
    }

    @Test
    void leavesInactiveDropoutAlone() {
        OnnxModel model = TestModel.opset(10)
                .input("x", OnnxType.FLOAT, 2, 2, 1, 4)
                .node("Dropout", List.of("x"), List.of("y"), TestModel.attribute("ratio", 0.5f))
                .output("y", OnnxType.FLOAT, 2, 2, 1, 4)
                .read();
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            assertThat(probe.notes()).isEmpty();
            assertThat(of(probe.fetch(Map.of("x", X), List.of("y")), "y").toFloats())
                    .containsExactly(X.toFloats());
        }
    }

    @ParameterizedTest
    @CsvSource({"7,5", "9,5", "13,5", "14,3", "15,3", "20,3", "20,1"})
    void batchNormalizationInTrainingFormUsesTheStatisticsOfTheBatchInEveryRun(long opset, int outputs) {
        OnnxModel model = batchNormalization(opset, outputs);
        List<String> values = List.of("y", "mean1", "var1").subList(0, Math.min(outputs, 3));
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            for (int run = 0; run < 3; run++) {
                Map<String, OnnxTensor> found = probe.fetch(Map.of("x", X), values);
                double invDeviation = 1 / Math.sqrt(5.25 + 1e-5);
                assertThat(of(found, "y").toDoubles()[0]).isCloseTo(2 * (1 - 4.5) * invDeviation + 7, within(1e-5));
                assertThat(of(found, "y").shape()).containsExactly(2, 2, 1, 4);
                if (outputs > 1) {
                    assertThat(of(found, "mean1").toDoubles()[0]).isCloseTo(0.9 * 1 + 0.1 * 4.5, within(1e-6));
                    assertThat(of(found, "var1").toDoubles()[0]).isCloseTo(0.9 * 4 + 0.1 * 5.25, within(1e-6));
                }
            }
            assertThat(probe.notes()).hasSize(1).first().asString().endsWith("with the statistics of the batch");
        }
    }

    @Test
    void readsTheSavedStatisticsOfOldFiles() {
        try (OrtProbe probe = OrtProbe.open(batchNormalization(9, 5), OrtOptions.DEFAULT)) {
            Map<String, OnnxTensor> found = probe.fetch(Map.of("x", X), List.of("mean2", "var2"));
            assertThat(of(found, "mean2").toDoubles()[0]).isCloseTo(4.5, within(1e-6));
            assertThat(of(found, "var2").toDoubles()[0]).isCloseTo(5.25, within(1e-5));
        }
    }

    @Test
    void agreesWithTheKernelOfOnnxRuntime() {
        OnnxModel model = batchNormalization(15, 3);
        float[] own;
        try (LoadedModel plain = LoadedModel.load(model, OrtOptions.DEFAULT, LoadedModel.Purpose.RUNNING)) {
            own = of(plain.run(Map.of("x", X)), "y").toFloats();
        }
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            assertThat(of(probe.fetch(Map.of("x", X), List.of("y")), "y").toFloats())
                    .containsExactly(own, within(1e-5f));
        }
    }

    @Test
    void leavesBatchNormalizationInInferenceFormAlone() {
        try (OrtProbe probe = OrtProbe.open(batchNormalization(9, 1), OrtOptions.DEFAULT)) {
            assertThat(probe.notes()).isEmpty();
            assertThat(of(probe.fetch(Map.of("x", X), List.of("y")), "y").toDoubles()[1])
                    .isCloseTo(2 * (2 - 1) / Math.sqrt(4 + 1e-5) + 7, within(1e-5));
        }
    }

    private static OnnxModel batchNormalization(long opset, int outputs) {
        AttributeProto[] attributes =
                opset >= 14 ? new AttributeProto[] {TestModel.attribute("training_mode", 1)} : new AttributeProto[0];
        return TestModel.opset(opset)
                .input("x", OnnxType.FLOAT, 2, 2, 1, 4)
                .floats("s", new long[] {2}, 2, 2)
                .floats("b", new long[] {2}, 7, 7)
                .floats("mean", new long[] {2}, 1, 1)
                .floats("var", new long[] {2}, 4, 4)
                .node(
                        "BatchNormalization",
                        List.of("x", "s", "b", "mean", "var"),
                        List.of("y", "mean1", "var1", "mean2", "var2").subList(0, outputs),
                        attributes)
                .output("y", OnnxType.FLOAT, 2, 2, 1, 4)
                .read();
    }

    private static OnnxTensor of(Map<String, OnnxTensor> all, String name) {
        return Objects.requireNonNull(all.get(name));
    }
}
