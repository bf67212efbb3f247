package org.lsuv.cli.report;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.lsuv.tf.diagnose.Verdict;

/** Explains the symbols of verdicts, those that occur. */
final class Symbols {
    private static final List<Map.Entry<String, String>> MEANINGS = List.of(
            Map.entry(
                    "M",
                    "mean squared activation of a layer: the squares of its output, averaged over units and samples"),
            Map.entry(
                    "E[M²]/E[M]²", "how far M is from its mean, from one draw of weights to another; 1 is not at all"),
            Map.entry("β", "Σ 1/n over layers in a row, n the units of each: what makes M wander"),
            Map.entry("g", "Var(branch)/Var(stream) where a branch is added to its stream"),
            Map.entry("η", "√g: the size of a branch against its stream"),
            Map.entry("‖∇W‖/‖W‖", "size of a weight's gradient against the weight's own"));

    private Symbols() {}

    static void render(List<Verdict> verdicts, Markup out) {
        String said = verdicts.stream()
                .map(verdict -> verdict.finding().replaceAll("\"[^\"]*\"", "") + " " + verdict.quantity())
                .collect(Collectors.joining(" "));
        List<Map.Entry<String, String>> used = MEANINGS.stream()
                .filter(meaning -> occurs(meaning.getKey(), said))
                .toList();
        if (!used.isEmpty()) {
            out.open("details", "class", "legend").element("summary", "What the symbols mean");
            out.open("dl");
            used.forEach(meaning -> out.element("dt", meaning.getKey()).element("dd", meaning.getValue()));
            out.close().closeLine();
        }
    }

    /** Tells whether a symbol stands in a text by itself, not as a letter of a word. */
    private static boolean occurs(String symbol, String text) {
        for (int at = text.indexOf(symbol); at >= 0; at = text.indexOf(symbol, at + 1)) {
            boolean begins = at == 0 || !isLatin(text.charAt(at - 1));
            int end = at + symbol.length();
            boolean ends = end == text.length() || !isLatin(text.charAt(end));
            if (begins && ends) {
                return true;
            }
        }
        return false;
    }

    private static boolean isLatin(char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    }
}
