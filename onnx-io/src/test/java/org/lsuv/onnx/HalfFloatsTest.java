package org.lsuv.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HalfFloatsTest {
    @Test
    void everyFloat16SurvivesTheRoundTrip() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = HalfFloats.fromFloat16((short) bits);
            int exponent = bits >> 10 & 0x1f;
            int mantissa = bits & 0x3ff;
            if (exponent == 0x1f && mantissa != 0) {
                assertThat(value).isNaN();
                assertThat(HalfFloats.fromFloat16(HalfFloats.toFloat16(value))).isNaN();
                continue;
            }
            double magnitude = exponent == 0x1f
                    ? Double.POSITIVE_INFINITY
                    : exponent == 0 ? mantissa * 0x1p-24 : (1024 + mantissa) * Math.scalb(1.0, exponent - 25);
            assertThat(value).isEqualTo((float) Math.copySign(magnitude, bits >= 0x8000 ? -1.0 : 1.0));
            assertThat(HalfFloats.toFloat16(value) & 0xffff).isEqualTo(bits);
        }
    }

    @Test
    void everyBfloat16SurvivesTheRoundTrip() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = HalfFloats.fromBfloat16((short) bits);
            if (Float.isNaN(value)) {
                assertThat(HalfFloats.fromBfloat16(HalfFloats.toBfloat16(value)))
                        .isNaN();
            } else {
                assertThat(Float.floatToRawIntBits(value)).isEqualTo(bits << 16);
                assertThat(HalfFloats.toBfloat16(value) & 0xffff).isEqualTo(bits);
            }
        }
    }

    @Test
    void roundsToTheNearestFloat16TiesToEven() {
        // Between each pair of neighbours: the middle goes to the even one, its neighbours to their side.
        for (int bits = 0; bits < 0x7bff; bits++) {
            float middle = (float)
                    (((double) HalfFloats.fromFloat16((short) bits) + HalfFloats.fromFloat16((short) (bits + 1))) / 2);
            int even = (bits & 1) == 0 ? bits : bits + 1;
            assertThat(HalfFloats.toFloat16(middle)).isEqualTo((short) even);
            assertThat(HalfFloats.toFloat16(-middle) & 0xffff).isEqualTo(even | 0x8000);
            assertThat(HalfFloats.toFloat16(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(HalfFloats.toFloat16(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
        }
    }

    @Test
    void roundsToTheNearestBfloat16TiesToEven() {
        for (int bits = 0; bits < 0x7f7f; bits++) {
            float middle = Float.intBitsToFloat(bits << 16 | 0x8000);
            int even = (bits & 1) == 0 ? bits : bits + 1;
            assertThat(HalfFloats.toBfloat16(middle)).isEqualTo((short) even);
            assertThat(HalfFloats.toBfloat16(-middle) & 0xffff).isEqualTo(even | 0x8000);
            assertThat(HalfFloats.toBfloat16(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(HalfFloats.toBfloat16(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
        }
    }

    @Test
    void valuesBeyondTheRangeBecomeInfinite() {
        assertThat(HalfFloats.toFloat16(Math.nextDown(65520f))).isEqualTo((short) 0x7bff);
        assertThat(HalfFloats.toFloat16(65520f)).isEqualTo((short) 0x7c00);
        assertThat(HalfFloats.toFloat16(-1e30f)).isEqualTo((short) 0xfc00);
        assertThat(HalfFloats.toFloat16(Float.MIN_VALUE)).isEqualTo((short) 0);
        assertThat(HalfFloats.toBfloat16(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
        assertThat(HalfFloats.toBfloat16(-Float.MAX_VALUE)).isEqualTo((short) 0xff80);
    }
}
