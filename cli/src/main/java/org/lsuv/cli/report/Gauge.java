package org.lsuv.cli.report;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.lsuv.tf.diagnose.Verdict;

/**
 * Draws where the figure of a verdict lies against its bounds, true to scale.
 *
 * <p>Factors, for which 1 is no change, have a logarithmic scale from 1 to as far behind the second bound as that is
 * from the first; shares a linear one from 0 to 1.
 *
 * @param risk where risk begins, between 0 and 1 as the scale has it
 * @param bad where it begins that nothing starts
 * @param figure where the figure is; more than 1 where it is beyond the scale
 * @param ticks what stands below: the start of the scale and both bounds
 */
record Gauge(double risk, double bad, double figure, List<Axis.Tick> ticks) {
    private static final double WIDTH = 200;
    private static final double MARGIN = 4;
    private static final double MIDDLE = 5;
    private static final double GAP = 1;

    Gauge {
        ticks = List.copyOf(ticks);
    }

    static Gauge of(Verdict verdict) {
        double risk = verdict.atRisk();
        double bad = verdict.willNotStart();
        boolean factor = risk > 1 ? bad > risk : bad < risk;
        double end = factor ? bad * (bad / risk) : Math.max(1, bad);
        DoubleUnaryOperator place =
                factor ? value -> Math.max(0, Math.log(value) / Math.log(end)) : value -> value / end;
        return new Gauge(
                place.applyAsDouble(risk),
                place.applyAsDouble(bad),
                place.applyAsDouble(verdict.figure()),
                List.of(
                        new Axis.Tick(0, factor ? "1" : "0"),
                        new Axis.Tick(place.applyAsDouble(risk), Figures.bound(risk)),
                        new Axis.Tick(place.applyAsDouble(bad), Figures.bound(bad))));
    }

    /** Draws it; those who cannot see it have the same in words beside it. */
    void render(Markup out) {
        out.open("svg", "class", "gauge", "viewBox", "0 0 200 18", "aria-hidden", "true");
        stretch(out, "fine", 0, risk);
        stretch(out, "risk", risk, bad);
        stretch(out, "bad", bad, 1);
        for (Axis.Tick tick : ticks) {
            String anchor = tick.at() == 0 ? "tick" : tick.at() < 1 ? "tick middle" : "tick end";
            double x = tick.at() == 0 ? 0 : tick.at() < 1 ? x(tick.at()) : WIDTH;
            out.element("text", tick.label(), "class", anchor, "x", Chart.number(x), "y", "16");
        }
        if (figure > 1) {
            out.empty("path", "class", "figure", "d", "M193 1l7 4l-7 4z");
        } else {
            out.empty("circle", "class", "figure", "cx", Chart.number(x(figure)), "cy", Chart.number(MIDDLE), "r", "4");
        }
        out.close();
    }

    /** Draws a stretch of the scale with a gap to the next. */
    private static void stretch(Markup out, String style, double from, double to) {
        double left = from == 0 ? 0 : x(from) + GAP;
        double right = to == 1 ? WIDTH : x(to) - GAP;
        if (right > left) {
            out.empty(
                    "rect",
                    "class",
                    style,
                    "x",
                    Chart.number(left),
                    "y",
                    Chart.number(MIDDLE - 1.5),
                    "width",
                    Chart.number(right - left),
                    "height",
                    "3");
        }
    }

    private static double x(double share) {
        return MARGIN + share * (WIDTH - 2 * MARGIN);
    }
}
