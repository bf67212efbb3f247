package org.lsuv.tf.residual;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/** Finds what sets the variance of a branch: its last layers, or stored scales behind them. */
final class Tails {
    private final DataFlow flow;
    private final Map<String, BatchNorm> statistics;

    Tails(DataFlow flow, Map<String, BatchNorm> statistics) {
        this.flow = flow;
        this.statistics = statistics;
    }

    /** Holds the end of a branch, as {@link Join} has it. */
    record Ending(List<WeightedLayer> last, Join.Passage passage, List<String> scales, List<String> shifts) {}

    Ending of(Region region, TensorRef branch) {
        Region.Tail tail = region.tail();
        List<Integer> products = leading(tail.products());
        Join.Passage passage = passage(region, branch, Set.copyOf(products));
        if (passage == Join.Passage.NONLINEAR) {
            // A gate from elsewhere is multiplied with the branch: either factor alone sets it.
            for (int product : deepestFirst(region, products)) {
                if (products.size() > 1 && passage(region, branch, Set.of(product)) == Join.Passage.PROPORTIONAL) {
                    products = List.of(product);
                    passage = Join.Passage.PROPORTIONAL;
                    break;
                }
            }
        }
        List<WeightedLayer> last = products.stream()
                .sorted()
                .flatMap(node -> flow.layers(node).stream())
                .toList();
        Set<String> biases = new HashSet<>();
        last.forEach(layer -> layer.bias().ifPresent(bias -> biases.add(bias.weight())));
        List<Integer> stored = stored(tail.behind()).stream()
                .filter(node -> !statistics.containsKey(name(node)) && !biases.contains(name(node)))
                .toList();
        List<Integer> scales = stored.stream()
                .filter(node -> degree(region, branch, Set.of(node)) == 1)
                .toList();
        Set<Integer> setting = passage == Join.Passage.PROPORTIONAL
                ? Set.copyOf(products)
                : scales.stream().limit(1).collect(Collectors.toSet());
        List<String> shifts = stored.stream()
                .filter(node -> !scales.contains(node) && isAdded(region, branch, setting, node))
                .map(this::name)
                .toList();
        return new Ending(last, passage, scales.stream().map(this::name).toList(), shifts);
    }

    /** Tells whether the branch stays in proportion when a stored tensor goes along with what sets it. */
    private boolean isAdded(Region region, TensorRef branch, Set<Integer> setting, int stored) {
        Set<Integer> all = new HashSet<>(setting);
        all.add(stored);
        return !setting.isEmpty() && degree(region, branch, all) == 1;
    }

    private String name(int stored) {
        return Objects.requireNonNull(flow.weight(stored));
    }

    /** Leaves out layers behind others of the same end: those of a gate that the branch opens for itself. */
    private List<Integer> leading(List<Integer> products) {
        return products.stream()
                .filter(product -> products.stream()
                        .filter(other -> other < product)
                        .noneMatch(other -> new Ancestors(flow, output(product)).contains(output(other))))
                .toList();
    }

    private List<Integer> deepestFirst(Region region, List<Integer> products) {
        return products.stream()
                .sorted((one, other) -> Integer.compare(depth(region, other), depth(region, one)))
                .toList();
    }

    private int depth(Region region, int product) {
        Ancestors ancestors = new Ancestors(flow, output(product));
        return (int) region.nodes().stream()
                .filter(node -> !flow.layers(node).isEmpty() && ancestors.contains(output(node)))
                .count();
    }

    private TensorRef output(int node) {
        return new TensorRef(flow.node(node).getName(), 0);
    }

    private Join.Passage passage(Region region, TensorRef branch, Set<Integer> products) {
        double degree = degree(region, branch, products);
        return degree == 1 ? Join.Passage.PROPORTIONAL : degree == 0 ? Join.Passage.NORMALISED : Join.Passage.NONLINEAR;
    }

    private double degree(Region region, TensorRef branch, Set<Integer> scaled) {
        return new Degrees(flow, statistics, region.nodes(), scaled).of(branch);
    }

    /** Returns the operations that feed stored tensors to some others, in the order in which they are met. */
    private Set<Integer> stored(List<Integer> behind) {
        Set<Integer> stored = new LinkedHashSet<>();
        for (int node : behind) {
            for (TensorRef input : flow.inputs(node)) {
                if (!flow.isData(input)) {
                    TreeSet<Integer> open = new TreeSet<>(Set.of(flow.position(input)));
                    while (!open.isEmpty()) {
                        int next = open.pollLast();
                        if (flow.weight(next) != null) {
                            stored.add(next);
                        }
                        if (!DataFlow.SIZES.contains(flow.op(next))) {
                            flow.inputs(next).forEach(tensor -> open.add(flow.position(tensor)));
                        }
                    }
                }
            }
        }
        return stored;
    }
}
