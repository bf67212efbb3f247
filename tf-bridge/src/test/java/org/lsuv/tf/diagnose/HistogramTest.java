package org.lsuv.tf.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.diagnose.Networks.diagnose;
import static org.lsuv.tf.diagnose.Networks.normal;

import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnximport.TestModels;

class HistogramTest {
    private static final DiagnoseOptions COUNTING = DiagnoseOptions.defaults().with(DiagnoseOptions.Histograms.COUNT);
    private static final int ROWS = 30;
    private static final int WIDTH = 8;

    /** Twice the identity, so that the layer gives 2x to the last bit. */
    private static OnnxModel doubling() {
        double[] weight = new double[WIDTH * WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            weight[i * WIDTH + i] = 2;
        }
        return TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, WIDTH)
                .initializer(OnnxTensor.ofDoubles("w", OnnxType.FLOAT, new long[] {WIDTH, WIDTH}, weight))
                .node("MatMul", "x,w", "z")
                .node("Relu", "z", "y")
                .build("y");
    }

    private static Histogram output(DiagnosisReport report) {
        return Objects.requireNonNull(report.layers().get(0).signal().histogram());
    }

    /** Counts as the definition says; a value on an edge may round to either side. */
    private static void assertCounts(Histogram found, double[] values) {
        long[] expected = new long[Histogram.BINS];
        for (double value : values) {
            int bin = (int) Math.floor((value - found.edge(0)) / found.binWidth());
            expected[Math.max(0, Math.min(Histogram.BINS - 1, bin))]++;
        }
        assertThat(found.counts())
                .containsExactlyElementsOf(LongStream.of(expected).boxed().toList());
    }

    @ParameterizedTest
    @ValueSource(longs = {ROWS, 7})
    void binsAreThoseOfTheFirstPieceAndCountsThoseOfAll(long rowsAtATime) {
        OnnxTensor batch = normal("x", 3, 1, 5, ROWS, WIDTH);
        double[] doubled =
                Arrays.stream(batch.toDoubles()).map(value -> 2 * value).toArray();
        double[] first = Arrays.copyOf(doubled, (int) rowsAtATime * WIDTH);
        double mean = Arrays.stream(first).average().orElseThrow();
        double variance = Arrays.stream(first)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElseThrow();

        DiagnosisReport report = diagnose(doubling(), OptionalLong.of(rowsAtATime), COUNTING, batch);

        Histogram found = output(report);
        assertThat(found.centre()).isCloseTo(mean, within(1e-5));
        assertThat(found.binWidth()).isCloseTo(Math.sqrt(variance) / 5, within(1e-6));
        assertCounts(found, doubled);
        assertCounts(
                Objects.requireNonNull(report.activations().get(0).signal().histogram()),
                Arrays.stream(doubled).map(value -> Math.max(0, value)).toArray());
    }

    @Test
    void aConstantSignalIsInTheMiddle() {
        Histogram found =
                output(diagnose(doubling(), OptionalLong.empty(), COUNTING, normal("x", 3, 0, 5, ROWS, WIDTH)));

        assertThat(found.counts().get(Histogram.BINS / 2)).isEqualTo(ROWS * WIDTH);
    }

    @Test
    void aSignalWithNanHasNone() {
        double[] values = new double[ROWS * WIDTH];
        values[3] = Double.NaN;
        OnnxTensor batch = OnnxTensor.ofDoubles("x", OnnxType.FLOAT, new long[] {ROWS, WIDTH}, values);

        assertThat(diagnose(doubling(), OptionalLong.empty(), COUNTING, batch)
                        .layers()
                        .get(0)
                        .signal()
                        .histogram())
                .isNull();
    }

    @Test
    void nothingIsCountedUnasked() {
        assertThat(diagnose(doubling(), normal("x", 3, 1, 5, ROWS, WIDTH))
                        .layers()
                        .get(0)
                        .signal()
                        .histogram())
                .isNull();
    }
}
