package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnximport.OrtReference.assertAgrees;
import static org.lsuv.tf.onnximport.OrtReference.gaussian;
import static org.lsuv.tf.onnximport.OrtReference.unknown;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class SignalOpsTest {
    private static OnnxTensor scalar(String name, long value) {
        return OnnxTensor.ofLongs(name, new long[0], value);
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, 1, 1, 0, 0, 0", "FLOAT, 2, 2, 0, 0, 0", "FLOAT, 1, 2, 0, 1, 0", "FLOAT, 1, -2, 0, 1, 9",
        "FLOAT, 2, 1, 1, 0, 0", "FLOAT, 2, -2, 1, 0, 4", "DOUBLE, 1, 1, 0, 0, 11", "DOUBLE, 2, -3, 0, 0, 3",
        "DOUBLE, 1, 0, 0, 1, 0", "FLOAT, 1, 1, 1, 0, 0"
    })
    void dftAlongAnyAxis(OnnxType type, int parts, int axis, int inverse, int oneSided, int length) {
        for (int opset : new int[] {17, 20}) {
            for (boolean known : new boolean[] {true, false}) {
                TestModels models = TestModels.opset(opset).input("x", type, known ? 3 : -1, known ? 5 : -1, -1, parts);
                List<OnnxTensor> feeds = new ArrayList<>(List.of(gaussian("x", type, 3, 5, 6, parts)));
                if (length > 0) {
                    give(models, feeds, scalar("length", length), known);
                }
                if (opset == 20) {
                    give(models, feeds, scalar("axis", axis), known);
                }
                String inputs = "x," + (length > 0 ? "length" : "") + (opset == 20 ? ", axis" : "");
                OnnxModel model = (opset == 20
                                ? models.node("DFT", inputs, "y", "inverse", inverse, "onesided", oneSided)
                                : models.node(
                                        "DFT", inputs, "y", "inverse", inverse, "onesided", oneSided, "axis", axis))
                        .build("y");

                assertAgrees(model, feeds.toArray(OnnxTensor[]::new));
            }
        }
    }

    private static void give(TestModels models, List<OnnxTensor> feeds, OnnxTensor value, boolean stored) {
        if (stored) {
            models.initializer(value);
        } else {
            models.input(value.name(), value.type(), unknown(value.rank()));
            feeds.add(value);
        }
    }

    @ParameterizedTest
    @CsvSource({"6, 0", "7, 7", "6, 10", "8, 5"})
    void oneSidedInverseGivesTheRealSignalBack(int size, int length) {
        TestModels models =
                TestModels.opset(20).input("x", OnnxType.DOUBLE, -1, -1, 1).node("DFT", "x", "spectrum", "onesided", 1);
        if (length > 0) {
            models.initializer(scalar("length", length));
        }
        OnnxModel model = models.node(
                        "DFT", length > 0 ? "spectrum, length" : "spectrum", "y", "onesided", 1, "inverse", 1)
                .build("y");
        OnnxTensor x = gaussian("x", OnnxType.DOUBLE, 2, size, 1);

        OnnxTensor y = TestModels.run(model, x).get(0);

        int expected = length == 0 ? size : length;
        assertThat(y.shape()).containsExactly(2, expected, 1);
        if (expected == size) {
            assertThat(y.toDoubles()).containsExactly(x.toDoubles(), Offset.offset(1e-12));
        } else {
            // Only the mean of all is sure to stay what it was, scaled with the length.
            double sum = Arrays.stream(y.toDoubles()).limit(expected).sum();
            double before = Arrays.stream(x.toDoubles()).limit(size).sum();
            assertThat(sum).isCloseTo(before, Offset.offset(1e-12));
        }
    }

    @Test
    void dftRefusesTheAxisOfParts() {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, 1, 4, 2)
                .node("DFT", "x", "y", "axis", 2)
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("axis 2 of an input of rank 3 holds real and imaginary parts");
    }

    @Test
    void dftRefusesHalfOfAComplexSpectrum() {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, 1, 4, 2)
                .node("DFT", "x", "y", "onesided", 1)
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("half of the frequencies stand for all of a real signal only");
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, 1, 1, true, true",
        "FLOAT, 1, 0, true, false",
        "FLOAT, 2, 0, false, true",
        "DOUBLE, 1, 1, false, true",
        "DOUBLE, 2, 0, false, true"
    })
    void stftCutsFramesThatFit(OnnxType type, int parts, int oneSided, boolean window, boolean length) {
        for (boolean known : new boolean[] {true, false}) {
            TestModels models = TestModels.opset(17).input("x", type, -1, known ? 50 : -1, parts);
            List<OnnxTensor> feeds = new ArrayList<>(List.of(gaussian("x", type, 2, 50, parts)));
            give(models, feeds, scalar("step", 7), known);
            if (window) {
                give(models, feeds, gaussian("window", type, 16), known);
            }
            if (length) {
                give(models, feeds, scalar("length", 16), known);
            }
            OnnxModel model = models.node(
                            "STFT",
                            "x, step," + (window ? "window" : "") + (length ? ", length" : ""),
                            "y",
                            "onesided",
                            oneSided)
                    .build("y");

            assertAgrees(model, feeds.toArray(OnnxTensor[]::new));
        }
    }

    /** ONNX Runtime 1.29 reads beyond its memory here. */
    @Test
    void stftOfComplexSignalsAppliesTheWindowToBothParts() {
        OnnxTensor x = gaussian("x", OnnxType.DOUBLE, 2, 30, 1);
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.DOUBLE, -1, -1, 1)
                .initializer(scalar("step", 3))
                .initializer(gaussian("window", OnnxType.DOUBLE, 8))
                .node("Neg", "x", "minus")
                .node("Concat", "minus, x", "complex", "axis", 2)
                .node("STFT", "complex, step, window", "y", "onesided", 0)
                .node("STFT", "x, step, window", "z", "onesided", 0)
                .build("y", "z");

        List<OnnxTensor> found = TestModels.run(model, x);

        // (−1 + i)·(a + bi) = −a − b + (a − b)·i
        double[] y = found.get(0).toDoubles();
        double[] z = found.get(1).toDoubles();
        assertThat(y).hasSize(2 * 8 * 8 * 2);
        for (int i = 0; i < y.length; i += 2) {
            assertThat(y[i]).isCloseTo(-z[i] - z[i + 1], Offset.offset(1e-12));
            assertThat(y[i + 1]).isCloseTo(z[i] - z[i + 1], Offset.offset(1e-12));
        }
    }

    @ParameterizedTest
    @CsvSource({"8, 512, 16000, 0, 8000", "20, 255, 8192, 100, 3000.5", "5, 16, 8192, 0, 4096", "1, 2, 100, 0, 50"})
    void melWeightsAreTriangles(long bins, long length, long rate, float low, float high) {
        for (boolean known : new boolean[] {true, false}) {
            TestModels models = TestModels.opset(17);
            List<OnnxTensor> feeds = new ArrayList<>();
            give(models, feeds, scalar("bins", bins), known);
            give(models, feeds, scalar("length", length), known);
            give(models, feeds, scalar("rate", rate), known);
            give(models, feeds, OnnxTensor.ofFloats("low", new long[0], low), known);
            give(models, feeds, OnnxTensor.ofFloats("high", new long[0], high), known);
            OnnxModel model = models.node("MelWeightMatrix", "bins, length, rate, low, high", "y")
                    .build("y");

            assertAgrees(model, feeds.toArray(OnnxTensor[]::new));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HannWindow, 1, 1",
        "HannWindow, 0, 11",
        "HammingWindow, 1, 1",
        "HammingWindow, 0, 1",
        "BlackmanWindow, 1, 1",
        "BlackmanWindow, 0, 1"
    })
    void windowsOfEitherKind(String op, int periodic, int type) {
        for (boolean known : new boolean[] {true, false}) {
            TestModels models = TestModels.opset(17);
            List<OnnxTensor> feeds = new ArrayList<>();
            give(models, feeds, scalar("size", 13), known);
            OnnxModel model = models.node(op, "size", "y", "periodic", periodic, "output_datatype", type)
                    .build("y");

            assertAgrees(model, feeds.toArray(OnnxTensor[]::new));
        }
    }
}
