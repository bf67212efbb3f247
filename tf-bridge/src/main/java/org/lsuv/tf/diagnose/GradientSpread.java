package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Says how far the layers that must learn at one rate are apart in ‖∇W‖/‖W‖.
 *
 * <p>The layers of a residual branch are compared with one another: a branch that starts small, or at zero, is meant to,
 * and the stream carries the signal past it. All other layers are compared with one another. What is too fast is counted
 * by its square root where a normalisation follows the layer: its output does not depend on ‖W‖ then, ‖∇W‖ goes with
 * 1/‖W‖, and ‖W‖ grows with the steps until the rate fits (Arora, Li and Lyu, "Theoretical Analysis of Auto Rate-Tuning
 * by Batch Normalization", ICLR 2019). So is what is too slow beside the trunk, where other ways lead past it.
 *
 * @param factor how far: greatest over least, or the square root of that
 * @param least the slowest layer
 * @param greatest the fastest of those that it is compared with
 */
record GradientSpread(double factor, LayerGradient least, LayerGradient greatest) {
    private static final Comparator<LayerGradient> BY_RATIO = Comparator.comparingDouble(LayerGradient::ratio);

    /** Returns the greatest spread; empty where no two layers are to be compared, or none of them has a gradient. */
    static Optional<GradientSpread> of(DiagnosisReport report) {
        Map<Integer, ResidualBlock> branches = innermost(report.residuals().blocks());
        Map<Optional<ResidualBlock>, List<LayerGradient>> groups = new HashMap<>();
        for (LayerGradient found : report.gradients()) {
            if (found.weight() > 0) {
                Optional<ResidualBlock> branch = Optional.ofNullable(branches.get(found.layer()));
                groups.computeIfAbsent(branch, none -> new ArrayList<>()).add(found);
            }
        }
        Map<Integer, LayerDiagnosis> layers = new HashMap<>();
        report.layers().forEach(layer -> layers.put(layer.layer().index(), layer));
        return groups.entrySet().stream()
                .flatMap(entry -> of(entry.getValue(), layers, entry.getKey().isPresent()).stream())
                .max(Comparator.comparingDouble(GradientSpread::factor));
    }

    /** Returns the branch of each layer that is in any: where they are nested, the one of the fewest layers. */
    private static Map<Integer, ResidualBlock> innermost(Collection<ResidualBlock> blocks) {
        Map<Integer, ResidualBlock> branches = new HashMap<>();
        for (ResidualBlock block : blocks) {
            for (int layer : block.layers()) {
                branches.merge(
                        layer,
                        block,
                        (one, other) -> other.layers().size() < one.layers().size() ? other : one);
            }
        }
        return branches;
    }

    private static Optional<GradientSpread> of(
            List<LayerGradient> group, Map<Integer, LayerDiagnosis> layers, boolean isBranch) {
        LayerGradient least = group.stream().min(BY_RATIO).orElseThrow();
        LayerGradient greatest = group.stream().max(BY_RATIO).orElseThrow();
        if (group.size() < 2 || greatest.ratio() == 0) {
            return Optional.empty();
        }
        GradientSpread all = new GradientSpread(Math.sqrt(greatest.ratio() / least.ratio()), least, greatest);
        boolean trunkless = group.stream().noneMatch(found -> layer(found, layers, LayerDiagnosis::onTrunk));
        Predicate<LayerGradient> needed =
                found -> isBranch || trunkless || layer(found, layers, LayerDiagnosis::onTrunk);
        Optional<LayerGradient> slow = group.stream().filter(needed).min(BY_RATIO);
        Optional<LayerGradient> fast = group.stream()
                .filter(needed)
                .filter(found -> !layer(found, layers, LayerDiagnosis::normalised))
                .max(BY_RATIO);
        if (slow.isEmpty() || fast.isEmpty()) {
            return Optional.of(all);
        }
        GradientSpread firm = new GradientSpread(fast.get().ratio() / slow.get().ratio(), slow.get(), fast.get());
        return Optional.of(firm.factor() >= all.factor() ? firm : all);
    }

    private static boolean layer(
            LayerGradient found, Map<Integer, LayerDiagnosis> layers, Predicate<LayerDiagnosis> which) {
        LayerDiagnosis layer = layers.get(found.layer());
        return layer != null && which.test(layer);
    }
}
