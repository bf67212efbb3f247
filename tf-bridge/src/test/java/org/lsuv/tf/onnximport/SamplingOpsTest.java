package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnximport.OrtReference.assertAgrees;
import static org.lsuv.tf.onnximport.OrtReference.gaussian;
import static org.lsuv.tf.onnximport.OrtReference.mapped;
import static org.lsuv.tf.onnximport.OrtReference.unknown;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

class SamplingOpsTest {
    static List<Arguments> grids() {
        List<Arguments> grids = new ArrayList<>();
        for (String mode : List.of("nearest", "linear", "cubic")) {
            for (String padding : List.of("zeros", "border", "reflection")) {
                for (int corners = 0; corners < 2; corners++) {
                    grids.add(Arguments.of(20, mode, padding, corners, new long[] {2, 3, 4, 5}));
                    String old = mode.equals("nearest") ? mode : "bi" + mode;
                    grids.add(Arguments.of(16, old, padding, corners, new long[] {1, 2, 3, 1}));
                    if (!mode.equals("cubic")) {
                        grids.add(Arguments.of(22, mode, padding, corners, new long[] {2, 2, 3, 4, 5}));
                    }
                }
            }
        }
        return grids;
    }

    @ParameterizedTest
    @MethodSource("grids")
    void gridSampleReadsFarOutsideToo(int opset, String mode, String padding, int corners, long[] shape) {
        int rank = shape.length;
        long[] places = shape.clone();
        places[1] = 6;
        places[2] = 5;
        places[rank - 1] = rank - 2L;
        for (long[] declared : List.of(shape, unknown(rank))) {
            OnnxModel model = TestModels.opset(opset)
                    .input("x", OnnxType.FLOAT, declared)
                    .input("grid", OnnxType.FLOAT, unknown(rank))
                    .node("GridSample", "x, grid", "y", "mode", mode, "padding_mode", padding, "align_corners", corners)
                    .build("y");

            assertAgrees(
                    model,
                    gaussian("x", OnnxType.FLOAT, shape),
                    mapped(gaussian("grid", OnnxType.FLOAT, places), value -> 1.3 * value));
        }
    }

    @Test
    void gridSampleKeepsDoublePrecision() {
        OnnxModel model = TestModels.opset(20)
                .input("x", OnnxType.DOUBLE, -1, 1, 2, 2)
                .input("grid", OnnxType.DOUBLE, -1, -1, -1, 2)
                .node("GridSample", "x, grid", "y", "align_corners", 1)
                .build("y");
        OnnxTensor x = OnnxTensor.ofDoubles("x", OnnxType.DOUBLE, new long[] {1, 1, 2, 2}, 1, 2, 3, 4);
        OnnxTensor grid = OnnxTensor.ofDoubles("grid", OnnxType.DOUBLE, new long[] {1, 1, 1, 2}, 1.0 / 3, -0.5);

        double y = TestModels.run(model, x, grid).get(0).toDoubles()[0];

        assertThat(y).isCloseTo(1 + 2.0 / 3 + 2 * 0.25, Offset.offset(1e-15));
    }

