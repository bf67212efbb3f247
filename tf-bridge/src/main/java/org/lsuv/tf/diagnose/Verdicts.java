package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsuv.tf.diagnose.Verdict.Level;

/**
 * Decides on each failure mode.
 *
 * <p>Bounds on M: a signal whose square changes by 10³ has weights at one end of the network whose gradients are 30
 * times those at the other, which one learning rate still bears; by 10⁸, 10⁴ times, which is half of float16's range of
 * normal numbers, and no rate fits both. Bounds on E[M²]/E[M]²: e^{2.5}, where β = ½ for ReLU and the standard deviation
 * of ln M is 1.6; 10⁶, where a typical M is a thousandth of its mean. Bounds on samples: a thousandth of the
 * squared distance that their directions had at the input, when they differ by 5 % of their length, which convolutional
 * networks of the literature stay above even on noise; and a hundredth of that, where they differ by what bfloat16
 * resolves. Dead: where all samples
 * look the same a symmetric unit is dead with probability ½, so two thirds tell of a bias. Saturated: half of the
 * values, and nine tenths.
 */
final class Verdicts {
    private static final double GROWTH_RISK = 1e3;
    private static final double GROWTH_END = 1e8;
    private static final double SPREAD_RISK = Math.exp(2.5);
    private static final double SPREAD_END = 1e6;
    /** Data-dependent initialisation holds M where it is, whatever β predicts: the walk itself must be seen. */
    private static final double RANGE_RISK = 1;

    private static final double RANGE_END = 3;
    private static final double DISTANCE_RISK = 1e-3;
    private static final double DISTANCE_END = 1e-5;
    private static final double DEAD_RISK = 2.0 / 3;
    private static final double SATURATED_RISK = 0.5;
    private static final double SATURATED_END = 0.9;
    private static final double GRADIENT_RISK = 1e3;
    private static final double GRADIENT_END = 1e6;

    private final DiagnosisReport report;

    Verdicts(DiagnosisReport report) {
        this.report = report;
    }

    /** Returns the report with its verdicts. */
    DiagnosisReport decided() {
        List<Verdict> verdicts = new ArrayList<>();
        verdicts.add(nonFinite());
        growth().ifPresent(verdicts::add);
        wander().ifPresent(verdicts::add);
        residual().ifPresent(verdicts::add);
        collapse().ifPresent(verdicts::add);
        dead().ifPresent(verdicts::add);
        saturation().ifPresent(verdicts::add);
        gradient().ifPresent(verdicts::add);
        return report.with(verdicts);
    }

    private static Level above(double figure, double risk, double end) {
        // NaN is on no side.
        return figure >= end ? Level.WILL_NOT_START : figure >= risk ? Level.AT_RISK : Level.FINE;
    }

