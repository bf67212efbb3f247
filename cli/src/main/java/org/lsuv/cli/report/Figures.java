package org.lsuv.cli.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Writes numbers for people: three digits, and powers of ten where zeros would have to be counted. */
public final class Figures {
    private static final MathContext DIGITS = new MathContext(3);
    private static final Pattern EXPONENT =
            Pattern.compile("(?<![\\w.])(-?\\d+(?:\\.\\d+)?)[eE]([+-]?\\d{1,4})(?!\\w)");
    private static final Pattern MINUS = Pattern.compile("(?<![\\w.])-(?=\\d|Infinity)");
    private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    private Figures() {}

    /** Returns a number as {@code 1.00}, {@code −0.0123} or {@code 3.42×10⁻⁸}; a dash for NaN. */
    public static String text(double value) {
        if (!Double.isFinite(value)) {
            return special(value);
        }
        if (value == 0) {
            return "0";
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS);
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent < -3 || exponent > 4) {
            String mantissa = rounded.scaleByPowerOfTen(-exponent)
                    .setScale(2, RoundingMode.HALF_UP)
                    .toPlainString();
            return sign(mantissa) + "×10" + superscript(exponent);
        }
        return sign(rounded.setScale(Math.max(0, 2 - exponent), RoundingMode.HALF_UP)
                .toPlainString());
    }

    /** Returns a number with its sign, as slopes have it. */
    static String signed(double value) {
        return value > 0 ? "+" + text(value) : text(value);
    }

    /** Returns e to the power of a logarithm, also where no number holds it: {@code 3.42×10⁻⁴⁰⁰}. */
    static String exponential(double log) {
        if (!Double.isFinite(log) || Math.abs(log) < 650) {
            return text(Math.exp(log));
        }
        long exponent = (long) Math.floor(log / Math.log(10));
        double mantissa = Math.exp(log - exponent * Math.log(10));
        // Rounding can add a digit: 9.996 is 10.0, and so 1.00 of the next power.
        boolean next = mantissa >= 9.995;
        return String.format(Locale.ROOT, "%.2f", next ? mantissa / 10 : mantissa) + "×10"
                + superscript(next ? exponent + 1 : exponent);
    }

    /** Returns a share as {@code 12.3 %}; all and nothing have no decimals. */
    static String percent(double share) {
        if (!Double.isFinite(share)) {
            return special(share);
        }
        double percent = 100 * share;
        if (percent == Math.rint(percent)) {
            return sign(String.format(Locale.ROOT, "%.0f", percent)) + " %";
        }
        // What is not all must not be rounded to all, nor what is something to nothing.
        return percent < 0.05 ? "< 0.1 %" : String.format(Locale.ROOT, "%.1f", Math.min(99.9, percent)) + " %";
    }

    /** Returns a power of ten as an axis has it: plain where it is short. */
    static String power(int exponent) {
        return exponent >= -3 && exponent <= 4
                ? BigDecimal.ONE.scaleByPowerOfTen(exponent).toPlainString()
                : "10" + superscript(exponent);
    }

    /** Returns a round number in as few characters as it needs. */
    static String tick(double value) {
        if (value == 0) {
            return "0";
        }
        double size = Math.abs(value);
        return size < 1e-3 || size >= 1e5
                ? text(value).replaceFirst("\\.?0+×", "×")
                : sign(new BigDecimal(value)
                        .round(new MathContext(6))
                        .stripTrailingZeros()
                        .toPlainString());
    }

    /** Returns a bound as it was chosen: {@code 0.02}, {@code 10⁻⁴}, {@code 12.2}. */
    static String bound(double value) {
        double decade = Math.rint(Math.log10(value));
        if (value > 0 && Math.abs(value - Math.pow(10, decade)) <= 1e-9 * value) {
            return power((int) decade);
        }
        return tick(new BigDecimal(value).round(DIGITS).doubleValue());
    }

    /** Returns a sentence with its numbers as {@code 1.0×10⁶} in place of {@code 1.0e+06}, and a capital; what is quoted stays. */
    static String sentence(String sentence) {
        boolean opens = sentence.length() > 1 && Character.isLowerCase(sentence.charAt(1));
        StringBuilder out = new StringBuilder();
        String[] parts = (opens ? sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1) : sentence)
                .split("\"", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = i % 2 == 1
                    ? parts[i]
                    : MINUS.matcher(EXPONENT.matcher(parts[i]).replaceAll(Figures::powerOfTen))
                            .replaceAll("−")
                            .replace("Infinity", "∞");
            out.append(i == 0 ? "" : "\"").append(part);
        }
        return out.toString();
    }

    private static String powerOfTen(MatchResult number) {
        return sign(number.group(1)) + "×10" + superscript(Integer.parseInt(number.group(2)));
    }

    static String superscript(long exponent) {
        StringBuilder out = new StringBuilder(exponent < 0 ? "⁻" : "");
        Long.toString(Math.abs(exponent)).chars().forEach(digit -> out.append(SUPERSCRIPTS.charAt(digit - '0')));
        return out.toString();
    }

    private static String sign(String number) {
        return number.startsWith("-") ? "−" + number.substring(1) : number;
    }

    private static String special(double value) {
        return Double.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
    }
}
