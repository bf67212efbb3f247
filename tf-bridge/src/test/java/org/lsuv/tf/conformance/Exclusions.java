package org.lsuv.tf.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Lists the cases that may fail, each with its reason: lines {@code PATTERN REASON}, the pattern a
 * regular expression for the whole of {@code KIND/CASE}, or of {@code KIND/CASE@OPSET} where versions of
 * the suite differ; empty lines and lines after {@code #} are
 * skipped.
 */
record Exclusions(List<Line> lines) {

    /**
     * Holds a line.
     *
     * @param pattern the names of cases
     * @param reason why they may fail
     */
    record Line(Pattern pattern, String reason) {
        private boolean matches(String name, long opset) {
            return pattern.matcher(name).matches()
                    || pattern.matcher(name + "@" + opset).matches();
        }
    }

    /** Reads the list of this project. */
    static Exclusions read() throws IOException {
        try (InputStream list = Objects.requireNonNull(Exclusions.class.getResourceAsStream("exclusions.txt"))) {
            return parse(new String(list.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static Exclusions parse(String text) {
        List<Line> lines = new ArrayList<>();
        Set<String> patterns = new HashSet<>();
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split("\\s+", 2);
            if (parts.length < 2) {
                throw new IllegalArgumentException("exclusion \"" + line + "\" has no reason");
            } else if (!patterns.add(parts[0])) {
                throw new IllegalArgumentException("exclusion \"" + parts[0] + "\" stands twice");
            }
            lines.add(new Line(Pattern.compile(parts[0]), parts[1]));
        }
        return new Exclusions(List.copyOf(lines));
    }

    /** Returns why a case may fail; empty if it may not. */
    Optional<String> reason(String name, long opset) {
        return lines.stream()
                .filter(line -> line.matches(name, opset))
                .map(Line::reason)
                .findFirst();
    }

    /** Returns the lines that match none of these cases. */
    List<Line> unused(List<CaseResult> results) {
        return lines.stream()
                .filter(line -> results.stream()
                        .noneMatch(result ->
                                line.matches(result.name(), result.facts().opset())))
                .toList();
    }
}
