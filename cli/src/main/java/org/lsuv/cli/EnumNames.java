package org.lsuv.cli;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the values of an enum as they are spelled in the help. */
record EnumNames<E extends Enum<E>>(Class<E> type) implements ITypeConverter<E> {
    /** A list of more names than these is for the help. */
    private static final int FEW = 5;

    @Override
    public E convert(String text) {
        List<String> names =
                Arrays.stream(type.getEnumConstants()).map(E::toString).toList();
        return Arrays.stream(type.getEnumConstants())
                .filter(value -> value.toString().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("expected "
                        + (names.size() <= FEW ? String.join(" or ", names) : "one of the names that --help lists")
                        + ", got '" + text + "'" + (names.size() <= FEW ? "" : suggestion(text, names))));
    }

    static String suggestion(String text, List<String> names) {
        return names.stream()
                .min(Comparator.comparingInt(name -> distance(text, name)))
                .filter(name -> name.startsWith(text) || distance(text, name) <= Math.max(1, name.length() / 4))
                .map(name -> " (did you mean " + name + "?)")
                .orElse("");
    }

    /** Returns how many characters to change, insert or leave out (Levenshtein). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int change = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
