package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.residual.Join;
import org.lsuv.tf.residual.Residuals;

/** Finds what to multiply so that the branches of a network get shares of their streams' variances. */
final class Branches {
    private final TfModel model;
    private final LsuvOptions options;
    private final List<TensorRef> sums;
    private final Map<String, Long> uses = new HashMap<>();
    private final Set<String> chosen = new HashSet<>();
    private final Set<String> taken = new HashSet<>();

    private Branches(TfModel model, List<LayerGroup> groups, LsuvOptions options, List<TensorRef> sums) {
        this.sums = sums;
        this.model = model;
        this.options = options;
        for (WeightedLayer layer : model.layers()) {
            uses.merge(layer.weight().source(), 1L, Long::sum);
            layer.bias().ifPresent(bias -> uses.merge(bias.weight(), 1L, Long::sum));
        }
        groups.forEach(group -> chosen.add(group.weight()));
    }

    /** Returns the branches of a network, in execution order. */
    static List<Branch> of(TfModel model, Residuals residuals, List<LayerGroup> groups, LsuvOptions options) {
        List<Join> joins = residuals.joins();
        Branches branches = new Branches(
                model, groups, options, joins.stream().map(Join::sum).toList());
        return joins.stream().map(join -> branches.branch(join, joins.size())).toList();
    }

    /** Tells whether the last layers of a branch have no target but the branch's. */
    static boolean takesLayers(Branch branch) {
        return branch.join().passage() != Join.Passage.NORMALISED && (branch.isOpen() || branch.isZero());
    }

    private Branch branch(Join join, int joins) {
        double share = options.residual().share(join.index(), joins, options.residualBase());
        if (Double.isNaN(share)) {
            return new Branch(join, share, JoinMeasure.BRANCH, List.of(), "");
        }
        boolean normalised = join.passage() == Join.Passage.NORMALISED;
        List<String> setting = normalised
                ? join.scales().stream().limit(1).toList()
                : join.last().stream().map(layer -> layer.weight().scaled()).toList();
        List<String> biases = normalised
                ? List.of()
                : join.last().stream()
                        .flatMap(layer -> layer.bias().stream())
                        .map(WeightedLayer.Bias::weight)
                        .toList();
        List<String> all = new ArrayList<>(new HashSet<>(
                Stream.of(setting, biases, join.shifts()).flatMap(List::stream).toList()));
        String refusal = refusal(normalised, setting, all);
        if (refusal.isEmpty()) {
            taken.addAll(all);
        }
        boolean growth = options.residual() == ResidualRule.UNIT && Collections.frequency(sums, join.sum()) == 1;
        return new Branch(join, share, growth ? JoinMeasure.GROWTH : JoinMeasure.BRANCH, all, refusal);
    }

    private String refusal(boolean normalised, List<String> setting, List<String> all) {
        if (setting.isEmpty()) {
            return "its branch ends in a normalisation without a scale of its own";
        }
        if (!normalised && !chosen.containsAll(setting)) {
            return "the last layer of its branch is left out";
        }
        boolean shared = all.stream().anyMatch(name -> uses.getOrDefault(name, 1L) > 1 || taken.contains(name));
        if (shared) {
            return "other layers share the weight that sets its branch";
        }
        return all.stream().allMatch(name -> model.weights().containsKey(name))
                ? ""
                : "the weight that sets its branch is not stored";
    }
}
