package org.lsuv.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NarrowFloatTest {
    /** The rows are from the tables of the formats' papers. */
    @ParameterizedTest
    @CsvSource({
        "E4M3FN, 0x7e, 448",
        "E4M3FN, 0x7f, NaN",
        "E4M3FN, 0xff, NaN",
        "E4M3FN, 0x01, 0.001953125",
        "E4M3FN, 0x08, 0.015625",
        "E4M3FN, 0x80, -0.0",
        "E4M3FN, 0xb8, -1",
        "E4M3FNUZ, 0x7f, 240",
        "E4M3FNUZ, 0x80, NaN",
        "E4M3FNUZ, 0x01, 0.0009765625",
        "E4M3FNUZ, 0x40, 1",
        "E5M2, 0x7b, 57344",
        "E5M2, 0x7c, Infinity",
        "E5M2, 0xfc, -Infinity",
        "E5M2, 0x7d, NaN",
        "E5M2, 0x3c, 1",
        "E5M2FNUZ, 0x7f, 57344",
        "E5M2FNUZ, 0x80, NaN",
        "E5M2FNUZ, 0x01, 0.00000762939453125",
        "E2M1, 0x07, 6",
        "E2M1, 0x01, 0.5",
        "E2M1, 0x0c, -2",
        "E2M1, 0x03, 1.5",
    })
    void bitsStandForTheNumbersOfTheFormat(NarrowFloat format, String bits, float value) {
        assertThat(Float.compare(format.decode(Integer.decode(bits)), value)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void everyNumberIsEncodedAsItsOwnBits(NarrowFloat format) {
        int count = format == NarrowFloat.E2M1 ? 16 : 256;
        for (int bits = 0; bits < count; bits++) {
            float value = format.decode(bits);
            if (Float.isNaN(value)) {
                assertThat(format.decode(format.encode(value))).isNaN();
            } else {
                assertThat(format.encode(value))
                        .as("%s of bits %x", value, bits)
                        .isEqualTo(bits);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void halfwayGoesToTheEvenNeighbour(NarrowFloat format) {
        for (int bits = 0; format.decode(bits + 1) < format.max(); bits++) {
            float halfway = (format.decode(bits) + format.decode(bits + 1)) / 2;
            assertThat(format.encode(halfway)).as("%s", halfway).isEqualTo(bits + (bits & 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"E4M3FN, 449, 0x7e", "E4M3FN, -1e9, 0xfe", "E5M2, Infinity, 0x7c", "E5M2, 1e9, 0x7b", "E2M1, 9, 0x7"})
    void whatIsTooLargeBecomesTheLargest(NarrowFloat format, float value, String bits) {
        assertThat(format.encode(value)).isEqualTo(Integer.decode(bits));
    }

    @Test
    void integersBelowAByteAreReadFromTheLowestBitsUp() {
        assertThat(packed(OnnxType.INT4, 3, 0xf1, 0x08).toLongs()).containsExactly(1, -1, -8);
        assertThat(packed(OnnxType.UINT4, 3, 0xf1, 0x08).toLongs()).containsExactly(1, 15, 8);
        assertThat(packed(OnnxType.INT2, 5, 0xe4, 0x01).toLongs()).containsExactly(0, 1, -2, -1, 1);
        assertThat(packed(OnnxType.UINT2, 5, 0xe4, 0x01).toLongs()).containsExactly(0, 1, 2, 3, 1);
    }

    @Test
    void exponentsAloneStandForPowersOfTwo() {
        assertThat(packed(OnnxType.FLOAT8E8M0, 4, 0, 127, 254, 255).toDoubles())
                .containsExactly(0x1p-127, 1, 0x1p127, Double.NaN);
    }

    @ParameterizedTest
    @EnumSource(names = {"INT4", "UINT4", "INT2", "UINT2", "FLOAT4E2M1", "FLOAT8E4M3FN", "FLOAT8E8M0"})
    void packedValuesAreWrittenAsTheyAreRead(OnnxType type) {
        int[] bytes = type == OnnxType.FLOAT8E8M0 ? new int[] {3, 200, 127} : new int[] {0x1e, 0x53, 0x61};
        long elements = bytes.length * 8L / type.bits();
        OnnxTensor tensor = packed(type, elements, bytes);
        OnnxTensor again = OnnxTensor.ofNumbers("x", type, tensor.shape(), tensor.toDoubles());
        assertThat(again.chunks()).isEqualTo(tensor.chunks());
    }

    private static OnnxTensor packed(OnnxType type, long elements, int... bytes) {
        ByteBuffer buffer = ByteBuffer.allocate(bytes.length);
        for (int value : bytes) {
            buffer.put((byte) value);
        }
        return OnnxTensor.of("x", type, new long[] {elements}, List.of(buffer.flip()));
    }
}
