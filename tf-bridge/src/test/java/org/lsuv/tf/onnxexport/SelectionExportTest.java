package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnxexport.ElementwiseExportTest.integers;
import static org.lsuv.tf.onnxexport.ExportCase.draw;
import static org.lsuv.tf.onnxexport.ExportCase.positive;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReverseSequence;
import org.tensorflow.op.image.NonMaxSuppression;
import org.tensorflow.op.image.ResizeBicubic;
import org.tensorflow.op.math.Cumprod;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxArgs;
import org.tensorflow.op.quantization.FakeQuantWithMinMaxVars;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** What chooses, counts, moves and rounds elements. */
class SelectionExportTest {
    private static final OnnxTensor BOXES = OnnxTensor.ofFloats(
            "boxes", new long[] {5, 4}, 0, 0, 1, 1, 0, 0.1f, 1, 1.1f, 0, 2, 1, 3, 0.05f, 2, 1, 3.02f, 5, 5, 6, 6);
    private static final OnnxTensor SCORES =
            OnnxTensor.ofFloats("scores", new long[] {5}, 0.9f, 0.75f, 0.6f, 0.95f, 0.1f);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void boxesThatOverlapAreSuppressed(boolean pads) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            NonMaxSuppression<TFloat32> chosen = tf.image.nonMaxSuppression(
                    net.input("boxes", -1, 4),
                    net.input("scores", -1),
                    tf.constant(4),
                    tf.constant(0.5f),
                    tf.constant(0.3f),
                    tf.constant(0f),
                    NonMaxSuppression.padToMaxOutputSize(pads));
            net.output("places", chosen.selectedIndices());
            net.output("best", chosen.selectedScores());
            net.output("count", chosen.validOutputs());
            net.agrees(BOXES, SCORES);
        }
    }

    @Test
    void scoresThatFadeAreUnsupported() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            net.output(
                    "y",
                    tf.image
                            .nonMaxSuppression(
                                    net.input("boxes", -1, 4),
                                    net.input("scores", -1),
                                    tf.constant(4),
                                    tf.constant(0.5f),
                                    tf.constant(0.3f),
                                    tf.constant(0.5f))
                            .selectedIndices());
            assertThatThrownBy(net::export)
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("soft_nms_sigma");
        }
    }

    @Test
    void firstOfEqualElementsStays() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            var unique = tf.unique(net.input("x", TInt32.class, -1), tf.constant(new int[0]));
            net.output("y", unique.y());
            net.output("places", unique.idx());
            net.agrees(integers("x", 7, 3, 7, -1, 3, 9));
        }
    }

    @Test
    void bucketHasItsLowerBoundary() {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", -1, 2);
            net.output("y", net.tf().bucketize(x, List.of(-1f, 0f, 2.5f)));
            net.agrees(OnnxTensor.ofFloats("x", new long[] {3, 2}, -2, -1, 0, 1, 2.5f, 7));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,-2", "-1,0", "7,-9"})
    void rollGoesRound(int rows, int columns) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 5);
            net.output("y", tf.roll(x, tf.constant(new int[] {rows, columns}), tf.constant(new int[] {0, -1})));
            net.agrees(draw("x", 3, 5));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void sequencesAreTurnedUpToTheirLength(long time) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", 3, 3, 2);
            Operand<TInt32> lengths = net.input("lengths", TInt32.class, 3);
            net.output("y", tf.reverseSequence(x, lengths, time, ReverseSequence.batchDim(1 - time)));
            net.agrees(draw("x", 3, 3, 2), integers("lengths", 1, 3, 2));
        }
    }

    @ParameterizedTest
    @CsvSource({"13,false,false", "17,true,false", "18,false,true", "21,true,true"})
    void productsGrowAlongAnAxis(long opset, boolean exclusive, boolean reverse) {
        try (ExportCase net = new ExportCase().opset(opset)) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 4, 2);
            net.output(
                    "y", tf.math.cumprod(x, tf.constant(-2), Cumprod.exclusive(exclusive), Cumprod.reverse(reverse)));
            net.agrees(draw("x", 3, 4, 2));
        }
    }

    @Test
    void segmentsLeaveOutNegativeNumbers() {
        try (ExportCase net = new ExportCase().opset(18)) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 2);
            Operand<TInt32> numbers = net.input("numbers", TInt32.class, -1);
            Operand<TInt32> count = tf.constant(4);
            net.output("sum", tf.math.unsortedSegmentSum(x, numbers, count));
            net.output("product", tf.math.unsortedSegmentProd(x, numbers, count));
            net.output("most", tf.math.unsortedSegmentMax(x, numbers, count));
            net.output("least", tf.math.unsortedSegmentMin(x, numbers, count));
            net.agrees(draw("x", 5, 2), integers("numbers", 2, 0, -1, 2, 3));
        }
    }

    @Test
    void sortedSegmentsEndAtTheLastNumber() {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", -1, 2);
            Operand<TInt32> numbers = net.input("numbers", TInt32.class, -1);
            net.output("sum", net.operation("SegmentSum", x, numbers).build().output(0));
            net.output(
                    "product", net.operation("SegmentProd", x, numbers).build().output(0));
            net.output("mean", net.operation("SegmentMean", x, numbers).build().output(0));
            net.agrees(draw("x", 5, 2), integers("numbers", 0, 0, 2, 2, 2));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fakeQuantisationHasAnExactZero(boolean narrow) {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 3);
            net.output(
                    "args",
                    tf.quantization.fakeQuantWithMinMaxArgs(
                            x,
                            FakeQuantWithMinMaxArgs.min(-1.3f),
                            FakeQuantWithMinMaxArgs.max(2.1f),
                            FakeQuantWithMinMaxArgs.numBits(4L),
                            FakeQuantWithMinMaxArgs.narrowRange(narrow)));
            net.output(
                    "vars",
                    tf.quantization.fakeQuantWithMinMaxVars(
                            x,
                            net.weight(OnnxTensor.ofFloats("min", new long[0], -0.7f)),
                            net.weight(OnnxTensor.ofFloats("max", new long[0], 1.9f)),
                            FakeQuantWithMinMaxVars.narrowRange(narrow)));
            net.output(
                    "channels",
                    tf.quantization.fakeQuantWithMinMaxVarsPerChannel(
                            x,
                            net.weight(OnnxTensor.ofFloats("mins", new long[] {3}, -0.7f, -3, -0.1f)),
                            net.weight(OnnxTensor.ofFloats("maxs", new long[] {3}, 1.9f, 0.5f, 2))));
            net.agrees(draw("x", 20, 3));
        }
    }

    @Test
    void zeroTimesAnythingIsZero() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1);
            Operand<TFloat32> y = net.input("y", -1);
            net.output("log", tf.math.xlogy(x, y));
            net.output("ratio", tf.math.xdivy(x, y));
            net.agrees(
                    OnnxTensor.ofFloats("x", new long[] {4}, 0, 0, 2, -1),
                    OnnxTensor.ofFloats("y", new long[] {4}, 0, 3, 0.5f, 7));
        }
    }

    @ParameterizedTest
    @CsvSource({"13,true", "17,true", "18,true", "21,true", "17,false"})
    void imageOfTwiceTheSizeAgrees(long opset, boolean halfPixels) {
        try (ExportCase net = new ExportCase().opset(opset)) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 6, 5, 2);
            net.output(
                    "up",
                    tf.image.resizeBicubic(
                            x, tf.constant(new int[] {12, 10}), ResizeBicubic.halfPixelCenters(halfPixels)));
            net.agrees(draw("x", 2, 6, 5, 2));
        }
    }

    @Test
    void listsOutsideOfLoopsAreTensors() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1);
            Operand<TInt32> any = tf.constant(new int[] {-1});
            var one = tf.tensorListPushBack(tf.emptyTensorList(any, tf.constant(-1), TFloat32.class), x);
            var two = tf.tensorListPushBack(one, tf.math.neg(x));
            var three = tf.tensorListPushBack(two, tf.math.exp(x));
            var popped = tf.tensorListPopBack(three, any, TFloat32.class);
            net.output("last", popped.tensor());
            net.output("rest", tf.tensorListStack(popped.outputHandle(), any, TFloat32.class));
            net.output("some", tf.tensorListGather(three, tf.constant(new int[] {2, 0}), any, TFloat32.class));
            net.agrees(draw("x", 3));
        }
    }

    @Test
    void randomNumbersHaveTheSameDistribution() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TInt32> shape = tf.shape(net.input("x", -1, 2));
            net.output("uniform", tf.random.randomUniform(shape, TFloat32.class));
            net.output("normal", tf.random.randomStandardNormal(shape, TFloat32.class));
            OnnxTensor x = positive("x", 5000, 2);
            try (OrtProbe probe = OrtProbe.open(net.export(), new OrtOptions(1))) {
                List<List<Double>> moments = probe.fetch(Map.of("x", x), List.of("uniform", "normal")).values().stream()
                        .map(SelectionExportTest::moments)
                        .toList();
                assertThat(moments).containsExactlyInAnyOrder(List.of(0.5, 0.1), List.of(0.0, 1.0));
            }
        }
    }

    /** Returns mean and variance to one digit. */
    private static List<Double> moments(OnnxTensor values) {
        double[] all = values.toDoubles();
        double mean = Arrays.stream(all).average().orElseThrow();
        double variance = Arrays.stream(all)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElseThrow();
        return List.of(Math.round(mean * 10) / 10.0, Math.round(variance * 10) / 10.0);
    }
}
