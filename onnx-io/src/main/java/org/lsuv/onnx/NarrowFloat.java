package org.lsuv.onnx;

import java.util.Arrays;
import java.util.Optional;

/**
 * Describes the floating-point formats of 8 and 4 bits with a sign: E4M3 and E5M2 (Micikevicius et al.,
 * "FP8 Formats for Deep Learning", 2022), their FNUZ forms (Noune et al., "8-bit Numerical Formats for
 * Deep Neural Networks", 2022) and E2M1 of the OCP Microscaling formats.
 */
public enum NarrowFloat {
    E4M3FN(OnnxType.FLOAT8E4M3FN, 3, 7, 448, Specials.NAN),
    E4M3FNUZ(OnnxType.FLOAT8E4M3FNUZ, 3, 8, 240, Specials.NAN_FOR_NEGATIVE_ZERO),
    E5M2(OnnxType.FLOAT8E5M2, 2, 15, 57344, Specials.INFINITY_AND_NAN),
    E5M2FNUZ(OnnxType.FLOAT8E5M2FNUZ, 2, 16, 57344, Specials.NAN_FOR_NEGATIVE_ZERO),
    E2M1(OnnxType.FLOAT4E2M1, 1, 1, 6, Specials.NONE);

    private enum Specials {
        NONE,
        NAN,
        INFINITY_AND_NAN,
        NAN_FOR_NEGATIVE_ZERO
    }

    private final OnnxType type;
    private final int mantissaBits;
    private final int bias;
    private final float max;
    private final Specials specials;

    NarrowFloat(OnnxType type, int mantissaBits, int bias, float max, Specials specials) {
        this.type = type;
        this.mantissaBits = mantissaBits;
        this.bias = bias;
        this.max = max;
        this.specials = specials;
    }

    /** Finds the format of an element type, if it is one of these. */
    public static Optional<NarrowFloat> of(OnnxType type) {
        return Arrays.stream(values()).filter(format -> format.type == type).findFirst();
    }

    /** Returns the number of stored bits of the significand. */
    public int mantissaBits() {
        return mantissaBits;
    }

    /** Returns the exponent of the smallest normal number. */
    public int minExponent() {
        return 1 - bias;
    }

    /** Returns the largest finite number. */
    public float max() {
        return max;
    }

    /** Tells whether the format has infinities. */
    public boolean hasInfinity() {
        return specials == Specials.INFINITY_AND_NAN;
    }

    /** Tells whether the format can say that something is not a number. */
    public boolean hasNaN() {
        return specials != Specials.NONE;
    }

    /** Tells whether the format keeps the sign of zero. */
    public boolean hasNegativeZero() {
        return specials != Specials.NAN_FOR_NEGATIVE_ZERO;
    }

    /** Returns the number that the lower bits of {@code bits} stand for. */
    public float decode(int bits) {
        int sign = 1 << (type.bits() - 1);
        int magnitude = bits & (sign - 1);
        boolean negative = (bits & sign) != 0;
        if (isNaN(magnitude, negative)) {
            return Float.NaN;
        }
        int exponent = magnitude >> mantissaBits;
        int mantissa = magnitude & ((1 << mantissaBits) - 1);
        if (hasInfinity() && magnitude == infinity()) {
            return negative ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
        }
        float value = exponent == 0
                ? Math.scalb((float) mantissa, minExponent() - mantissaBits)
                : Math.scalb((float) (mantissa | 1 << mantissaBits), exponent - bias - mantissaBits);
        return negative ? -value : value;
    }

    private boolean isNaN(int magnitude, boolean negative) {
        return switch (specials) {
            case NONE -> false;
            case NAN -> magnitude == 0x7f;
            case INFINITY_AND_NAN -> magnitude > infinity();
            case NAN_FOR_NEGATIVE_ZERO -> magnitude == 0 && negative;
        };
    }

    private int infinity() {
        return 0x1f << mantissaBits;
    }

    /**
     * Returns the bits of the nearest number, ties to even. What is larger than the largest number becomes
     * that number; an infinity stays one where the format has it.
     */
    public int encode(float value) {
        int sign = 1 << (type.bits() - 1);
        if (Float.isNaN(value)) {
            // Without NaN, the bits of negative zero stand for it, as in the libraries that made the format.
            return specials == Specials.NAN_FOR_NEGATIVE_ZERO || specials == Specials.NONE ? sign : sign - 1;
        }
        int signBit = Float.floatToRawIntBits(value) < 0 ? sign : 0;
        if (Float.isInfinite(value) && hasInfinity()) {
            return signBit | infinity();
        }
        double magnitude = Math.min(Math.abs((double) value), max);
        int exponent = Math.max(Math.getExponent(magnitude), minExponent());
        // The implicit bit of a normal number, and a carry from rounding, add one to the exponent by themselves.
        int units = (int) Math.rint(Math.scalb(magnitude, mantissaBits - exponent));
        int code = ((exponent - minExponent()) << mantissaBits) + units;
        return code == 0 && !hasNegativeZero() ? 0 : signBit | code;
    }
}
