package org.lsuv.onnx.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.UnsupportedModelException;

class ExternalWeightsTest {
    /** More than the 127 bytes below which ONNX Runtime treats initializers in another way. */
    private static final int SIZE = 64;

    private static final OnnxTensor ONES = filled("x", 1);

    @TempDir
    Path folder;

    @Test
    void readsWeightsFromTheirFile() throws IOException {
        try (OrtProbe probe = OrtProbe.open(model(), OrtOptions.DEFAULT)) {
            assertThat(first(probe, "y")).isEqualTo(1 + 3);
            assertThat(first(probe, "c")).isEqualTo(5);
            assertThat(probe.forwardSeconds(Map.of("x", ONES))).isPositive();
            assertThat(Objects.requireNonNull(probe.measure(Map.of("x", ONES), List.of("y"))
                                    .get("y"))
                            .mean())
                    .isEqualTo(4);
        }
    }

    @Test
    void runsWithNewWeightsThatNoFileHoldsYet() throws IOException {
        OnnxModel edited = model().withWeights(Map.of("w", filled("w", 30), "c", filled("c", 50)));
        try (OrtProbe probe = OrtProbe.open(edited, OrtOptions.DEFAULT)) {
            assertThat(first(probe, "y")).isEqualTo(1 + 30);
            assertThat(first(probe, "z")).isEqualTo(1 + 30);
            assertThat(first(probe, "c")).isEqualTo(50);
            assertThat(probe.forwardSeconds(Map.of("x", ONES))).isPositive();
        }
    }

    @Test
    void tellsHowMuchAnEngineReadsFromFiles() throws IOException {
        OnnxModel model = model();
        assertThat(model.forEngine().bytesInFiles()).isEqualTo(2L * SIZE * 4);
        OnnxModel edited = model.withWeights(Map.of("w", filled("w", 30)));
        assertThat(edited.forEngine().bytesInFiles()).isZero();
    }

    @Test
    void saysWhichFileIsGone() throws IOException {
        OnnxModel model = model();
        Files.delete(folder.resolve("weights.bin"));
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            assertThatThrownBy(() -> probe.forwardSeconds(Map.of("x", ONES)))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageStartingWith("model.onnx: ONNX Runtime cannot load the model: ")
                    .hasMessageContaining("weights.bin");
        }
    }

    private static float first(OrtProbe probe, String value) {
        OnnxTensor found = probe.fetch(Map.of("x", ONES), List.of(value))
                .values()
                .iterator()
                .next();
        return found.toFloats()[0];
    }

    private OnnxModel model() throws IOException {
        float[] weights = new float[2 * SIZE];
        Arrays.fill(weights, 0, SIZE, 3);
        Arrays.fill(weights, SIZE, 2 * SIZE, 5);
        Files.write(folder.resolve("weights.bin"), TestModel.littleEndian(weights));
        TestModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, SIZE)
                .initializer(external("w", 0, SIZE))
                .initializer(external("alias", 0, 1, SIZE))
                .node("Add", List.of("x", "w"), List.of("y"))
                .node("Add", List.of("x", "alias"), List.of("z"))
                .node("Constant", List.of(), List.of("c"), TestModel.attribute("value", external("", SIZE * 4, SIZE)))
                .output("y", OnnxType.FLOAT, SIZE)
                .output("z", OnnxType.FLOAT, 1, SIZE)
                .output("c", OnnxType.FLOAT, SIZE);
        Path file = folder.resolve("model.onnx");
        Files.write(file, model.bytes());
        return OnnxReader.read(file);
    }

    private static TensorProto external(String name, int offset, long... shape) {
        return TestModel.tensor(name, OnnxType.FLOAT, shape)
                .setDataLocation(DataLocation.EXTERNAL)
                .addExternalData(entry("location", "weights.bin"))
                .addExternalData(entry("offset", Integer.toString(offset)))
                .addExternalData(entry("length", Integer.toString(SIZE * 4)))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static OnnxTensor filled(String name, float value) {
        float[] values = new float[SIZE];
        Arrays.fill(values, value);
        return OnnxTensor.ofFloats(name, new long[] {SIZE}, values);
    }
}
