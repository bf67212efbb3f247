package org.lsuv.tf.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class ToleranceTest {
    private static final long[] TWO = {2};
    private static final float INFINITE = Float.POSITIVE_INFINITY;

    @TempDir
    Path folder = Path.of("");

    @Test
    void valuesMayDifferByAThousandth() {
        assertThat(difference(floats(1, 1000), floats(1.0009f, 1000.9f))).isEmpty();
        assertThat(difference(floats(1, 1000), floats(1, 1001.1f)))
                .isEqualTo("element 1: expected 1000.0, got 1001.0999755859375 (expected float32[2], got float32[2])");
    }

    @Test
    void notANumberAndInfinityEqualOnlyThemselves() {
        assertThat(difference(floats(Float.NaN, INFINITE), floats(Float.NaN, INFINITE)))
                .isEmpty();
        assertThat(difference(floats(INFINITE, 0), floats(1, 0))).startsWith("element 0");
        assertThat(difference(floats(INFINITE, 0), floats(-INFINITE, 0))).startsWith("element 0");
        assertThat(difference(floats(0, 0), floats(Float.NaN, 0))).startsWith("element 0");
        assertThat(difference(floats(0, Float.NaN), floats(0, 0))).startsWith("element 1");
    }

    @Test
    void shapeAndTypeMustBeEqual() {
        assertThat(difference(floats(1, 2), OnnxTensor.ofFloats("y", new long[] {1, 2}, 1, 2)))
                .isEqualTo("expected float32[2], got float32[1, 2]");
        assertThat(difference(floats(1, 2), OnnxTensor.ofLongs("y", TWO, 1, 2)))
                .isEqualTo("expected float32[2], got int64[2]");
    }

    @Test
    void bfloat16ResultIsRoundedBeforeItIsCompared() {
        OnnxTensor expected = OnnxTensor.ofDoubles("y", OnnxType.BFLOAT16, TWO, 1, 1.0078125);
        assertThat(difference(expected, floats(1.003f, 1.006f))).isEmpty();
        assertThat(difference(expected, floats(1.006f, 1.006f))).startsWith("element 0");
    }

    @Test
    void caseStatesItsOwnTolerance() throws IOException {
        Path model = folder.resolve("model.onnx");
        assertThat(Tolerance.of(model)).isEqualTo(Tolerance.DEFAULT);
        Files.writeString(folder.resolve("data.json"), "{\"rtol\": 0.5}");
        assertThat(Tolerance.of(model)).isEqualTo(new Tolerance(0.5, 1e-7));
    }

    private static OnnxTensor floats(float... values) {
        return OnnxTensor.ofFloats("y", TWO, values);
    }

    private static String difference(OnnxTensor expected, OnnxTensor found) {
        return Tolerance.DEFAULT.difference(expected, found).orElse("");
    }
}