    @Test
    void gridSampleRefusesGridOfOtherRank() {
        OnnxModel model = TestModels.opset(16)
                .input("x", OnnxType.FLOAT, 1, 1, 2, 2)
                .input("grid", OnnxType.FLOAT, 1, 2, 2, 3)
                .node("GridSample", "x, grid", "y")
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("whose last size is that rank − 2, got the shapes [1, 1, 2, 2] and [1, 2, 2, 3]");
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 0, false", "FLOAT, 1, true", "DOUBLE, 1, false", "DOUBLE, 0, true"})
    void affineGridOfAnySize(OnnxType type, int corners, boolean computed) {
        for (long[] size : List.of(new long[] {2, 3, 4, 5}, new long[] {2, 1, 3, 2, 4})) {
            int axes = size.length - 2;
            OnnxTensor sizes = OnnxTensor.ofLongs("size", new long[] {size.length}, size);
            TestModels models = TestModels.opset(20).input("theta", type, -1, axes, axes + 1);
            OnnxModel model = (computed ? models.input("size", OnnxType.INT64, size.length) : models.initializer(sizes))
                    .node("AffineGrid", "theta, size", "grid", "align_corners", corners)
                    .build("grid");
            OnnxTensor theta = gaussian("theta", type, 2, axes, axes + 1);

            if (computed) {
                assertAgrees(model, theta, sizes);
            } else {
                assertAgrees(model, theta);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, false, false", "2, 1, true, false", "1, 2, true, true", "2, 4, false, true"})
    void deformConvMatchesItsDefinition(int group, int offsetGroup, boolean masked, boolean biased) {
        TestModels models = TestModels.opset(19)
                .input("x", OnnxType.FLOAT, -1, 4, -1, -1)
                .initializer(gaussian("w", OnnxType.FLOAT, 6, 4 / group, 3, 2))
                .input("offset", OnnxType.FLOAT, -1, offsetGroup * 12L, -1, -1);
        List<OnnxTensor> feeds = new ArrayList<>(List.of(
                gaussian("x", OnnxType.FLOAT, 2, 4, 7, 6),
                gaussian("offset", OnnxType.FLOAT, 2, offsetGroup * 12L, 3, 8)));
        if (masked) {
            models.input("mask", OnnxType.FLOAT, -1, offsetGroup * 6L, -1, -1);
            feeds.add(gaussian("mask", OnnxType.FLOAT, 2, offsetGroup * 6L, 3, 8));
        }
        if (biased) {
            models.initializer(gaussian("b", OnnxType.FLOAT, 6));
        }
        OnnxModel model = models.node(
                        "DeformConv",
                        "x, w, offset," + (biased ? "b" : "") + (masked ? ", mask" : ""),
                        "y",
                        "group",
                        group,
                        "offset_group",
                        offsetGroup,
                        "strides",
                        new long[] {2, 1},
                        "pads",
                        new long[] {1, 2, 0, 1},
                        "dilations",
                        new long[] {1, 1})
                .build("y");

        assertAgrees(model, feeds.toArray(OnnxTensor[]::new));
    }

    @Test
    void deformConvOfVolumesWithoutOffsetsIsConvolution() {
        OnnxModel model = TestModels.opset(22)
                .input("x", OnnxType.DOUBLE, -1, 2, -1, 4, 3)
                .initializer(gaussian("w", OnnxType.DOUBLE, 3, 2, 2, 3, 1))
                .initializer(
                        OnnxTensor.ofDoubles("zeros", OnnxType.DOUBLE, new long[] {1, 18, 4, 1, 5}, new double[360]))
                .node("DeformConv", "x, w, zeros", "y", "pads", new long[] {0, 0, 1, 0, 1, 1}, "dilations", new long[] {
                    1, 2, 1
                })
                .node("Conv", "x, w", "z", "pads", new long[] {0, 0, 1, 0, 1, 1}, "dilations", new long[] {1, 2, 1})
                .build("y", "z");

        List<OnnxTensor> found = TestModels.run(model, gaussian("x", OnnxType.DOUBLE, 1, 2, 5, 4, 3));

        assertThat(found.get(0).shape()).containsExactly(1, 3, 4, 1, 5);
        assertThat(found.get(0).toDoubles()).containsExactly(found.get(1).toDoubles(), Offset.offset(1e-12));
    }

    @Test
    void deformConvRefusesOffsetsOfOtherShape() {
        OnnxModel model = TestModels.opset(19)
                .input("x", OnnxType.FLOAT, 1, 1, 3, 3)
                .initializer(gaussian("w", OnnxType.FLOAT, 1, 1, 2, 2))
                .input("offset", OnnxType.FLOAT, 1, 4, 2, 2)
                .node("DeformConv", "x, w, offset", "y")
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("input \"offset\" must have size 8 on axis 1, but has the shape [1, 4, 2, 2]");
    }

    /** Encodes an image of 5 × 3 pixels; without losses, so that every pixel is known. */
    private static OnnxTensor encoded(String format, int kind) throws IOException {
        BufferedImage image = new BufferedImage(3, 5, kind);
        for (int i = 0; i < 15; i++) {
            image.setRGB(i % 3, i / 3, 0xff000000 | (i * 17) << 16 | (255 - i) << 8 | i * 3);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, bytes)).isTrue();
        return OnnxTensor.of(
                "bytes", OnnxType.UINT8, new long[] {bytes.size()}, List.of(ByteBuffer.wrap(bytes.toByteArray())));
    }

    private static double[] decoded(String format, String pixels, int kind) throws IOException {
        OnnxModel model = TestModels.opset(20)
                .input("bytes", OnnxType.UINT8, -1)
                .node("ImageDecoder", "bytes", "y", "pixel_format", pixels)
                .build("y");
        OnnxTensor y = TestModels.run(model, encoded(format, kind)).get(0);
        assertThat(y.shape()).containsExactly(5, 3, pixels.equals("Grayscale") ? 1 : 3);
        return y.toDoubles();
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp"})
    void imageDecoderOrdersColours(String format) throws IOException {
        assertThat(decoded(format, "RGB", BufferedImage.TYPE_INT_RGB)).startsWith(0, 255, 0, 17, 254, 3);
        assertThat(decoded(format, "BGR", BufferedImage.TYPE_INT_RGB)).startsWith(0, 255, 0, 3, 254, 17);
        assertThat(decoded(format, "Grayscale", BufferedImage.TYPE_INT_RGB))
                .startsWith(Math.rint(0.587 * 255), Math.rint(0.299 * 17 + 0.587 * 254 + 0.114 * 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp", "gif", "jpg"})
    void imageDecoderSpreadsGrey(String format) throws IOException {
        double[] y = decoded(format, "RGB", BufferedImage.TYPE_BYTE_GRAY);

        for (int i = 0; i < y.length; i += 3) {
            assertThat(y[i + 1]).isEqualTo(y[i]);
            assertThat(y[i + 2]).isEqualTo(y[i]);
        }
    }

    @Test
    void imageDecoderSaysWhichFormatsThereAre() {
        OnnxModel model = TestModels.opset(20)
                .input("bytes", OnnxType.UINT8, -1)
                .node("ImageDecoder", "bytes", "y")
                .build("y");
        OnnxTensor bytes = OnnxTensor.of(
                "bytes", OnnxType.UINT8, new long[] {4}, List.of(ByteBuffer.wrap(new byte[] {'P', '6', ' ', '1'})));

        assertThatThrownBy(() -> TestModels.run(model, bytes))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("One of JPEG, PNG, GIF, BMP required");
    }
}
