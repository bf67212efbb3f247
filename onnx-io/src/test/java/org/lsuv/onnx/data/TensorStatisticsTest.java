package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

class TensorStatisticsTest {
    @Test
    void momentsAndRangeOfAFewValues() {
        TensorStatistics statistics = TensorStatistics.of(OnnxTensor.ofFloats("x", new long[] {2, 2}, 1, 2, 3, 6));
        assertThat(statistics).isEqualTo(new TensorStatistics(4, 3, 3.5, 1, 6, 0));
        assertThat(statistics.standardDeviation()).isEqualTo(Math.sqrt(3.5));
    }

    @Test
    void valuesThatAreNotFiniteAreOnlyCounted() {
        TensorStatistics statistics =
                TensorStatistics.of(Double.NaN, 1, Double.POSITIVE_INFINITY, 3, Double.NEGATIVE_INFINITY);
        assertThat(statistics).isEqualTo(new TensorStatistics(5, 2, 1, 1, 3, 3));
        assertThat(TensorStatistics.of(Double.NaN))
                .isEqualTo(new TensorStatistics(1, Double.NaN, Double.NaN, Double.NaN, Double.NaN, 1));
    }

    @Test
    void largeMeanDoesNotCostDigits() {
        // Variance of 0, 1, 2, 3, … repeated is 1.25 whatever is added; the sum of squares has lost it.
        double[] values = new double[1_000_000];
        Arrays.setAll(values, i -> 1e9 + i % 4);
        TensorStatistics statistics = TensorStatistics.of(values);
        assertThat(statistics.mean()).isCloseTo(1e9 + 1.5, within(1e-6));
        assertThat(statistics.variance()).isCloseTo(1.25, within(1e-9));
    }

    @Test
    void mergedPiecesEqualTheWhole() {
        Random random = new Random(7);
        double[] values = random.doubles(50_000).map(x -> 100 + 5 * x).toArray();
        TensorStatistics whole = TensorStatistics.of(values);
        TensorStatistics merged = TensorStatistics.EMPTY;
        for (int from = 0, to; from < values.length; from = to) {
            to = Math.min(values.length, from + 1 + random.nextInt(9_000));
            merged = merged.merge(TensorStatistics.of(Arrays.copyOfRange(values, from, to)));
        }
        assertThat(merged.count()).isEqualTo(50_000);
        assertThat(merged.mean()).isCloseTo(whole.mean(), within(1e-11));
        assertThat(merged.variance()).isCloseTo(whole.variance(), within(1e-11));
        assertThat(merged.min()).isEqualTo(whole.min());
        assertThat(merged.max()).isEqualTo(whole.max());
        // Uniform on [100, 105]: mean 102.5, variance 25/12, within four standard errors.
        assertThat(whole.mean()).isCloseTo(102.5, within(0.026));
        assertThat(whole.variance()).isCloseTo(25 / 12.0, within(0.034));
    }

    @Test
    void emptyIsNeutralInMerging() {
        TensorStatistics some = TensorStatistics.of(1, 5);
        assertThat(some.merge(TensorStatistics.EMPTY)).isEqualTo(some);
        assertThat(TensorStatistics.EMPTY.merge(some)).isEqualTo(some);
        assertThat(TensorStatistics.of(Double.NaN).merge(some)).isEqualTo(new TensorStatistics(3, 3, 4, 1, 5, 1));
    }

    @Test
    void everyNumericTypeIsMeasured() {
        for (OnnxType type : List.of(OnnxType.FLOAT16, OnnxType.BFLOAT16, OnnxType.DOUBLE)) {
            assertThat(TensorStatistics.of(OnnxTensor.ofDoubles("x", type, new long[] {2}, -1, 3)))
                    .isEqualTo(new TensorStatistics(2, 1, 4, -1, 3, 0));
        }
        assertThat(TensorStatistics.of(OnnxTensor.ofLongs("x", new long[] {2}, -1, 3)))
                .isEqualTo(new TensorStatistics(2, 1, 4, -1, 3, 0));
        assertThatThrownBy(() -> TensorStatistics.of(OnnxTensor.ofStrings("x", new long[] {1}, List.of("a"))))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("tensor \"x\": values of type string cannot be read as numbers");
    }
}
