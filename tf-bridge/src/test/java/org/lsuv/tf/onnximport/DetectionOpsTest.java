package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnximport.OrtReference.assertAgrees;
import static org.lsuv.tf.onnximport.OrtReference.gaussian;
import static org.lsuv.tf.onnximport.OrtReference.mapped;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class DetectionOpsTest {
    private static final int BOXES = 40;

    /** Boxes on a coarse lattice, so that overlaps and scores tie often and corners come in any order. */
    private static OnnxTensor boxes(int images) {
        Random random = new Random(3);
        float[] values = new float[images * BOXES * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(6) + 1;
        }
        return OnnxTensor.ofFloats("boxes", new long[] {images, BOXES, 4}, values);
    }

    private static OnnxTensor scores(int images, int classes) {
        return mapped(gaussian("scores", OnnxType.FLOAT, images, classes, BOXES), value -> Math.round(4 * value) / 4.0);
    }

    private static TestModels suppression(int opset, boolean dynamic) {
        return TestModels.opset(opset)
                .input("boxes", OnnxType.FLOAT, dynamic ? -1 : 2, dynamic ? -1 : BOXES, 4)
                .input("scores", OnnxType.FLOAT, dynamic ? -1 : 2, dynamic ? -1 : 3, dynamic ? -1 : BOXES)
                .input("most", OnnxType.INT64, 1);
    }

    @ParameterizedTest
    @CsvSource({
        "10, false, 0, 5, 0.5, 0.25",
        "11, true, 0, 1000, 0.25, -0.5",
        "11, true, 1, 9223372036854775807, 0.3, 0",
        "11, false, 1, 7, 0, 0.5",
        "11, true, 0, 4, 1, -9",
        "11, true, 0, 0, 0.5, 0",
        "11, true, 0, 3, 0.5, 99",
    })
    void nonMaxSuppressionChoosesTheSameBoxesInTheSameOrder(
            int opset, boolean dynamic, int center, long most, float overlap, float score) {
        OnnxModel model = suppression(opset, dynamic)
                .initializer(OnnxTensor.ofFloats("overlap", new long[] {1}, overlap))
                .initializer(OnnxTensor.ofFloats("score", new long[] {1}, score))
                .node("NonMaxSuppression", "boxes, scores, most, overlap, score", "y", "center_point_box", center)
                .build("y");

        assertAgrees(model, boxes(2), scores(2, 3), OnnxTensor.ofLongs("most", new long[] {1}, most));
    }

    @Test
    void nonMaxSuppressionWithoutThresholdsKeepsLowScoresAndOnlyWhatDoesNotOverlap() {
        OnnxModel model = suppression(11, true)
                .node("NonMaxSuppression", "boxes, scores, most", "y")
                .build("y");

        assertAgrees(model, boxes(2), scores(2, 3), OnnxTensor.ofLongs("most", new long[] {1}, 30));
    }

    @Test
    void nonMaxSuppressionWithoutANumberChoosesNothing() {
        OnnxModel model = suppression(11, true)
                .node("NonMaxSuppression", "boxes, scores", "y")
                .build("y");

        OnnxTensor y = TestModels.run(model, boxes(2), scores(2, 3)).get(0);

        assertThat(y.shape()).containsExactly(0, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void nonMaxSuppressionOfNothingIsNothing(int images) {
        OnnxModel model = suppression(11, true)
                .node("NonMaxSuppression", "boxes, scores, most", "y")
                .build("y");

        OnnxTensor y = TestModels.run(
                        model,
                        OnnxTensor.ofFloats("boxes", new long[] {images, 0, 4}),
                        OnnxTensor.ofFloats("scores", new long[] {images, 2, 0}),
                        OnnxTensor.ofLongs("most", new long[] {1}, 5))
                .get(0);

        assertThat(y.shape()).containsExactly(0, 3);
    }

    @Test
    void twoSuppressionsInOneModelStayApart() {
        OnnxModel model = suppression(11, false)
                .initializer(OnnxTensor.ofFloats("half", new long[] {1}, 0.5f))
                .node("NonMaxSuppression", "boxes, scores, most, half", "y")
                .node("NonMaxSuppression", "boxes, scores, most, half", "z", "center_point_box", 1)
                .build("y", "z");

        assertAgrees(model, boxes(2), scores(2, 3), OnnxTensor.ofLongs("most", new long[] {1}, 6));
    }

    @Test
    void nonMaxSuppressionRefusesAThresholdAboveOne() {
        OnnxModel model = suppression(11, true)
                .initializer(OnnxTensor.ofFloats("overlap", new long[] {1}, 1.5f))
                .node("NonMaxSuppression", "boxes, scores, most, overlap", "y")
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("expected an iou_threshold from 0 to 1, got 1.5");
    }

    /** Boxes of all kinds: inside, across the edges, outside, empty, with the corners the wrong way round. */
    private static final OnnxTensor REGIONS = OnnxTensor.ofFloats(
            "rois",
            new long[] {7, 4},
            0,
            0,
            9,
            9,
            1.5f,
            2.25f,
            6.75f,
            3,
            -4,
            -3,
            5,
            20,
            30,
            30,
            40,
            35,
            4,
            4,
            4,
            4,
            6,
            7,
            2,
            1,
            3,
            0,
            3.5f,
            18);

    private static final OnnxTensor IMAGES = OnnxTensor.ofLongs("images", new long[] {7}, 0, 1, 1, 0, 1, 0, 1);

    @ParameterizedTest
    @CsvSource({
        "10, '', avg, 0",
        "10, '', max, 2",
        "16, half_pixel, avg, 0",
        "16, half_pixel, max, 0",
        "16, half_pixel, avg, 3",
        "21, output_half_pixel, avg, 2",
        "21, output_half_pixel, max, 0",
        "21, '', avg, 1"
    })
    void roiAlignOfAnyBox(int opset, String coordinates, String mode, int sampling) {
        for (boolean known : new boolean[] {true, false}) {
            TestModels models = TestModels.opset(opset)
                    .input("x", OnnxType.FLOAT, -1, known ? 3 : -1, -1, 12)
                    .input("rois", OnnxType.FLOAT, known ? 7 : -1, 4)
                    .input("images", OnnxType.INT64, -1);
            Object[] attributes = {
                "mode", mode, "sampling_ratio", sampling, "output_height", 2, "output_width", 3, "spatial_scale", 0.75f
            };
            if (!coordinates.isEmpty()) {
                attributes = Arrays.copyOf(attributes, attributes.length + 2);
                attributes[attributes.length - 2] = "coordinate_transformation_mode";
                attributes[attributes.length - 1] = coordinates;
            }
            OnnxModel model =
                    models.node("RoiAlign", "x, rois, images", "y", attributes).build("y");

            assertAgrees(model, gaussian("x", OnnxType.FLOAT, 2, 3, 10, 12), REGIONS, IMAGES);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {3, -1})
    void roiAlignOfNoBoxesIsEmpty(long channels) {
        OnnxModel model = TestModels.opset(16)
                .input("x", OnnxType.FLOAT, -1, channels, -1, -1)
                .input("rois", OnnxType.FLOAT, -1, 4)
                .input("images", OnnxType.INT64, -1)
                .node("RoiAlign", "x, rois, images", "y", "output_height", 2, "output_width", 2)
                .build("y");

        OnnxTensor y = TestModels.run(
                        model,
                        gaussian("x", OnnxType.FLOAT, 1, 3, 4, 4),
                        OnnxTensor.ofFloats("rois", new long[] {0, 4}),
                        OnnxTensor.ofLongs("images", new long[] {0}))
                .get(0);

        assertThat(y.shape()).containsExactly(0, 3, 2, 2);
    }

    @Test
    void roiAlignInDoublePrecision() {
        OnnxModel model = TestModels.opset(16)
                .input("x", OnnxType.DOUBLE, -1, -1, -1, -1)
                .input("rois", OnnxType.DOUBLE, -1, 4)
                .input("images", OnnxType.INT64, -1)
                .node("RoiAlign", "x, rois, images", "y", "output_height", 3, "output_width", 2)
                .build("y");

        assertAgrees(
                model,
                gaussian("x", OnnxType.DOUBLE, 2, 3, 10, 12),
                OnnxTensor.ofDoubles("rois", OnnxType.DOUBLE, new long[] {7, 4}, REGIONS.toDoubles()),
                IMAGES);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "0.5, -1", "0.0625, 2"})
    void maxRoiPoolRoundsBoxesToPixels(float scale, long channels) {
        OnnxModel model = TestModels.opset(9)
                .input("x", OnnxType.FLOAT, -1, channels == 1 ? 3 : -1, -1, 12)
                .input("rois", OnnxType.FLOAT, -1, 5)
                .node("MaxRoiPool", "x, rois", "y", "pooled_shape", new long[] {3, 2}, "spatial_scale", scale)
                .build("y");
        OnnxTensor rois = OnnxTensor.ofFloats(
                "rois",
                new long[] {5, 5},
                0,
                0,
                0,
                9,
                9,
                1,
                1.5f,
                2.5f,
                6.75f,
                3,
                1,
                3,
                2,
                25,
                20,
                0,
                30,
                30,
                40,
                35,
                1,
                6,
                7,
                2,
                1);

        assertAgrees(model, gaussian("x", OnnxType.FLOAT, 2, 3, 10, 12), rois);
    }
}
