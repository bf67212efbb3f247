package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsuv.tf.diagnose.FailureMode;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.Verdict;

/** Renders a report as GitHub's Markdown, short enough for a pull request: layers are folded away. */
public final class MarkdownReport {
    /** GitHub takes 65,536 characters in a comment. */
    private static final int MOST_LAYERS = 300;

    /** Underscores inside of words, and brackets that no parenthesis follows, are plain. */
    private static final Pattern MARKUP =
            Pattern.compile("[\\\\`*{}<>#|~!@&]|\\](?=[(\\[:])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|://|www");

    private MarkdownReport() {}

    /** Returns the text. */
    public static String of(ReportPage page) {
        StringBuilder out = new StringBuilder("## " + text(page.title()) + "\n\n");
        out.append("**" + VerdictSection.answer(page.report()) + "** ("
                + page.report().layers().size() + " layers, " + page.report().samples() + " samples)\n\n");
        verdicts(page, out);
        layers(page, out);
        // A fence longer than any run of backticks in the command.
        String fence = "`".repeat(3 + longestRun(page.command()));
        out.append("\n" + fence + "sh\n" + page.command() + "\n" + fence + "\n");
        return out.toString();
    }

    private static void verdicts(ReportPage page, StringBuilder out) {
        List<String> titles = new ArrayList<>(List.of(""));
        page.runs().forEach(run -> titles.add(text(run.label())));
        table(titles, 1, out);
        for (FailureMode mode : VerdictSection.modes(page)) {
            List<String> cells = new ArrayList<>(List.of(VerdictSection.title(mode)));
            page.runs()
                    .forEach(run -> cells.add(VerdictSection.find(run.report(), mode)
                            .map(verdict -> verdict.level().label() + " (" + Figures.text(verdict.figure()) + ")")
                            .orElse("")));
            row(cells, out);
        }
        out.append('\n');
        for (FailureMode mode : VerdictSection.modes(page)) {
            Optional<Verdict> verdict = VerdictSection.find(page.report(), mode);
            verdict.ifPresent(found -> out.append("- **" + VerdictSection.title(mode) + "**, "
                    + found.level().label()
                    + ": " + text(Figures.sentence(found.finding())) + "."
                    + (found.advice().isEmpty() ? "" : " *" + text(Figures.sentence(found.advice())) + ".*") + "\n"));
        }
    }

    private static void layers(ReportPage page, StringBuilder out) {
        HealthCheck health = new HealthCheck(page.report());
        List<LayerDiagnosis> layers = page.report().layers();
        out.append("\n<details><summary>" + layers.size() + " layers</summary>\n\n");
        List<String> titles = new ArrayList<>(List.of("#", "layer", "op"));
        page.runs().forEach(run -> titles.add(page.compares() ? "var, " + text(run.label()) : "var"));
        titles.addAll(List.of("M", "cosine", "health"));
        table(titles, 3, out);
        for (LayerDiagnosis layer : layers.subList(0, Math.min(layers.size(), MOST_LAYERS))) {
            int index = layer.layer().index();
            List<String> cells = new ArrayList<>(List.of(
                    Integer.toString(index),
                    text(layer.layer().name()),
                    text(layer.layer().op())));
            page.runs()
                    .forEach(run -> cells.add(run.report().layers().stream()
                            .filter(other -> other.layer().index() == index)
                            .map(other -> Figures.text(other.signal().variance()))
                            .findFirst()
                            .orElse("")));
            Health found = health.of(layer);
            cells.addAll(List.of(
                    Figures.text(layer.signal().meanSquare()),
                    Figures.text(layer.signal().cosine()),
                    found.level().label() + (found.reason().isEmpty() ? "" : ": " + found.reason())));
            row(cells, out);
        }
        if (layers.size() > MOST_LAYERS) {
            out.append("\n" + (layers.size() - MOST_LAYERS) + " more layers are in the .csv and .html reports.\n");
        }
        out.append("\n</details>\n");
    }

    private static void table(List<String> titles, int texts, StringBuilder out) {
        row(titles, out);
        row(
                Stream.concat(
                                Collections.nCopies(texts, "---").stream(),
                                Collections.nCopies(titles.size() - texts, "---:").stream())
                        .toList(),
                out);
    }

    private static void row(List<String> cells, StringBuilder out) {
        out.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    /** Returns a text that Markdown and the HTML in it take as it is. */
    private static String text(String text) {
        return MARKUP.matcher(text.replaceAll("[\\p{Cntrl}]", " "))
                .replaceAll(match ->
                        match.group().chars().mapToObj(c -> "&#" + c + ";").collect(Collectors.joining()));
    }

    private static int longestRun(String text) {
        return Pattern.compile("`+")
                .matcher(text)
                .results()
                .mapToInt(run -> run.end() - run.start())
                .max()
                .orElse(0);
    }
}
