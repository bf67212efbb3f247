package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Operators whose first version had another signature, which ONNX Runtime does not load any more. */
class FirstVersionsTest {
    private static OnnxTensor image(float... values) {
        return OnnxTensor.ofFloats("x", new long[] {1, 1, values.length / 2, 2}, values);
    }

    private static OnnxTensor run(TestModels models, OnnxTensor x) {
        OnnxModel model = models.build("y");
        return TestModels.run(model, x).get(0);
    }

    private static TestModels onImage(long rows) {
        return TestModels.opset(1).input("x", OnnxType.FLOAT, 1, 1, rows, 2);
    }

    @Test
    void castNamesItsTypeInWords() {
        OnnxTensor y = run(onImage(1).node("Cast", "x", "y", "to", "INT64"), image(1.7f, -2));
        assertThat(y.toLongs()).containsExactly(1, -2);
        assertThatExceptionOfType(OnnxFormatException.class)
                .isThrownBy(() -> run(onImage(1).node("Cast", "x", "y", "to", "int64"), image(1, 2)))
                .withMessageContaining("attribute \"to\": there is no element type \"int64\"");
    }

    @Test
    void tileRepeatsAlongOneAxis() {
        OnnxTensor y = run(
                onImage(2)
                        .initializer(OnnxTensor.ofFloats("tiles", new long[] {1}, 2))
                        .initializer(OnnxTensor.ofFloats("axis", new long[] {1}, 3))
                        .node("Tile", "x, tiles, axis", "y"),
                image(1, 2, 3, 4));
        assertThat(y.shape()).containsExactly(1, 1, 2, 4);
        assertThat(y.toFloats()).containsExactly(1, 2, 1, 2, 3, 4, 3, 4);
    }

    @Test
    void orderOfLpPoolMayBeFractional() {
        TestModels models = onImage(1).node("GlobalLpPool", "x", "y", "p", 1.5f);
        float expected = (float) Math.pow(Math.pow(1, 1.5) + Math.pow(4, 1.5), 1 / 1.5);
        assertThat(run(models, image(-1, 4)).toFloats())
                .hasSize(1)
                .satisfies(y -> assertThat(y[0]).isCloseTo(expected, within(1e-5f)));
        TestModels windows = onImage(2).node("LpPool", "x", "y", "p", 1.5f, "kernel_shape", new long[] {1, 2});
        assertThat(run(windows, image(0, 4, 9, 0)).toFloats()).containsExactly(new float[] {4, 9}, within(1e-5f));
    }

    @Test
    void upsampleHasAScaleForEachOfTwoAxes() {
        TestModels models = onImage(1).node("Upsample", "x", "y", "height_scale", 2f, "width_scale", 1.5f);
        OnnxTensor y = run(models, image(1, 2));
        assertThat(y.shape()).containsExactly(1, 1, 2, 3);
        assertThat(y.toFloats()).containsExactly(1, 1, 2, 1, 1, 2);
        assertThatExceptionOfType(OnnxFormatException.class)
                .isThrownBy(() -> run(onImage(1).node("Upsample", "x", "y", "height_scale", 2f), image(1, 2)))
                .withMessageContaining("expected height_scale and width_scale from 1, got 2.0 and 0.0");
    }
}
