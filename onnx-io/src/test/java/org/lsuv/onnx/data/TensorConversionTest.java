package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class TensorConversionTest {
    @ParameterizedTest
    @CsvSource({"FLOAT, 0.1, 0.10000000149011612", "FLOAT16, 0.1, 0.0999755859375", "BFLOAT16, 0.1, 0.10009765625"})
    void floatingValuesAreRoundedToNearest(OnnxType target, double value, double expected) {
        TensorConversion.Result result = TensorConversion.convert(doubles(value, -2, Double.NaN), target);
        assertThat(result.tensor().toDoubles()).containsExactly(expected, -2, Double.NaN);
        assertThat(result.note()).contains("converted from float64 to " + target.label());
    }

    @Test
    void sameTypeIsPassedOnWithoutANote() {
        OnnxTensor tensor = doubles(1);
        assertThat(TensorConversion.convert(tensor, OnnxType.DOUBLE).tensor()).isSameAs(tensor);
        assertThat(TensorConversion.convert(tensor, OnnxType.DOUBLE).note()).isEmpty();
    }

    @Test
    void integersBecomeFloats() {
        OnnxTensor tensor = OnnxTensor.ofLongs("x", new long[] {2}, -3, (1 << 24) + 1);
        TensorConversion.Result result = TensorConversion.convert(tensor, OnnxType.FLOAT);
        assertThat(result.tensor().toDoubles()).containsExactly(-3, 1 << 24);
        assertThat(result.note()).contains("converted from int64 to float32 (1 integers rounded)");
    }

    @ParameterizedTest
    @CsvSource({
        "INT8, -128, 127",
        "UINT8, 0, 255",
        "INT16, -32768, 32767",
        "UINT16, 0, 65535",
        "INT32, -2147483648, 2147483647",
        "UINT32, 0, 4294967295",
        "BOOL, 0, 1",
    })
    void integersAreNarrowedWhereAllFit(OnnxType target, long min, long max) {
        OnnxTensor narrow = TensorConversion.convert(OnnxTensor.ofLongs("x", new long[] {2}, min, max), target)
                .tensor();
        assertThat(narrow.type()).isEqualTo(target);
        assertThat(narrow.toLongs()).containsExactly(min, max);
        assertThat(TensorConversion.convert(narrow, OnnxType.INT64).tensor().toLongs())
                .containsExactly(min, max);
        assertThat(TensorConversion.convert(doubles((double) min, (double) max), target)
                        .tensor()
                        .toLongs())
                .containsExactly(min, max);
        for (long outside : new long[] {min - 1, max + 1}) {
            String end = ", which does not fit the " + target.label()
                    + " that the model expects; check the scale of the data";
            assertFails(OnnxTensor.ofLongs("x", new long[] {1}, outside), target, "holds " + outside + end);
            assertFails(doubles((double) outside), target, "holds " + (double) outside + end);
        }
    }

    @Test
    void unsignedIntegersBeyondTheSignedRangeAreKept() {
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Long.MIN_VALUE);
        OnnxTensor huge = OnnxTensor.of("x", OnnxType.UINT64, new long[] {1}, List.of(bytes));
        assertThat(TensorConversion.convert(huge, OnnxType.DOUBLE).tensor().toDoubles())
                .containsExactly(0x1p63);
        assertThat(TensorConversion.convert(doubles(0x1p63), OnnxType.UINT64)
                        .tensor()
                        .toLongs())
                .containsExactly(Long.MIN_VALUE);
        String end = " that the model expects; check the scale of the data";
        assertFails(huge, OnnxType.INT64, "holds 9223372036854775808, which does not fit the int64" + end);
        assertFails(
                doubles(0x1p64), OnnxType.UINT64, "holds 1.8446744073709552E19, which does not fit the uint64" + end);
        assertFails(doubles(0x1p63), OnnxType.INT64, "holds 9.223372036854776E18, which does not fit the int64" + end);
        assertFails(
                OnnxTensor.ofLongs("x", new long[] {1}, -1),
                OnnxType.UINT64,
                "holds -1, which does not fit the uint64" + end);
    }

    @ParameterizedTest
    @CsvSource({"0.5", "NaN", "Infinity"})
    void floatsThatAreNotIntegralDoNotBecomeIntegers(double value) {
        assertFails(
                doubles(1, value),
                OnnxType.INT64,
                "holds " + value
                        + ", which is not an integer, and the model expects int64; round or cast the data first");
    }

    @Test
    void valueBeyondTheRangeOfTheFloatIsAnError() {
        assertFails(
                doubles(1e5),
                OnnxType.FLOAT16,
                "holds 100000.0, which does not fit the float16 that the model expects; check the scale of the data");
        assertThat(TensorConversion.convert(doubles(Double.NEGATIVE_INFINITY), OnnxType.FLOAT16)
                        .tensor()
                        .toDoubles())
                .containsExactly(Double.NEGATIVE_INFINITY);
    }

    @Test
    void typesWithoutCommonValuesAreErrors() {
        assertFails(
                OnnxTensor.ofStrings("x", new long[] {1}, List.of("a")),
                OnnxType.FLOAT,
                "cannot be converted from string to float32; save the data as float32");
        assertFails(
                doubles(1),
                OnnxType.FLOAT8E5M2,
                "cannot be converted from float64 to float8e5m2; save the data as float8e5m2");
    }

    private static void assertFails(OnnxTensor tensor, OnnxType target, String message) {
        assertThatThrownBy(() -> TensorConversion.convert(tensor, target))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(message);
    }

    private static OnnxTensor doubles(double... values) {
        return OnnxTensor.ofDoubles("x", OnnxType.DOUBLE, new long[] {values.length}, values);
    }
}
