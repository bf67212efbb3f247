package org.lsuv.tf.conformance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Counts the results of a suite, in all and by operator.
 *
 * @param suite the folder or archive
 * @param results the results, sorted by name
 */
record ConformanceReport(Path suite, List<CaseResult> results) {

    /**
     * Counts cases.
     *
     * @param cases the number of cases
     * @param passed how many of them passed
     */
    record Count(int cases, int passed) {
        static Count of(List<CaseResult> results) {
            return new Count(results.size(), (int)
                    results.stream().filter(CaseResult::passed).count());
        }

        double share() {
            return cases == 0 ? 0 : passed / (double) cases;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%d of %d, %.1f %%", passed, cases, 100 * share());
        }
    }

    /** Counts all cases. */
    Count all() {
        return Count.of(results);
    }

    /** Counts the cases up to opset 24 whose types TensorFlow has. */
    Count core() {
        return Count.of(having(result -> result.facts().isCore()));
    }

    List<CaseResult> having(Predicate<CaseResult> condition) {
        return results.stream().filter(condition).toList();
    }

    /** Counts a case with every operator that its model uses. */
    Map<String, Count> byOperator() {
        Map<String, List<CaseResult>> uses = new TreeMap<>();
        results.forEach(result -> result.facts()
                .operators()
                .forEach(operator ->
                        uses.computeIfAbsent(operator, key -> new ArrayList<>()).add(result)));
        Map<String, Count> counts = new LinkedHashMap<>();
        uses.forEach((operator, cases) -> counts.put(operator, Count.of(cases)));
        return counts;
    }

    /** Returns the totals in a line, and the operators whose cases do not all pass in another. */
    String text() {
        String incomplete = byOperator().entrySet().stream()
                .filter(entry -> entry.getValue().passed() < entry.getValue().cases())
                .map(entry -> entry.getKey() + " " + entry.getValue().passed() + "/"
                        + entry.getValue().cases())
                .collect(Collectors.joining(", "));
        return summary() + "\n  operators with cases that do not pass: " + (incomplete.isEmpty() ? "none" : incomplete);
    }

    String summary() {
        return suite + ": " + all() + " of all cases; " + core() + " of those up to opset " + CaseFacts.NEWEST_OPSET
                + " with types of TensorFlow";
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# ONNX backend suite\n\n");
        text.append(suite).append("\n\n| cases | passed |\n|---|---|\n");
        text.append("| up to opset ").append(CaseFacts.NEWEST_OPSET).append(", types of TensorFlow | ");
        text.append(core()).append(" |\n| all | ").append(all()).append(" |\n");
        text.append("\n## By operator\n\nA case counts with every operator that its model uses.\n\n");
        text.append("| operator | cases | passed |\n|---|--:|--:|\n");
        byOperator().forEach((operator, count) -> row(text, operator, count.cases(), count.passed()));
        text.append("\n## Not passed\n\n| case | opset | status | reason | what happened |\n|---|--:|---|---|---|\n");
        having(result -> result.status() != CaseResult.Status.PASSED)
                .forEach(result -> row(
                        text,
                        result.name(),
                        result.facts().opset(),
                        result.status().name().toLowerCase(Locale.ROOT),
                        result.reason(),
                        result.failure()));
        return text.toString();
    }

    private static void row(StringBuilder text, Object... cells) {
        text.append(Arrays.stream(cells)
                .map(cell -> cell.toString().replace("|", "\\|"))
                .collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    /** Returns what is written as JSON. */
    Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("suite", suite.toString());
        facts.put("all", all());
        facts.put("core", core());
        facts.put("operators", byOperator());
        facts.put("cases", results);
        return facts;
    }
}
