package org.lsuv.cli.report;

import org.lsuv.tf.diagnose.DiagnosisReport;

/** Renders a report as one HTML file that needs nothing else. */
public final class HtmlReport {
    private HtmlReport() {}

    /** Returns the page. */
    public static String of(ReportPage page) {
        return PageFrame.of(page.title(), PageFrame.Script.SORTING, out -> {
            header(page, out);
            out.open("main");
            VerdictSection.render(page, out);
            charts(page, out);
            NetworkDrawing.render(page, out);
            LayerTable.render(page, out);
            FactSections.render(page, out);
            out.closeLine();
        });
    }

    private static void header(ReportPage page, Markup out) {
        DiagnosisReport report = page.report();
        out.open("header");
        out.element("p", page.compares() ? "lsuv-init: before and after" : "lsuv-init: diagnosis", "class", "kicker");
        out.element("h1", page.title());
        out.open("p", "class", "answer " + Levels.style(report.level()));
        out.element("span", Levels.sign(report.level()), "class", "sign", "aria-hidden", "true");
        out.text(" " + VerdictSection.answer(report)).close();
        out.element(
                "p",
                count(report.layers().size(), "layer") + " · " + count(report.samples(), "sample")
                        + (page.compares() ? " · " + page.runs().size() + " runs" : ""));
        out.open("nav", "aria-label", "Contents");
        for (String[] entry : new String[][] {
            {"verdict", "Verdict"}, {"signal", "Signal"}, {"network", "Network"}, {"layers", "Layers"}, {"made", "How"}
        }) {
            out.element("a", entry[1], "href", "#" + entry[0]);
        }
        out.close().closeLine();
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static void charts(ReportPage page, Markup out) {
        out.open("section", "id", "signal", "aria-labelledby", "signal-title");
        out.element("h2", "The signal over depth", "id", "signal-title");
        out.open("div", "class", "charts");
        SignalCharts.render(page, out);
        GrowthChart.render(page, out);
        WanderChart.render(page, out);
        ResidualCharts.render(page, out);
        SampleCharts.render(page, out);
        ShareCharts.render(page, out);
        GradientCharts.render(page, out);
        out.closeLine();
        JoinTable.render(page, out);
        out.closeLine();
    }
}
