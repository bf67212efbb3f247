package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;

/** States the rules of windows that random forms do not reach, on lines of numbers. */
class WindowRulesTest {
    private static final OnnxTensor ONES = OnnxTensor.ofFloats("w", new long[] {1, 1, 3}, 1, 1, 1);

    @ParameterizedTest
    @CsvSource({
        // auto_pad, stride, sums of three neighbours of 1 2 3 4 5 6
        "SAME_UPPER, 1, 3 6 9 12 15 11",
        "SAME_LOWER, 1, 3 6 9 12 15 11",
        "SAME_UPPER, 2, 6 12 11",
        "SAME_LOWER, 2, 3 9 15",
        "VALID, 2, 6 12",
    })
    void autoPadIsFoundForKnownAndUnknownSizes(String autoPad, int stride, String expected) {
        for (long size : new long[] {6, -1}) {
            OnnxModel model = TestModels.opset(11)
                    .input("x", OnnxType.FLOAT, -1, 1, size)
                    .initializer(ONES)
                    .node("Conv", "x, w", "y", "auto_pad", autoPad, "strides", new long[] {stride})
                    .build("y");

            assertThat(TestModels.run(model, line(6)).get(0).toFloats()).containsExactly(floats(expected));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // The whole product of 1 2 3 with stride 2 is 1 1 3 2 5 3 3.
        "SAME_UPPER, 0, 1 1 3 2 5 3",
        "SAME_LOWER, 0, 1 3 2 5 3 3",
        "NOTSET, 7, 1 1 3 2 5 3 3",
        "NOTSET, 6, 1 3 2 5 3 3",
        "SAME_UPPER, 6, 1 1 3 2 5 3",
        "NOTSET, 5, 1 3 2 5 3",
        "NOTSET, 9, 1 1 3 2 5 3 3 0 0",
    })
    void transposedConvolutionIsCutToTheOutputShape(String autoPad, long outputShape, String expected) {
        for (long size : new long[] {3, -1}) {
            Object[] attributes = outputShape == 0
                    ? new Object[] {"strides", new long[] {2}, "auto_pad", autoPad}
                    : new Object[] {
                        "strides", new long[] {2}, "auto_pad", autoPad, "output_shape", new long[] {outputShape}
                    };
            OnnxModel model = TestModels.opset(11)
                    .input("x", OnnxType.FLOAT, -1, 1, size)
                    .initializer(ONES)
                    .node("ConvTranspose", "x, w", "y", attributes)
                    .build("y");

            assertThat(TestModels.run(model, line(3)).get(0).toFloats()).containsExactly(floats(expected));
        }
    }

    @Test
    void integersAreMaximisedWithoutPaddingShowing() {
        OnnxModel model = TestModels.opset(12)
                .input("x", OnnxType.INT8, 1, 1, 1, 3)
                .node("MaxPool", "x", "y", "kernel_shape", new long[] {1, 2}, "pads", new long[] {0, 1, 0, 1})
                .build("y");
        OnnxTensor x = OnnxTensor.of(
                "x", OnnxType.INT8, new long[] {1, 1, 1, 3}, List.of(ByteBuffer.wrap(new byte[] {-5, -7, -9})));

        assertThat(TestModels.run(model, x).get(0).toLongs()).containsExactly(-5, -5, -7, -9);
    }

    @Test
    void linearOfConvolutionIsItsProductWithoutBias() {
        OnnxModel model = TestModels.opset(11)
                .input("x", OnnxType.FLOAT, -1, 1, 4)
                .initializer(ONES)
                .initializer(OnnxTensor.ofFloats("b", new long[] {1}, 10))
                .node("Conv", "x, w, b", "y")
                .build("y");
        TfModel imported = OnnxImporter.load(model, ImportOptions.defaults());

        try (TfRun run = TfRun.open(imported.graph(), TfOptions.defaults())) {
            run.feedWeights(imported);
            run.feed(imported.inputs().get(0).tensor(), line(4));
            var layer = imported.layers().get(0);
            List<OnnxTensor> found = run.fetch(List.of(layer.linear(), layer.blob()));

            assertThat(found.get(0).toFloats()).containsExactly(6, 9);
            assertThat(found.get(1).toFloats()).containsExactly(16, 19);
        }
    }

    @Test
    void filterThatDoesNotFitIsMalformed() {
        assertMalformed(
                model("Conv", 3, "kernel_shape", new long[] {5}),
                "attribute \"kernel_shape\": expected [3] as the filter has, got [5]");
        assertMalformed(model("Conv", 3, "group", 2), "the filter's 1 output channels are no multiple of group 2");
        assertMalformed(model("Conv", 3, "strides", new long[] {0}), "expected integers from 1, got 0");
        assertMalformed(model("Conv", 3, "pads", new long[] {-1, 0}), "expected integers from 0, got -1");
        assertMalformed(model("Conv", 2), "a window of 3 does not fit on a spatial axis of size 2");
        assertMalformed(model("Conv", 3, "auto_pad", "SAME"), "expected NOTSET, VALID, SAME_UPPER or SAME_LOWER");
    }

    private static OnnxModel model(String op, long size, Object... attributes) {
        return TestModels.opset(11)
                .input("x", OnnxType.FLOAT, -1, 1, size)
                .initializer(ONES)
                .node(op, "x, w", "y", attributes)
                .build("y");
    }

    private static void assertMalformed(OnnxModel model, String message) {
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining(message);
    }

    private static OnnxTensor line(int length) {
        float[] values = new float[length];
        IntStream.range(0, length).forEach(i -> values[i] = i + 1);
        return OnnxTensor.ofFloats("x", new long[] {1, 1, length}, values);
    }

    private static float[] floats(String list) {
        String[] parts = list.split(" ", -1);
        float[] values = new float[parts.length];
        IntStream.range(0, parts.length).forEach(i -> values[i] = Float.parseFloat(parts[i]));
        return values;
    }
}
