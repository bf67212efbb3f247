package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class ResizeOpsTest {
    private static final OnnxTensor RAMP = OnnxTensor.ofFloats("x", new long[] {1, 1, 1, 4}, 1, 2, 3, 4);

    @ParameterizedTest
    @CsvSource({
        "nearest, half_pixel, 1 1 2 2 3 3 4 4",
        "nearest, asymmetric, 1 1 2 2 3 3 4 4",
        "linear, half_pixel, 1 1.25 1.75 2.25 2.75 3.25 3.75 4",
        "linear, asymmetric, 1 1.5 2 2.5 3 3.5 4 4",
        "linear, align_corners, 1 1.428571 1.857143 2.285714 2.714286 3.142857 3.571429 4",
        "cubic, half_pixel, 0.894531 1.191406 1.667969 2.296875 2.703125 3.332031 3.808594 4.105469",
    })
    void doublingFollowsTheCoordinates(String mode, String coordinates, String expected) {
        float[] wanted = floats(expected);
        for (long width : new long[] {4, -1}) {
            OnnxModel model = TestModels.opset(13)
                    .input("x", OnnxType.FLOAT, -1, 1, 1, width)
                    .initializer(OnnxTensor.ofFloats("scales", new long[] {4}, 1, 1, 1, 2))
                    .node(
                            "Resize",
                            "x,, scales",
                            "y",
                            "mode",
                            mode,
                            "coordinate_transformation_mode",
                            coordinates,
                            "nearest_mode",
                            coordinates.equals("asymmetric") ? "floor" : "round_prefer_floor")
                    .build("y");

            assertThat(TestModels.run(model, RAMP).get(0).toFloats()).containsExactly(wanted, Offset.offset(1e-5f));
        }
    }

    @ParameterizedTest
    @CsvSource({"7, linear, 1 1.5 2 2.5 3 3.5 4 4", "7, nearest, 1 1 2 2 3 3 4 4", "9, linear, 1 1.5 2 2.5 3 3.5 4 4"})
    void upsampleTakesCoordinatesFromTheLeft(int opset, String mode, String expected) {
        OnnxTensor scales = OnnxTensor.ofFloats("scales", new long[] {4}, 1, 1, 1, 2);
        TestModels models = TestModels.opset(opset).input("x", OnnxType.FLOAT, -1, 1, 1, -1);
        OnnxModel model = opset == 7
                ? models.node("Upsample", "x", "y", "mode", mode, "scales", scales.toFloats())
                        .build("y")
                : models.initializer(scales)
                        .node("Upsample", "x, scales", "y", "mode", mode)
                        .build("y");

        assertThat(TestModels.run(model, RAMP).get(0).toFloats())
                .containsExactly(floats(expected), Offset.offset(1e-5f));
    }

    @Test
    void antialiasAveragesOverWhatIsLeftOut() {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, -1, 1, 1, 4)
                .initializer(OnnxTensor.ofLongs("sizes", new long[] {1}, 1))
                .node("Resize", "x,,, sizes", "y", "mode", "linear", "axes", new long[] {-1}, "antialias", 1)
                .build("y");
        OnnxTensor impulse = OnnxTensor.ofFloats("x", new long[] {1, 1, 1, 4}, 8, 0, 0, 0);

        float found = TestModels.run(model, impulse).get(0).toFloats()[0];

        // A triangle of half-width 4 around 1.5, the edge repeated beyond it; the weights add up to 4.
        float inside = 1 - 1.5f / 4;
        float beyond = (1 - 2.5f / 4) + (1 - 3.5f / 4);
        assertThat(found).isCloseTo(8 * (inside + beyond) / 4, Offset.offset(1e-5f));
    }

    @Test
    void cropOfOneOutputTakesTheMiddleAndOutsideIsExtrapolated() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 1, 1, 4)
                .initializer(OnnxTensor.ofFloats("roi", new long[] {8}, 0, 0, 0, 0, 1, 1, 1, 2))
                .initializer(OnnxTensor.ofLongs("sizes", new long[] {4}, 1, 1, 1, 3))
                .node(
                        "Resize",
                        "x, roi,, sizes",
                        "y",
                        "mode",
                        "linear",
                        "coordinate_transformation_mode",
                        "tf_crop_and_resize",
                        "extrapolation_value",
                        9f)
                .build("y");

        assertThat(TestModels.run(model, RAMP).get(0).toFloats()).containsExactly(1, 4, 9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nearest", "linear"})
    void sizesMayBeComputedWhenTheGraphRuns(String mode) {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, -1, 1, 1, -1)
                .input("sizes", OnnxType.INT64, 4)
                .node("Resize", "x,,, sizes", "y", "mode", mode, "nearest_mode", "floor")
                .build("y");
        OnnxTensor sizes = OnnxTensor.ofLongs("sizes", new long[] {4}, 1, 1, 2, 2);

        OnnxTensor y = TestModels.run(model, RAMP, sizes).get(0);

        assertThat(y.shape()).containsExactly(1, 1, 2, 2);
        assertThat(y.toFloats())
                .containsExactly(mode.equals("nearest") ? floats("1 3 1 3") : floats("1.5 3.5 1.5 3.5"));
    }

    @ParameterizedTest
    @CsvSource({"DCR, 0 2 4 6 1 3 5 7", "CRD, 0 1 2 3 4 5 6 7"})
    void depthToSpacePlacesBlocksInItsOrder(String mode, String expected) {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 8, -1, -1)
                .node("DepthToSpace", "x", "y", "blocksize", 2, "mode", mode)
                .build("y");

        OnnxTensor y = TestModels.run(
                        model, OnnxTensor.ofFloats("x", new long[] {1, 8, 1, 1}, floats("0 1 2 3 4 5 6 7")))
                .get(0);

        assertThat(y.shape()).containsExactly(1, 2, 2, 2);
        assertThat(y.toFloats()).containsExactly(floats(expected));
    }

    @Test
    void spaceToDepthIsUndoneByDepthToSpace() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3, 4, -1)
                .node("SpaceToDepth", "x", "deep", "blocksize", 2)
                .node("DepthToSpace", "deep", "y", "blocksize", 2)
                .build("y", "deep");
        float[] values = new float[2 * 3 * 4 * 6];
        IntStream.range(0, values.length).forEach(i -> values[i] = i);

        List<OnnxTensor> found = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {2, 3, 4, 6}, values));

        assertThat(found.get(0).toFloats()).containsExactly(values);
        assertThat(found.get(1).shape()).containsExactly(2, 12, 2, 3);
    }

    @Test
    void channelsThatDoNotDivideAreMalformed() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 6, 2, 2)
                .node("DepthToSpace", "x", "y", "blocksize", 2)
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("6 channels are no multiple of blocksize² = 4");
    }

    private static float[] floats(String list) {
        String[] parts = list.split(" ", -1);
        float[] values = new float[parts.length];
        IntStream.range(0, parts.length).forEach(i -> values[i] = Float.parseFloat(parts[i]));
        return values;
    }
}
