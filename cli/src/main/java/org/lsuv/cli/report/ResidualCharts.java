package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.ResidualBlock;

/** Draws what happens where streams and branches are added. */
final class ResidualCharts {
    private ResidualCharts() {}

    static void render(ReportPage page, Markup out) {
        int blocks = page.report().residuals().blocks().size();
        if (blocks < 2) {
            return;
        }
        stream(page, out);
        if (blocks < 3) {
            return;
        }
        gains(page, out);
        if (page.runs().stream().allMatch(run -> isOneStretch(run.report()))) {
            growth(page, out);
        }
    }

    private static void stream(ReportPage page, Markup out) {
        List<Series> lines = new ArrayList<>();
        if (page.compares()) {
            lines.addAll(page.lines(Series.Look.LINE, report -> points(report, ResidualBlock::variance)));
        } else {
            lines.add(new Series("stream", 1, Series.Look.LINE, points(page.report(), ResidualBlock::streamVariance)));
            lines.add(new Series("branch", 0, Series.Look.MARKS, points(page.report(), ResidualBlock::branchVariance)));
        }
        new Chart(
                        "stream",
                        new Chart.Caption(
                                "Residual stream",
                                page.compares()
                                        ? "Variance of each sum of a stream and a branch."
                                        : "Variance of the stream and of the branch where the two are added.",
                                "sum, in order",
                                "variance"),
                        Series.counting(lines),
                        Axis.logarithmic(Series.values(lines)),
                        lines)
                .render(out);
    }

    private static void gains(ReportPage page, Markup out) {
        List<Series> lines = page.lines(Series.Look.MARKS, report -> points(report, ResidualBlock::gain));
        double share = 1.0 / page.report().residuals().blocks().size();
        new Chart(
                        "gains",
                        new Chart.Caption(
                                "Branch against stream",
                                "g = Var(branch)/Var(stream). Where all are one over their number, the stream grows"
                                        + " by e at most.",
                                "sum, in order",
                                "g"),
                        Series.counting(lines),
                        Axis.logarithmic(Series.values(lines)),
                        lines)
                .reference(share, "1/" + page.report().residuals().blocks().size())
                .render(out);
    }

    private static void growth(ReportPage page, Markup out) {
        List<Series> lines = page.lines(Series.Look.STEPS, ResidualCharts::products);
        new Chart(
                        "stream-growth",
                        new Chart.Caption(
                                "What branches add up to",
                                "∏(1 + g) up to each sum: what the branches would multiply the stream's variance by, if"
                                        + " nothing else changed it.",
                                "sum, in order",
                                "∏(1 + g)"),
                        Series.counting(lines),
                        Axis.logarithmic(Series.values(lines)),
                        lines)
                .render(out);
    }

    private static List<Series.Point> points(DiagnosisReport report, ToDoubleFunction<ResidualBlock> value) {
        List<Series.Point> points = new ArrayList<>();
        for (ResidualBlock block : report.residuals().blocks()) {
            points.add(new Series.Point(points.size() + 1.0, value.applyAsDouble(block), block.name()));
        }
        return points;
    }

    private static List<Series.Point> products(DiagnosisReport report) {
        List<Series.Point> points = new ArrayList<>();
        double product = 1;
        int number = 0;
        for (ResidualBlock block : report.residuals().blocks()) {
            number++;
            if (block.onTrunk()) {
                product *= 1 + block.gain();
                points.add(new Series.Point(number, product, block.name()));
            }
        }
        return points;
    }

    /** Tells whether nothing normalises the stream on its way: products across that would mean nothing. */
    private static boolean isOneStretch(DiagnosisReport report) {
        List<Series.Point> products = products(report);
        double growth = report.residuals().growth();
        return products.size() > 1 && Math.abs(products.get(products.size() - 1).y() - growth) <= 1e-6 * growth;
    }
}
