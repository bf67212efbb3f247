package org.lsuv.cli.report;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.lsuv.tf.diagnose.ActivationDiagnosis;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.FailureMode;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.PathPoint;
import org.lsuv.tf.diagnose.SignalStatistics;
import org.lsuv.tf.diagnose.Verdict;
import org.lsuv.tf.diagnose.Verdict.Level;

/** Finds the layers that a verdict on the whole network is about, by the bounds of that verdict. */
final class HealthCheck {
    private final DiagnosisReport report;
    private final Map<Integer, ActivationDiagnosis> activations = new HashMap<>();
    private final Map<Integer, SignalStatistics> way = new HashMap<>();

    HealthCheck(DiagnosisReport report) {
        this.report = report;
        report.path().points().forEach(point -> way.put(point.depth(), point.signal()));
        report.activations().forEach(found -> found.layer().ifPresent(layer -> activations.putIfAbsent(layer, found)));
    }

    /** Returns the non-linearity that bends a layer's output, if it was measured. */
    Optional<ActivationDiagnosis> activation(LayerDiagnosis layer) {
        return Optional.ofNullable(activations.get(layer.layer().index()));
    }

    Health of(LayerDiagnosis layer) {
        SignalStatistics signal = layer.signal();
        if (signal.nonFinite() > 0) {
            return new Health(Level.WILL_NOT_START, "NaN or Inf");
        }
        if (signal.isZero()) {
            // A branch may start at zero on purpose; a trunk may not.
            return new Health(layer.onTrunk() ? Level.WILL_NOT_START : Level.AT_RISK, "output is zero");
        }
        return growth(layer).worse(collapse(layer)).worse(units(layer));
    }

    private Optional<Verdict> verdict(FailureMode mode) {
        return report.verdicts().stream()
                .filter(verdict -> verdict.mode() == mode)
                .findFirst();
    }

    private static Health above(double figure, Verdict verdict, String reason) {
        return figure >= verdict.willNotStart()
                ? new Health(Level.WILL_NOT_START, reason)
                : figure >= verdict.atRisk() ? new Health(Level.AT_RISK, reason) : Health.FINE;
    }

    /** Returns what verdicts look at: what comes out of the layer on its way, where the way passes it. */
    private SignalStatistics judged(LayerDiagnosis layer) {
        return layer.onTrunk() ? way.getOrDefault(layer.depth(), layer.signal()) : layer.signal();
    }

    /** What is normalised before it is read may have any length, and a branch may be short. */
    private Health growth(LayerDiagnosis layer) {
        Optional<Verdict> verdict = verdict(FailureMode.GROWTH);
        if (verdict.isEmpty() || layer.normalised()) {
            return Health.FINE;
        }
        PathPoint first = report.path().points().get(0);
        double log = Math.log(judged(layer).meanSquare()) - first.logMeanSquare();
        double size = layer.onTrunk() ? Math.abs(log) : log;
        String reason = judged(layer).isZero()
                ? "nothing comes out of it"
                : "M is " + Figures.exponential(log) + " times the first";
        return above(Math.exp(size), verdict.get(), reason);
    }

    private Health collapse(LayerDiagnosis layer) {
        Optional<Verdict> verdict = verdict(FailureMode.COLLAPSE);
        double first = report.path().points().stream()
                .mapToDouble(point -> point.signal().distance())
                .filter(Double::isFinite)
                .findFirst()
                .orElse(Double.NaN);
        double ratio = judged(layer).distance() / first;
        if (verdict.isEmpty()
                || !layer.onTrunk()
                || !way.containsKey(layer.depth())
                || !(ratio <= verdict.get().atRisk())) {
            return Health.FINE;
        }
        return new Health(
                ratio <= verdict.get().willNotStart() ? Level.WILL_NOT_START : Level.AT_RISK,
                "samples look the same: cosine " + Figures.text(judged(layer).cosine()));
    }

    private Health units(LayerDiagnosis layer) {
        return activation(layer)
                .map(found -> {
                    double dead = found.signal().deadShare();
                    double saturated = found.signal().saturatedShare();
                    Health first = verdict(FailureMode.DEAD)
                            .map(verdict -> above(dead, verdict, Figures.percent(dead) + " of units dead"))
                            .orElse(Health.FINE);
                    Health second = verdict(FailureMode.SATURATION)
                            .filter(verdict -> found.law().upper() > found.law().lower())
                            .map(verdict -> above(saturated, verdict, Figures.percent(saturated) + " saturated"))
                            .orElse(Health.FINE);
                    return first.worse(second);
                })
                .orElse(Health.FINE);
    }
}
