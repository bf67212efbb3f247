package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/**
 * Describes a sum of a stream and a branch with weights.
 *
 * @param fork the operation at which their ways part
 * @param stream the summand whose way passes fewer layers
 * @param branch the other summand
 * @param output the sum
 * @param layers the layers on the branch's way, in execution order
 */
record Join(String fork, TensorRef stream, TensorRef branch, TensorRef output, List<WeightedLayer> layers) {
    private static final Set<String> SUMS = Set.of("Add", "AddV2", "AddN");

    Join {
        layers = List.copyOf(layers);
    }

    /** Finds the sums, in execution order. */
    static List<Join> find(SignalGraph graph, SignalFlow flow) {
        List<Join> joins = new ArrayList<>();
        for (String name : graph.inOrder()) {
            if (!SUMS.contains(graph.op(name)) || !flow.isReached(name)) {
                continue;
            }
            List<TensorRef> terms = graph.inputs(name).stream()
                    .filter(input -> flow.isReached(input.op()))
                    .toList();
            String fork = flow.dominator(name).orElse("");
            if (terms.size() != 2 || fork.isEmpty() || flow.depth(fork) == flow.depth(name)) {
                continue;
            }
            TensorRef first = terms.get(0);
            TensorRef second = terms.get(1);
            boolean firstIsStream = flow.depth(first.op()) == flow.depth(second.op())
                    ? flow.between(fork, first.op()).size()
                            <= flow.between(fork, second.op()).size()
                    : flow.depth(first.op()) < flow.depth(second.op());
            TensorRef stream = firstIsStream ? first : second;
            TensorRef branch = firstIsStream ? second : first;
            List<WeightedLayer> layers = Stream.concat(flow.between(fork, branch.op()).stream(), Stream.of(branch.op()))
                    .flatMap(node -> flow.layer(node).stream())
                    .sorted(Comparator.comparingInt(WeightedLayer::index))
                    .toList();
            joins.add(new Join(fork, stream, branch, new TensorRef(name, 0), layers));
        }
        return joins;
    }
}
