package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnximport.OrtReference.assertAgrees;
import static org.lsuv.tf.onnximport.OrtReference.gaussian;
import static org.lsuv.tf.onnximport.OrtReference.unknown;

import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class PlacementOpsTest {
    private static OnnxTensor longs(String name, String values) {
        long[] list = list(values);
        return OnnxTensor.ofLongs(name, new long[] {list.length}, list);
    }

    private static long[] list(String values) {
        return Arrays.stream(values.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    }

    @ParameterizedTest
    @CsvSource({"7 6, 3 2, 1 1, 1 1, 0 0 0 0", "7 6, 3 2, 2 1, 1 3, 1 2 0 1", "9 1, 4 1, 3 1, 2 1, 0 0 3 0"})
    void col2ImSumsWhatOverlaps(String image, String block, String strides, String dilations, String pads) {
        long[] sizes = list(image);
        long taps = 1;
        long windows = 1;
        for (int i = 0; i < sizes.length; i++) {
            taps *= list(block)[i];
            long reach = list(dilations)[i] * (list(block)[i] - 1) + 1;
            long slack = sizes[i] + list(pads)[i] + list(pads)[i + sizes.length] - reach;
            windows *= slack / list(strides)[i] + 1;
        }
        OnnxTensor x = gaussian("x", OnnxType.FLOAT, 2, 3 * taps, windows);
        for (boolean computed : new boolean[] {false, true}) {
            TestModels models = TestModels.opset(18).input("x", OnnxType.FLOAT, computed ? unknown(3) : x.shape());
            if (computed) {
                models.input("image", OnnxType.INT64, sizes.length).input("block", OnnxType.INT64, sizes.length);
            } else {
                models.initializer(longs("image", image)).initializer(longs("block", block));
            }
            OnnxModel model = models.node(
                            "Col2Im",
                            "x, image, block",
                            "y",
                            "strides",
                            list(strides),
                            "dilations",
                            list(dilations),
                            "pads",
                            list(pads))
                    .build("y");

            if (computed) {
                assertAgrees(model, x, longs("image", image), longs("block", block));
            } else {
                assertAgrees(model, x);
            }
        }
    }

    /** ONNX Runtime 1.29 sums other elements here. */
    @Test
    void col2ImOfVolumesIsTheReverseOfTakingBlocks() {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.DOUBLE, -1, -1, -1)
                .initializer(longs("image", "5 4 3"))
                .initializer(longs("block", "2 2 2"))
                .node(
                        "Col2Im",
                        "x, image, block",
                        "y",
                        "strides",
                        list("1 2 1"),
                        "dilations",
                        list("2 1 1"),
                        "pads",
                        list("0 1 0 1 0 0"))
                .build("y");
        OnnxTensor x = gaussian("x", OnnxType.DOUBLE, 1, 8, 16);
        double[] columns = x.toDoubles();
        double[] expected = new double[60];
        for (int tap = 0; tap < 8; tap++) {
            for (int window = 0; window < 16; window++) {
                int depth = window / 4 + tap / 4 * 2;
                int row = window / 2 % 2 * 2 + tap / 2 % 2 - 1;
                int column = window % 2 + tap % 2;
                if (depth < 5 && row >= 0) {
                    expected[(depth * 4 + row) * 3 + column] += columns[tap * 16 + window];
                }
            }
        }

        OnnxTensor y = TestModels.run(model, x).get(0);

        assertThat(y.shape()).containsExactly(1, 1, 5, 4, 3);
        assertThat(y.toDoubles()).containsExactly(expected, Offset.offset(1e-12));
    }

    @Test
    void col2ImRefusesAPartOfABlock() {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, 1, 7, 4)
                .initializer(longs("image", "3 3"))
                .initializer(longs("block", "2 2"))
                .node("Col2Im", "x, image, block", "y")
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("columns of 7 elements are no whole number of blocks of 4");
    }

    @ParameterizedTest
    @CsvSource({"4 9, 1 2, FLOAT", "7 2 3, 0 1 2, DOUBLE", "5 4, -1 0, INT32", "6 1 8, 2 -2 0, BOOL"})
    void centerCropPadPutsTheOddElementBehind(String shape, String axes, OnnxType type) {
        OnnxTensor x = gaussian("x", OnnxType.FLOAT, 5, 4, 7);
        for (boolean computed : new boolean[] {false, true}) {
            TestModels models =
                    TestModels.opset(18).input("x", OnnxType.FLOAT, computed ? unknown(3) : new long[] {5, 4, 7});
            OnnxTensor target = longs("shape", shape);
            if (computed) {
                models.input("shape", OnnxType.INT64, target.elementCount());
            } else {
                models.initializer(target);
            }
            OnnxModel model = models.node("Cast", "x", "t", "to", type.code())
                    .node("CenterCropPad", "t, shape", "p", "axes", list(axes))
                    .node("Cast", "p", "y", "to", OnnxType.FLOAT.code())
                    .build("y");

            if (computed) {
                assertAgrees(model, x, target);
            } else {
                assertAgrees(model, x);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2 2, 2 2, 0 0 0 0, 6 8", "3 2, 2 1, 1 0 0 1, 8 5"})
    void maxUnpoolUndoesMaxPool(String kernel, String strides, String pads, String image) {
        OnnxModel model = TestModels.opset(11)
                .input("x", OnnxType.FLOAT, -1, 2, -1, -1)
                .node(
                        "MaxPool",
                        "x",
                        "p, i",
                        "kernel_shape",
                        list(kernel),
                        "strides",
                        list(strides),
                        "pads",
                        list(pads))
                .node(
                        "MaxUnpool",
                        "p, i",
                        "y",
                        "kernel_shape",
                        list(kernel),
                        "strides",
                        list(strides),
                        "pads",
                        list(pads))
                .build("y");

        assertAgrees(model, gaussian("x", OnnxType.FLOAT, 2, 2, list(image)[0], list(image)[1]));
    }

    @Test
    void maxUnpoolPutsTheImageIntoALargerOne() {
        OnnxModel model = TestModels.opset(11)
                .input("x", OnnxType.FLOAT, 1, 1, 1, 2)
                .initializer(OnnxTensor.ofLongs("i", new long[] {1, 1, 1, 2}, 5, 2))
                .input("shape", OnnxType.INT64, 4)
                .node("MaxUnpool", "x, i, shape", "y", "kernel_shape", new long[] {2, 2}, "strides", new long[] {2, 2})
                .build("y");

        OnnxTensor y = TestModels.run(
                        model, OnnxTensor.ofFloats("x", new long[] {1, 1, 1, 2}, 7, 8), longs("shape", "1 1 3 5"))
                .get(0);

        assertThat(y.shape()).containsExactly(1, 1, 3, 5);
        assertThat(y.toFloats()).containsExactly(0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0);
    }
}
