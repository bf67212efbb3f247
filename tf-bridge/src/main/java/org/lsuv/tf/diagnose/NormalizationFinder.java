package org.lsuv.tf.diagnose;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;

/**
 * Finds where the signal gets a scale that no longer depends on the one that it had: batch normalisations, and those
 * that graphs spell out as a product with the inverse root of a mean of the signal itself.
 */
final class NormalizationFinder {
    private static final Set<String> ROOTS = Set.of("Rsqrt", "Sqrt", "Pow");
    private static final Set<String> MEANS = Set.of("Mean", "Sum", "EuclideanNorm", "Max");
    private static final Set<String> PRODUCTS = Set.of("Mul", "RealDiv", "Div", "DivNoNan");
    private static final Set<String> UP = Set.of(
            "Add",
            "AddV2",
            "Maximum",
            "Mul",
            "RealDiv",
            "Sub",
            "Cast",
            "Identity",
            "Reshape",
            "ExpandDims",
            "Squeeze",
            "Square",
            "SquaredDifference");
    private static final Set<String> DOWN = Set.of(
            "Reciprocal",
            "Inv",
            "Cast",
            "Identity",
            "Reshape",
            "ExpandDims",
            "Squeeze",
            "Maximum",
            "Add",
            "AddV2",
            "BroadcastTo",
            "Mul",
            "RealDiv",
            "Div",
            "DivNoNan");
    private static final int STEPS = 6;

    private final SignalGraph graph;
    private final SignalFlow flow;

    private NormalizationFinder(SignalGraph graph, SignalFlow flow) {
        this.graph = graph;
        this.flow = flow;
    }

    /** Returns the operations behind which the signal is normalised. */
    static Set<String> find(TfModel model, SignalGraph graph, SignalFlow flow) {
        Set<String> found = new HashSet<>();
        // In training, a batch normalisation takes its statistics from the batch, whatever is stored.
        model.batchNorms().forEach(norm -> found.add(norm.input().op()));
        NormalizationFinder finder = new NormalizationFinder(graph, flow);
        for (String name : graph.inOrder()) {
            if (!flow.contains(name)) {
                continue;
            }
            if (finder.isTrainingForm(name)) {
                found.add(name);
            } else if (ROOTS.contains(graph.op(name)) && finder.readsMean(name)) {
                finder.product(name, found);
            }
        }
        return found;
    }

    private boolean isTrainingForm(String name) {
        return graph.op(name).startsWith("FusedBatchNorm")
                && graph.node(name).containsAttr("is_training")
                && graph.node(name).getAttrOrThrow("is_training").getB();
    }

    private boolean readsMean(String name) {
        return walk(Set.of(name), UP, this::signals, reached -> MEANS.contains(graph.op(reached)), STEPS) != null;
    }

    private void product(String root, Set<String> found) {
        String product = walk(
                Set.of(root),
                DOWN,
                graph::readers,
                reached -> PRODUCTS.contains(graph.op(reached))
                        && flow.sources(reached).size() > 1,
                STEPS);
        if (product != null) {
            found.add(product);
        }
    }

    private List<String> signals(String name) {
        return graph.inputs(name).stream()
                .map(TensorRef::op)
                .filter(graph::isSignal)
                .toList();
    }

    /** Walks from some operations through some kinds of them to the nearest that fits. */
    private @Nullable String walk(
            Set<String> from,
            Set<String> through,
            Function<String, List<String>> next,
            Predicate<String> fits,
            int steps) {
        Set<String> front = from;
        for (int step = 0; step < steps && !front.isEmpty(); step++) {
            Set<String> reached = new LinkedHashSet<>();
            for (String name : front) {
                for (String other : next.apply(name)) {
                    if (flow.contains(other) && fits.test(other)) {
                        return other;
                    }
                    if (flow.contains(other) && through.contains(graph.op(other))) {
                        reached.add(other);
                    }
                }
            }
            front = reached;
        }
        return null;
    }
}
