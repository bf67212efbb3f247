package org.lsuv.cli.report;

import java.util.List;
import org.lsuv.tf.theory.TheoryRow;

/** Renders the theory, and what networks drawn at random say of it, as one HTML file that needs nothing else. */
public final class TheoryReport {
    private TheoryReport() {}

    /** Returns the page. */
    public static String of(TheoryPage page) {
        return PageFrame.of("The theory, measured", PageFrame.Script.NONE, out -> {
            header(page, out);
            out.open("main");
            charts(page, out);
            rows(page, out);
            FactSections.made(page.command(), List.of(), out);
            out.open("div", "class", "facts");
            FactSections.list("Options", page.options(), out);
            FactSections.list("Time", page.timings(), out);
            FactSections.list("Versions", page.versions(), out);
            out.close().closeLine();
            out.closeLine();
        });
    }

    private static void header(TheoryPage page, Markup out) {
        long wrong = page.disagreeing();
        out.open("header");
        out.element("p", "lsuv-init: theory", "class", "kicker");
        out.element("h1", "The theory, measured");
        out.open("p", "class", "answer " + (wrong == 0 ? "fine" : "bad"));
        out.element("span", wrong == 0 ? "✓" : "✕", "class", "sign", "aria-hidden", "true");
        out.text(
                        wrong == 0
                                ? " Networks drawn here do what all "
                                        + page.rows().size() + " closed forms say."
                                : " " + wrong + " of " + page.rows().size()
                                        + " closed forms are not in the interval that was measured.")
                .close();
        out.element(
                "p",
                "Two things keep a deep ReLU network from starting to train: its signal grows or decays with depth, or"
                        + " it wanders from layer to layer. Hanin and Rolnick (How to Start Training, NeurIPS 2018) say"
                        + " when; here networks are drawn, and measured.");
        out.open("nav", "aria-label", "Contents");
        for (String[] entry : new String[][] {{"figures", "Figures"}, {"forms", "Closed forms"}, {"made", "How"}}) {
            out.element("a", entry[1], "href", "#" + entry[0]);
        }
        out.close().closeLine();
    }

    private static void charts(TheoryPage page, Markup out) {
        out.open("section", "id", "figures", "aria-labelledby", "figures-title");
        out.element("h2", "Figures", "id", "figures-title");
        out.element(
                "p",
                "M is the mean square of a layer's output, behind its ReLU, as a multiple of the input's. A thin line"
                        + " is the closed form of its expectation, marks are the expectation as it was measured, and a"
                        + " band holds the middle half of all networks, with their median inside. A few networks with a"
                        + " very large M make up much of the expectation: the band lies below it.",
                "class",
                "lead");
        out.open("div", "class", "charts");
        TheoryCharts.render(page, out);
        out.close().closeLine();
    }

    private static void rows(TheoryPage page, Markup out) {
        out.open("section", "id", "forms", "aria-labelledby", "forms-title");
        out.element("h2", "Closed forms", "id", "forms-title");
        out.element(
                "p",
                "Each interval holds the true value in 99 of 100 runs, so that about one run in eight shows a row that"
                        + " differs by chance: another --seed tells.",
                "class",
                "lead");
        Tables.open(out, "Closed forms against what was measured", "forms");
        out.open("thead").open("tr");
        List.of("Quantity", "Networks", "Closed form").forEach(title -> out.element("th", title, "scope", "col"));
        List.of("Value", "Measured").forEach(title -> out.element("th", title, "scope", "col", "class", "number"));
        List.of("99 % interval", "Agreement").forEach(title -> out.element("th", title, "scope", "col"));
        out.close().close().open("tbody");
        page.rows().forEach(row -> row(row, out));
        out.close();
        Tables.close(out);
        out.closeLine();
    }

    private static void row(TheoryRow row, Markup out) {
        out.open("tr").element("th", row.quantity(), "scope", "row");
        out.element("td", row.setting()).element("td", row.formula());
        out.element("td", Figures.text(row.closed()), "class", "number");
        out.element("td", Figures.text(row.measured()), "class", "number");
        out.element("td", Figures.text(row.low()) + " … " + Figures.text(row.high()));
        out.open("td").open("span", "class", "chip " + (row.agrees() ? "fine" : "bad"));
        out.element("span", row.agrees() ? "✓" : "✕", "class", "sign", "aria-hidden", "true");
        out.text(row.agrees() ? " agrees" : " differs").close().close().close();
    }
}
