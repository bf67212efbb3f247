package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class StoredWeightsTest {
    private static OnnxTensor tensor(OnnxType type, double... values) {
        return OnnxTensor.ofDoubles("w", type, new long[] {values.length}, values);
    }

    @ParameterizedTest
    @EnumSource(
            value = OnnxType.class,
            names = {"FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"})
    void weightsAreScaledInTheirOwnType(OnnxType type) {
        OnnxTensor scaled =
                StoredWeights.scaled(tensor(type, 1, -2, 0.5, 0), 1.5).orElseThrow();

        assertThat(scaled.type()).isEqualTo(type);
        assertThat(scaled.name()).isEqualTo("w");
        assertThat(scaled.toDoubles()).containsExactly(1.5, -3, 0.75, 0);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1e38, 10", "DOUBLE, 1e308, 10", "FLOAT16, 60000, 1.2", "BFLOAT16, 3e38, 2"})
    void aScaleBeyondTheTypeIsRefused(OnnxType type, double value, double factor) {
        assertThat(StoredWeights.scaled(tensor(type, 1, value), factor)).isEmpty();
        assertThat(StoredWeights.scaled(tensor(type, 1, value), 1)).isPresent();
        assertThat(StoredWeights.scaled(tensor(type, 1, Double.POSITIVE_INFINITY), factor))
                .isPresent();
    }

    @Test
    void valuesAreRoundedToTheTypeOfTheOldOnes() {
        OnnxTensor old = OnnxTensor.ofDoubles("old", OnnxType.FLOAT16, new long[] {2, 1}, 7, 7);
        OnnxTensor rounded = StoredWeights.rounded(tensor(OnnxType.FLOAT, 1.0004, 1.0006), old);

        assertThat(rounded.toString()).isEqualTo(old.toString());
        // Half precision steps by 2⁻¹⁰ behind 1.
        assertThat(rounded.toDoubles()).containsExactly(1, 1 + 1.0 / 1024);
    }

    @Test
    void infinitiesAndNaNAreSeen() {
        for (OnnxType type : new OnnxType[] {OnnxType.FLOAT, OnnxType.DOUBLE, OnnxType.FLOAT16, OnnxType.BFLOAT16}) {
            assertThat(StoredWeights.isFinite(tensor(type, 1, -2))).isTrue();
            assertThat(StoredWeights.isFinite(tensor(type, 1, Double.NaN))).isFalse();
            assertThat(StoredWeights.isFinite(tensor(type, Double.NEGATIVE_INFINITY, 1)))
                    .isFalse();
        }
    }

    @Test
    void zerosHaveTheFormOfTheOldTensor() {
        OnnxTensor zeros = StoredWeights.zeros(tensor(OnnxType.BFLOAT16, 1, 2, 3));

        assertThat(zeros.toString())
                .isEqualTo(tensor(OnnxType.BFLOAT16, 1, 2, 3).toString());
        assertThat(zeros.toDoubles()).containsOnly(0);
    }
}
