package org.lsuv.cli.report;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsuv.onnx.data.TensorStatistics;

/** Says on what the figures stand: the batch, how it was run, and how to make the page again. */
final class FactSections {
    private FactSections() {}

    static void render(ReportPage page, Markup out) {
        batch(page, out);
        made(
                page.command(),
                Stream.concat(page.notes().stream(), page.report().notes().stream())
                        .distinct()
                        .toList(),
                out);
        out.open("div", "class", "facts");
        list("Model", page.model(), out);
        list("Options", page.options(), out);
        list("Time", page.timings(), out);
        list("Versions", page.versions(), out);
        out.close().closeLine();
    }

    /** Opens the section that tells how a page was made, up to its lists of facts. */
    static void made(String command, List<String> notes, Markup out) {
        out.open("section", "id", "made", "aria-labelledby", "made-title");
        out.element("h2", "How this was made", "id", "made-title");
        out.element("p", "This command makes it again:", "class", "lead");
        out.open("pre", "tabindex", "0", "role", "region", "aria-label", "Command")
                .element("code", command)
                .close();
        if (!notes.isEmpty()) {
            out.open("ul", "class", "notes");
            notes.forEach(
                    note -> out.open("li").prose(Figures.sentence(note) + ".").close());
            out.closeLine();
        }
    }

    static void list(String title, List<Fact> facts, Markup out) {
        if (facts.isEmpty()) {
            return;
        }
        out.open("div").element("h3", title).open("dl");
        facts.forEach(fact ->
                out.element("dt", fact.name()).open("dd").name(fact.value()).close());
        out.close().closeLine();
    }

    private static void batch(ReportPage page, Markup out) {
        if (page.batch().isEmpty()) {
            return;
        }
        out.open("section", "id", "batch", "aria-labelledby", "batch-title");
        out.element("h2", "Batch", "id", "batch-title");
        Tables.open(out, "What the inputs were fed", "batch");
        out.open("thead").open("tr");
        List.of("Input", "Shape", "Type").forEach(title -> out.element("th", title, "scope", "col"));
        List.of("Mean", "Variance", "Least", "Greatest")
                .forEach(title -> out.element("th", title, "scope", "col", "class", "number"));
        out.close().close().open("tbody");
        for (BatchInput input : page.batch()) {
            TensorStatistics values = input.statistics();
            out.open("tr").open("th", "scope", "row");
            out.open("span", "class", "name").name(input.name()).close().close();
            out.element("td", input.shape().stream().map(String::valueOf).collect(Collectors.joining("×")));
            out.element("td", input.type());
            for (double value : new double[] {values.mean(), values.variance(), values.min(), values.max()}) {
                out.element("td", Figures.text(value), "class", "number");
            }
            out.close();
        }
        out.close();
        Tables.close(out);
        out.closeLine();
    }
}
