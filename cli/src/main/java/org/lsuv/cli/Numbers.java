package org.lsuv.cli;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Writes measured numbers with four or five digits, in at most nine characters. */
final class Numbers {
    private Numbers() {}

    /** Returns a number as {@code 0.9998}, {@code 12.35}, {@code 1.70e-08}; a dash for NaN. */
    static String text(double value) {
        if (Double.isNaN(value)) {
            return "–";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Inf" : "-Inf";
        }
        double size = Math.abs(value);
        if (size == 0) {
            return "0";
        }
        if (size < 1e-3 || size >= 99_999.5) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        // Rounding can add a digit before the point: 9.99996 is 10.00.
        int decimals = size < 0.099995
                ? 5
                : size < 9.99995 ? 4 : size < 99.9995 ? 3 : size < 999.995 ? 2 : size < 9_999.95 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** Returns a share as {@code 1 %} or {@code 0.5 %}. */
    static String percent(double share) {
        return plain(share * 100) + " %";
    }

    /** Returns a number that a user gave, as short as it can be written: {@code 1}, {@code 0.5}. */
    static String plain(double value) {
        return new BigDecimal(value)
                .round(new MathContext(6))
                .stripTrailingZeros()
                .toPlainString();
    }

    /** Returns a duration as {@code 3.2 ms}, {@code 0.42 s} or {@code 3 min 20 s}. */
    static String seconds(double seconds) {
        if (seconds < 0.1) {
            return String.format(Locale.ROOT, "%.1f ms", seconds * 1000);
        }
        if (seconds < 100) {
            return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole / 60 + " min " + whole % 60 + " s";
    }
}