    private static Level below(double figure, double risk, double end) {
        return figure <= end ? Level.WILL_NOT_START : figure <= risk ? Level.AT_RISK : Level.FINE;
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private Verdict nonFinite() {
        long bad = report.nonFiniteValues();
        if (bad == 0) {
            return new Verdict(
                    FailureMode.NON_FINITE, Level.FINE, 0, "values", 1, 1, "every measured value is finite", "");
        }
        String where = report.nonFinite().isEmpty()
                ? "an input"
                : text(
                        "\"%s\" (%s)",
                        report.nonFinite().get(0).name(),
                        report.nonFinite().get(0).op());
        return new Verdict(
                FailureMode.NON_FINITE,
                Level.WILL_NOT_START,
                bad,
                "values",
                1,
                1,
                text("%s first gives NaN or Inf; %d measured values are not finite", where, bad),
                "look at what " + where + " reads: a division by zero, a logarithm or root of a negative number, or"
                        + " a signal that grew beyond the range of its type");
    }

    private Optional<Verdict> growth() {
        List<PathPoint> points = report.path().points();
        Growth growth = report.growth();
        if (points.size() < 2) {
            return Optional.empty();
        }
        OptionalInt leaves = growth.leavesFloat();
        double factor = Math.exp(Math.min(700, growth.logRange()));
        Level level = leaves.isPresent() ? Level.WILL_NOT_START : above(factor, GROWTH_RISK, GROWTH_END);
        String finding = text(
                "M changes by a factor of %.3g from \"%s\" on, %+.3f in ln M a layer (%s)",
                Math.exp(growth.logFactor()),
                points.get(0).name(),
                growth.slope(),
                Double.isFinite(growth.low()) && Double.isFinite(growth.high())
                        ? text("95 %%: %+.3f to %+.3f", growth.low(), growth.high())
                        : "too few steps for an interval");
        Optional<Jump> jump = level == Level.AT_RISK ? lonely(growth, points) : Optional.empty();
        if (jump.isPresent()) {
            level = Level.FINE;
            finding += text(
                    "; \"%s\" alone changes it by %.3g",
                    jump.get().name(), Math.exp(jump.get().log()));
        }
        if (leaves.isPresent()) {
            finding += text("; it leaves float32 at depth %d", leaves.getAsInt());
        } else if (growth.leavesHalf().isPresent()) {
            finding +=
                    text("; it leaves float16 at depth %d", growth.leavesHalf().getAsInt());
        }
        String advice = level == Level.FINE
                ? ""
                : text(
                        "initialise with Var(W) = 1/(fan-in · E[φ(z)²]), which is He's 2/fan-in for ReLU: multiply"
                                + " the weights by about %.3g, or run lsuv-init",
                        Math.exp(-growth.slope() / 2));
        return Optional.of(new Verdict(
                FailureMode.GROWTH, level, factor, "greatest change of M", GROWTH_RISK, GROWTH_END, finding, advice));
    }

    /** Returns the one step that makes a change of M which does not grow with depth: a scale, and no failure mode. */
    private static Optional<Jump> lonely(Growth growth, List<PathPoint> points) {
        boolean drifts = growth.low() > 0 || growth.high() < 0;
        return drifts ? Optional.empty() : Jump.of(points).filter(found -> Math.exp(found.rest()) < GROWTH_RISK);
    }

    private Optional<Verdict> wander() {
        Wander wander = report.wander();
        if (wander.beta() == 0) {
            return Optional.empty();
        }
        Level expected = above(wander.predicted(), SPREAD_RISK, SPREAD_END);
        Level seen = above(wander.range(), RANGE_RISK, RANGE_END);
        Level level = expected.compareTo(seen) < 0 ? expected : seen;
        String finding = text(
                "β = %.3g predicts E[M²]/E[M]² = %.3g; measured, ln M strays %.2f from its trend",
                wander.beta(), wander.predicted(), wander.range());
        double factor = wander.beta() / 0.5;
        String advice = level == Level.FINE
                ? ""
                : text(
                        "keep β = Σ 1/n at 0.5 or less: make layers %.1f times as wide or the network %.1f times as"
                                + " shallow, add normalisation or residual streams, or run lsuv-init, which sets M"
                                + " from the data",
                        factor, factor);
        return Optional.of(new Verdict(
                FailureMode.WANDER,
                level,
                wander.predicted(),
                "E[M²]/E[M]²",
                SPREAD_RISK,
                SPREAD_END,
                finding,
                advice));
    }

    private Optional<Verdict> residual() {
        List<ResidualBlock> trunk = report.residuals().blocks().stream()
                .filter(block -> block.onTrunk() && Double.isFinite(block.gain()))
                .toList();
        if (trunk.isEmpty()) {
            return Optional.empty();
        }
        // Where the stream itself is bent or scaled between blocks, the product says more than happens.
        double growth = Math.min(report.residuals().growth(), report.residuals().measured());
        Level level = above(growth, GROWTH_RISK, GROWTH_END);
        String finding = text(
                "%d blocks: ∏(1 + g) = %.3g, the stream's variance grows by %.3g; Ση = %.3g, Ση² = %.3g",
                trunk.size(),
                report.residuals().growth(),
                report.residuals().measured(),
                report.residuals().scales(),
                report.residuals().squaredScales());
        String advice = level == Level.FINE
                ? ""
                : text(
                        "scale the last layer of each branch so that η² = 1/%d of the stream's variance (η = %.3g),"
                                + " or start branches at zero",
                        trunk.size(), 1 / Math.sqrt(trunk.size()));
        return Optional.of(new Verdict(
                FailureMode.RESIDUAL, level, growth, "growth of the stream", GROWTH_RISK, GROWTH_END, finding, advice));
    }

    private Optional<Verdict> collapse() {
        List<PathPoint> apart = report.path().points().stream()
                .filter(point -> Double.isFinite(point.signal().distance()))
                .toList();
        if (report.samples() < 2 || apart.size() < 2) {
            return Optional.empty();
        }
        SignalStatistics first = apart.get(0).signal();
        PathPoint last = apart.get(apart.size() - 1);
        double ratio = last.signal().distance() / first.distance();
        Level level = below(ratio, DISTANCE_RISK, DISTANCE_END);
        String finding = text(
                "the mean cosine between samples goes from %.4f to %.4f at \"%s\"; the channels' std over samples is"
                        + " %.3g there",
                first.cosine(),
                last.signal().cosine(),
                last.name(),
                last.signal().channelStd());
        String advice = level == Level.FINE
                ? ""
                : "samples become the same: use fewer layers in a row, residual streams, normalisation over the batch,"
                        + " or an activation whose outputs have mean 0";
        return Optional.of(new Verdict(
                FailureMode.COLLAPSE,
                level,
                ratio,
                "distance between samples, out/in",
                DISTANCE_RISK,
                DISTANCE_END,
                finding,
                advice));
    }

    private Optional<Verdict> dead() {
        if (report.activations().isEmpty()) {
            return Optional.empty();
        }
        Optional<PathPoint> silent = report.path().points().stream()
                .filter(point -> point.depth() > 0 && point.signal().isZero())
                .findFirst();
        ActivationDiagnosis worst = report.activations().stream()
                .max(Comparator.comparingDouble(found -> found.signal().deadShare()))
                .orElseThrow();
        double share = silent.isPresent() ? 1 : worst.signal().deadShare();
        Level level = silent.isPresent() ? Level.WILL_NOT_START : above(share, DEAD_RISK, Double.POSITIVE_INFINITY);
        String finding = silent.map(point -> text("\"%s\" is zero for every sample", point.name()))
                .orElseGet(() -> share == 0
                        ? "no unit of any activation is zero for every sample"
                        : text(
                                "at most %d %% of the units of one activation are zero for every sample: \"%s\"",
                                Math.max(1, Math.round(100 * share)), worst.name()));
        String advice = level == Level.FINE
                ? ""
                : "bring the pre-activation's mean back to 0: start biases at zero, centre the input, or use an"
                        + " activation with a slope below zero";
        return Optional.of(new Verdict(FailureMode.DEAD, level, share, "dead share", DEAD_RISK, 1, finding, advice));
    }

    private Optional<Verdict> saturation() {
        Optional<ActivationDiagnosis> worst = report.activations().stream()
                .filter(found -> found.law().saturatesAbove())
                .max(Comparator.comparingDouble(found -> found.signal().saturatedShare()));
        return worst.map(found -> {
            double share = found.signal().saturatedShare();
            Level level = above(share, SATURATED_RISK, SATURATED_END);
            String finding = text(
                    "%.1f %% of the values of \"%s\" (%s) are at a bound",
                    100 * share, found.name(), found.law().name());
            String advice = level == Level.FINE
                    ? ""
                    : "bring the pre-activation's variance down to about 1: smaller weights, or run lsuv-init";
            return new Verdict(
                    FailureMode.SATURATION,
                    level,
                    share,
                    "saturated share",
                    SATURATED_RISK,
                    SATURATED_END,
                    finding,
                    advice);
        });
    }

    private Optional<Verdict> gradient() {
        List<LayerGradient> usable =
                report.gradients().stream().filter(found -> found.weight() > 0).toList();
        if (usable.isEmpty()) {
            return Optional.empty();
        }
        if (usable.stream().anyMatch(found -> !Double.isFinite(found.ratio()))) {
            return Optional.of(
                    gradient(Level.AT_RISK, Double.NaN, "‖∇W‖ is not finite", "repair what makes NaN or Inf first"));
        }
        if (usable.stream().allMatch(found -> found.ratio() == 0)) {
            return Optional.of(withoutGradient());
        }
        return GradientSpread.of(report).map(spread -> {
            Level level = above(spread.factor(), GRADIENT_RISK, GRADIENT_END);
            String finding = text(
                    "‖∇W‖/‖W‖ is between %.3g (layer %d) and %.3g (layer %d)",
                    spread.least().ratio(),
                    spread.least().layer(),
                    spread.greatest().ratio(),
                    spread.greatest().layer());
            String advice = level == Level.FINE
                    ? ""
                    : "no learning rate fits all layers: repair the growth of the signal first, or use an optimiser that"
                            + " scales each layer's step";
            return gradient(level, spread.factor(), finding, advice);
        });
    }

    /** A last layer that starts at zero learns from its first step on, and lets the others learn from then on. */
    private Verdict withoutGradient() {
        return report.gradients().stream()
                .filter(found -> found.weight() == 0)
                .reduce((first, last) -> last)
                .map(zero -> gradient(
                        Level.FINE,
                        Double.NaN,
                        text(
                                "layer %d starts at zero, and so do the outputs, whose mean square has no gradient then",
                                zero.layer()),
                        ""))
                .orElseGet(() -> gradient(
                        Level.AT_RISK,
                        Double.NaN,
                        "‖∇W‖ is 0 in every layer",
                        "find what lets no gradient pass on the way from the outputs: units that are dead or at a"
                                + " bound, or a signal too small for its type"));
    }

    private static Verdict gradient(Level level, double figure, String finding, String advice) {
        return new Verdict(
                FailureMode.GRADIENT,
                level,
                figure,
                "spread of ‖∇W‖/‖W‖",
                GRADIENT_RISK,
                GRADIENT_END,
                finding,
                advice);
    }
}
