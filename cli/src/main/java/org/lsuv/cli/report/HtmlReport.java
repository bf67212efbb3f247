package org.lsuv.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;
import org.lsuv.tf.diagnose.DiagnosisReport;

/** Renders a report as one HTML file that needs nothing else. */
public final class HtmlReport {
    private HtmlReport() {}

    /** Returns the page. */
    public static String of(ReportPage page) {
        Markup out = new Markup();
        out.trusted("<!DOCTYPE html>\n");
        out.open("html", "lang", "en");
        head(page, out);
        out.open("body");
        header(page, out);
        out.open("main");
        VerdictSection.render(page, out);
        charts(page, out);
        NetworkDrawing.render(page, out);
        LayerTable.render(page, out);
        FactSections.render(page, out);
        out.closeLine();
        script(out);
        out.closeLine().closeLine();
        return out.finish();
    }

    private static void head(ReportPage page, Markup out) {
        out.open("head");
        out.empty("meta", "charset", "utf-8");
        out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        out.empty("meta", "name", "color-scheme", "content", "light dark");
        // Nothing is loaded, and no script runs but the one that is known here: whatever a model is called.
        out.empty(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + digest(resource("report.js"))
                        + "'; base-uri 'none'; form-action 'none'");
        out.element("title", page.title() + " – lsuv-init");
        out.open("style").trusted(resource("report.css")).close();
        out.closeLine();
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
        out.close().closeLine();
    }

    private static void script(Markup out) {
        out.open("script").trusted(resource("report.js")).close();
    }

    private static String digest(String script) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return Base64.getEncoder().encodeToString(digest.digest(script.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
