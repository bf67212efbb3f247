package org.lsuv.tf.draw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.OnnxType;

class GaussianTest {
    private static double[] draw(OnnxType type, int count, long seed) {
        return Gaussian.draw(type, new long[] {count}, seed).toDoubles();
    }

    @ParameterizedTest
    @EnumSource(
            value = OnnxType.class,
            names = {"FLOAT", "DOUBLE"})
    void numbersFollowTheNormalLaw(OnnxType type) {
        // More than one part of the generator. Kolmogorov: the distance exceeds 1.95/√n once in a thousand.
        double[] values = draw(type, 200_000, 3);
        Arrays.sort(values);
        double distance = 0;
        for (int i = 0; i < values.length; i++) {
            double law = cumulative(values[i]);
            distance = Math.max(distance, Math.max(law - (double) i / values.length, (i + 1.0) / values.length - law));
        }

        assertThat(distance).isLessThan(1.95 / Math.sqrt(values.length));
    }

    /** Returns Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/15 + …). */
    private static double cumulative(double x) {
        double term = x;
        double sum = x;
        for (int i = 3; Math.abs(term) > 1e-17 && i < 400; i += 2) {
            term *= x * x / i;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    @Test
    void partsAndSeedsAreUncorrelated() {
        int part = 1 << 16;
        double[] values = draw(OnnxType.DOUBLE, 3 * part, 3);
        double[] next = draw(OnnxType.DOUBLE, 3 * part, 4);

        assertThat(correlation(values, 0, values, part, part)).isCloseTo(0, within(0.016));
        assertThat(correlation(values, 0, values, 1, part)).isCloseTo(0, within(0.016));
        assertThat(correlation(values, 0, next, 0, part)).isCloseTo(0, within(0.016));
        assertThat(correlation(values, part, next, 0, part)).isCloseTo(0, within(0.016));
    }

    private static double correlation(double[] a, int fromA, double[] b, int fromB, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += a[fromA + i] * b[fromB + i];
        }
        return sum / count;
    }

    @Test
    void aLongerDrawBeginsAsAShorterOne() {
        double[] shorter = draw(OnnxType.FLOAT, 70_000, 9);

        assertThat(Arrays.copyOf(draw(OnnxType.FLOAT, 150_000, 9), 70_000)).isEqualTo(shorter);
        assertThat(draw(OnnxType.FLOAT, 70_000, 10)).isNotEqualTo(shorter);
    }
}
