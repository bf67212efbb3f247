package org.lsuv.tf.residual;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.Weight;
import org.lsuv.tf.WeightedLayer;

/**
 * Names the stored scales and shifts of the normalisations of a network, whatever operations these are made of.
 *
 * @param scales what normalised values are multiplied by
 * @param shifts what is added to the products
 */
public record Normalisations(List<String> scales, List<String> shifts) {
    private static final Set<String> VIEWS = Set.of("Cast", "ExpandDims", "Identity", "Reshape", "Squeeze");
    private static final Set<String> SUMS = Set.of("Add", "AddV2", "BiasAdd");

    public Normalisations {
        scales = List.copyOf(scales);
        shifts = List.copyOf(shifts);
    }

    /** Finds the parameters of the normalisations of a network. */
    public static Normalisations find(TfModel model) {
        return new Search(model).run();
    }

    private static final class Search {
        private final TfModel model;
        private final DataFlow flow;
        private final StreamWalk walk;
        private final Set<Integer> scaled = new HashSet<>();

        Search(TfModel model) {
            this.model = model;
            this.flow = new DataFlow(model);
            this.walk = new StreamWalk(flow);
        }

        Normalisations run() {
            Set<String> others = new HashSet<>();
            for (WeightedLayer layer : model.layers()) {
                others.add(layer.weight().source());
                others.add(layer.weight().scaled());
                layer.bias().ifPresent(bias -> others.add(bias.weight()));
            }
            List<Weight> open = model.weights().values().stream()
                    .filter(weight -> weight.value().type().isFloating() && !others.contains(weight.name()))
                    .toList();
            List<String> scales = new ArrayList<>();
            List<String> shifts = new ArrayList<>();
            open.stream().filter(this::isScale).map(Weight::name).forEach(scales::add);
            open.stream().filter(this::isShift).map(Weight::name).forEach(shifts::add);
            return new Normalisations(scales, shifts);
        }

        private boolean isScale(Weight weight) {
            List<Use> uses = uses(weight.tensor());
            boolean scale = !uses.isEmpty() && uses.stream().allMatch(this::scales);
            if (scale) {
                uses.stream().map(Use::node).forEach(this::addScaled);
            }
            return scale;
        }

        private boolean scales(Use use) {
            return isFused(use, 1)
                    || (flow.op(use.node()).equals("Mul")
                            && use.others(flow).stream()
                                    .allMatch(other ->
                                            flow.op(flow.position(other)).equals("Rsqrt")
                                                    || walk.normalised(other).isPresent()));
        }

        /** A scale may be multiplied with the inverse deviation first, and with the data then. */
        private void addScaled(int product) {
            scaled.add(product);
            flow.readers(product).stream()
                    .filter(reader -> flow.op(reader).equals("Mul"))
                    .forEach(scaled::add);
        }

        private boolean isShift(Weight weight) {
            List<Use> uses = uses(weight.tensor());
            return !uses.isEmpty() && uses.stream().allMatch(this::shifts);
        }

        private boolean shifts(Use use) {
            return isFused(use, 2)
                    || (SUMS.contains(flow.op(use.node()))
                            && use.others(flow).stream().allMatch(other -> scaled.contains(flow.position(other))));
        }

        private boolean isFused(Use use, int input) {
            return flow.op(use.node()).startsWith("FusedBatchNorm")
                    && flow.inputs(use.node()).indexOf(use.tensor()) == input;
        }

        /** Returns what reads a stored tensor, behind operations that only view it. */
        private List<Use> uses(TensorRef stored) {
            List<Use> uses = new ArrayList<>();
            for (int reader : flow.readers(flow.position(stored))) {
                if (VIEWS.contains(flow.op(reader))) {
                    uses.addAll(uses(new TensorRef(flow.node(reader).getName(), 0)));
                } else if (!DataFlow.SIZES.contains(flow.op(reader))) {
                    uses.add(new Use(reader, stored));
                }
            }
            return uses;
        }
    }

    /** Names an operation and the operand of it that is looked at. */
    private record Use(int node, TensorRef tensor) {
        List<TensorRef> others(DataFlow flow) {
            return flow.inputs(node).stream()
                    .filter(input -> !input.equals(tensor))
                    .toList();
        }
    }
}
