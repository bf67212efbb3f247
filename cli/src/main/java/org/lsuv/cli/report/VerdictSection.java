package org.lsuv.cli.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.FailureMode;
import org.lsuv.tf.diagnose.NonFiniteOrigin;
import org.lsuv.tf.diagnose.Verdict;

/** Says in words how the network stands: what is worst comes first. */
final class VerdictSection {
    private static final int MOST_ORIGINS = 20;

    /** Beside more runs than these there is no room for figures. */
    private static final int MANY = 3;

    private VerdictSection() {}

    /** Returns the answer to the question that brought the reader here. */
    static String answer(DiagnosisReport report) {
        return switch (report.level()) {
            case FINE -> "This network can start training.";
            case AT_RISK -> "This network may not start training well.";
            case WILL_NOT_START -> "As it is, this network will not start training.";
        };
    }

    static String title(FailureMode mode) {
        return mode.label().substring(0, 1).toUpperCase(Locale.ROOT)
                + mode.label().substring(1);
    }

    static Optional<Verdict> find(DiagnosisReport report, FailureMode mode) {
        return report.verdicts().stream()
                .filter(verdict -> verdict.mode() == mode)
                .findFirst();
    }

    /** Returns the failure modes that any of the runs was judged on. */
    static List<FailureMode> modes(ReportPage page) {
        return Arrays.stream(FailureMode.values())
                .filter(mode -> page.runs().stream()
                        .anyMatch(run -> find(run.report(), mode).isPresent()))
                .toList();
    }

    static void render(ReportPage page, Markup out) {
        out.open("section", "id", "verdict", "aria-labelledby", "verdict-title");
        out.element("h2", "Verdict", "id", "verdict-title");
        if (page.compares()) {
            comparison(page, out);
            out.element("h3", "In detail: " + page.subject().label());
        }
        cards(page, "verdicts", verdict -> verdict.level() != Verdict.Level.FINE, out);
        cards(page, "verdicts calm", verdict -> verdict.level() == Verdict.Level.FINE, out);
        Symbols.render(page.report().verdicts(), out);
        if (!page.report().nonFinite().isEmpty()) {
            origins(page.report().nonFinite(), out);
        }
        out.closeLine();
    }

    private static void cards(ReportPage page, String style, Predicate<Verdict> which, Markup out) {
        List<Verdict> chosen = page.report().verdicts().stream()
                .filter(which)
                .sorted(Comparator.comparing(Verdict::level).reversed())
                .toList();
        if (!chosen.isEmpty()) {
            out.open("ul", "class", style);
            chosen.forEach(verdict -> card(verdict, page.compares() ? "h4" : "h3", out));
            out.closeLine();
        }
    }

    private static void card(Verdict verdict, String heading, Markup out) {
        out.open("li", "class", "verdict " + Levels.style(verdict.level()));
        out.open(heading).text(title(verdict.mode()) + " ");
        Levels.chip(out, verdict.level());
        out.close();
        out.open("p", "class", "finding")
                .prose(Figures.sentence(verdict.finding()) + ".")
                .close();
        if (!verdict.advice().isEmpty()) {
            out.open("p", "class", "advice").element("strong", "What to do: ");
            out.prose(Figures.sentence(verdict.advice()) + ".").close();
        }
        if (verdict.atRisk() != verdict.willNotStart()) {
            gauge(verdict, out);
        }
        out.closeLine();
    }

    /** Draws where the figure lies against its bounds, which say how far it is from another verdict. */
    private static void gauge(Verdict verdict, Markup out) {
        out.open("p", "class", "decides").text(verdict.quantity() + " ");
        out.element("b", Figures.text(verdict.figure()));
        double steps = steps(verdict);
        if (!isDecidedBy(steps, verdict.level())) {
            out.close();
            return;
        }
        out.text("; at risk from " + Figures.bound(verdict.atRisk()) + ", will not start from "
                + Figures.bound(verdict.willNotStart()));
        out.close();
        Gauge.of(verdict).render(out);
    }

    /** Returns how far the figure is beyond the bound of risk, in steps from there to the other bound. */
    private static double steps(Verdict verdict) {
        return Math.log(verdict.figure() / verdict.atRisk()) / Math.log(verdict.willNotStart() / verdict.atRisk());
    }

    /** Tells whether the bounds are behind a verdict: some look at more than one figure. */
    private static boolean isDecidedBy(double steps, Verdict.Level level) {
        return switch (level) {
            case FINE -> steps <= 0;
            case AT_RISK -> steps >= 0 && steps <= 1;
            case WILL_NOT_START -> steps >= 1;
        };
    }

    private static void comparison(ReportPage page, Markup out) {
        Tables.open(out, "Verdicts of all runs", page.runs().size() > MANY ? "matrix many" : "matrix");
        out.open("thead").open("tr").element("th", "Check", "scope", "col");
        page.runs().forEach(run -> out.element("th", run.label(), "scope", "col"));
        out.close().close().open("tbody");
        out.open("tr").element("th", "Overall", "scope", "row");
        for (LabelledRun run : page.runs()) {
            out.open("td");
            Levels.chip(out, run.report().level());
            out.close();
        }
        out.close();
        for (FailureMode mode : modes(page)) {
            out.open("tr").open("th", "scope", "row").text(title(mode));
            quantity(page, mode).ifPresent(quantity -> out.element("span", quantity, "class", "quantity"));
            out.close();
            for (LabelledRun run : page.runs()) {
                out.open("td");
                find(run.report(), mode).ifPresent(verdict -> {
                    Levels.chip(out, verdict.level());
                    out.element(
                            "span",
                            Figures.text(verdict.figure()),
                            "class",
                            "figure",
                            "title",
                            verdict.quantity() + ": " + Figures.sentence(verdict.finding()));
                });
                out.close();
            }
            out.closeLine();
        }
        out.close();
        Tables.close(out);
    }

    /** Returns what the figures beside a check are. */
    private static Optional<String> quantity(ReportPage page, FailureMode mode) {
        return page.runs().stream()
                .flatMap(run -> find(run.report(), mode).stream())
                .map(Verdict::quantity)
                .findFirst();
    }

    private static void origins(List<NonFiniteOrigin> origins, Markup out) {
        out.element("h3", "Where NaN or Inf begins");
        out.open("ul");
        origins.stream().limit(MOST_ORIGINS).forEach(origin -> {
            out.open("li").open("code").name(origin.name()).close();
            out.text(" (" + origin.op() + "): " + origin.values() + " values"
                    + (origin.depth() < 0 ? "" : ", at depth " + origin.depth()));
            out.close();
        });
        if (origins.size() > MOST_ORIGINS) {
            out.element("li", "and " + (origins.size() - MOST_ORIGINS) + " more");
        }
        out.closeLine();
    }
}
