package org.lsuv.onnx.data;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxType;

/**
 * Parses the header text of a {@code .npy} file: a Python dictionary with the keys {@code descr},
 * {@code fortran_order} and {@code shape}, in any order. Nothing else of Python is accepted.
 */
final class NpyHeaderParser {
    private static final int QUOTED_AT_MOST = 40;

    private final String text;
    private int position;

    NpyHeaderParser(String text) {
        this.text = text;
    }

    NpyHeader parse(long dataOffset) {
        Optional<String> descr = Optional.empty();
        Optional<Boolean> fortranOrder = Optional.empty();
        Optional<List<Long>> shape = Optional.empty();
        expect('{');
        while (!accept('}')) {
            String key = string();
            expect(':');
            switch (key) {
                case "descr" -> descr = Optional.of(once(key, descr, descr()));
                case "fortran_order" -> fortranOrder = Optional.of(once(key, fortranOrder, bool()));
                case "shape" -> shape = Optional.of(once(key, shape, shape()));
                default ->
                    throw new OnnxFormatException("has an .npy header with the unknown key '" + shorten(key)
                            + "'; expected 'descr', 'fortran_order' and 'shape'");
            }
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skipSpace();
        if (position < text.length()) {
            throw unexpected("nothing after the dictionary");
        }
        String type = descr.orElseThrow(() -> missing("descr"));
        return new NpyHeader(
                type(type),
                order(type),
                fortranOrder.orElseThrow(() -> missing("fortran_order")),
                shape.orElseThrow(() -> missing("shape")),
                dataOffset);
    }

    private static <T> T once(String key, Optional<T> before, T value) {
        if (before.isPresent()) {
            throw new OnnxFormatException("has an .npy header with the key '" + key + "' twice");
        }
        return value;
    }

    private static OnnxFormatException missing(String key) {
        return new OnnxFormatException("has an .npy header without the key '" + key + "'");
    }

    private String descr() {
        skipSpace();
        if (position < text.length() && text.charAt(position) == '[') {
            throw new OnnxFormatException(
                    "holds a structured array; expected plain numbers: save each field as an array of its own");
        }
        return string();
    }

    private static OnnxType type(String descr) {
        String code = descr.isEmpty() || "<>=|".indexOf(descr.charAt(0)) < 0 ? "" : descr.substring(1);
        return switch (code) {
            case "f2" -> OnnxType.FLOAT16;
            case "f4" -> OnnxType.FLOAT;
            case "f8" -> OnnxType.DOUBLE;
            case "i1" -> OnnxType.INT8;
            case "i2" -> OnnxType.INT16;
            case "i4" -> OnnxType.INT32;
            case "i8" -> OnnxType.INT64;
            case "u1" -> OnnxType.UINT8;
            case "u2" -> OnnxType.UINT16;
            case "u4" -> OnnxType.UINT32;
            case "u8" -> OnnxType.UINT64;
            case "b1" -> OnnxType.BOOL;
            default ->
                throw new OnnxFormatException("holds elements of NumPy type '" + shorten(descr)
                        + "'; expected float16 to float64, an integer of 8 to 64 bits, or bool");
        };
    }

    private static ByteOrder order(String descr) {
        return switch (descr.charAt(0)) {
            case '<' -> ByteOrder.LITTLE_ENDIAN;
            case '>' -> ByteOrder.BIG_ENDIAN;
            default -> ByteOrder.nativeOrder();
        };
    }

    private String string() {
        skipSpace();
        char quote = position < text.length() ? text.charAt(position) : 0;
        if (quote != '\'' && quote != '"') {
            throw unexpected("a quoted string");
        }
        int end = text.indexOf(quote, position + 1);
        if (end < 0) {
            throw unexpected("a quoted string that ends");
        }
        String value = text.substring(position + 1, end);
        if (value.indexOf('\\') >= 0) {
            throw unexpected("a string without escapes");
        }
        position = end + 1;
        return value;
    }

    private boolean bool() {
        skipSpace();
        for (String word : List.of("True", "False")) {
            if (text.startsWith(word, position)) {
                position += word.length();
                return word.equals("True");
            }
        }
        throw unexpected("True or False");
    }

    private List<Long> shape() {
        List<Long> dims = new ArrayList<>();
        expect('(');
        while (!accept(')')) {
            dims.add(dimension());
            // "(3)" is a number in Python, not a tuple.
            if (!accept(',')) {
                if (dims.size() == 1) {
                    throw unexpected("\",\"");
                }
                expect(')');
                break;
            }
        }
        return dims;
    }

    private long dimension() {
        skipSpace();
        int start = position;
        if (position < text.length() && text.charAt(position) == '-') {
            position++;
        }
        while (position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
            position++;
        }
        String digits = text.substring(start, position);
        if (digits.isEmpty() || digits.equals("-")) {
            position = start;
            throw unexpected("a dimension");
        }
        if (digits.startsWith("-")) {
            throw new OnnxFormatException("has an .npy header with the negative dimension " + shorten(digits));
        }
        // Python 2 wrote long integers as 4L.
        if (position < text.length() && text.charAt(position) == 'L') {
            position++;
        }
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException tooLarge) {
            throw new OnnxFormatException(
                    "has an .npy header with the dimension " + shorten(digits) + ", which overflows 64 bits", tooLarge);
        }
    }

    private void expect(char wanted) {
        if (!accept(wanted)) {
            throw unexpected("\"" + wanted + "\"");
        }
    }

    private boolean accept(char wanted) {
        skipSpace();
        if (position < text.length() && text.charAt(position) == wanted) {
            position++;
            return true;
        }
        return false;
    }

    private void skipSpace() {
        while (position < text.length() && " \t\r\n".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
    }

    private OnnxFormatException unexpected(String wanted) {
        String found = position < text.length()
                ? "\"" + shorten(text.substring(position).strip()) + "\""
                : "the end";
        return new OnnxFormatException("has an .npy header that is malformed at character " + position + ": expected "
                + wanted + ", found " + found);
    }

    /** Keeps what a hostile file says from filling the screen or sending it control characters. */
    private static String shorten(String value) {
        String visible = value.replaceAll("\\p{Cntrl}", "?");
        return visible.length() <= QUOTED_AT_MOST ? visible : visible.substring(0, QUOTED_AT_MOST) + "…";
    }
}
