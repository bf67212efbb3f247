package org.lsuv.tf.residual;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/** Recognises y = h·t + x·(1 − t). */
final class Highways {
    private static final Set<String> VIEWS = Set.of("Cast", "Identity", "Reshape", "Transpose");

    private final DataFlow flow;

    private Highways(DataFlow flow) {
        this.flow = flow;
    }

    static Optional<Highway> of(DataFlow flow, int sum, String name) {
        return new Highways(flow).find(sum, name);
    }

    private Optional<Highway> find(int sum, String name) {
        List<TensorRef> terms = flow.dataInputs(sum);
        if (terms.size() != 2 || flow.op(sum).equals("Sub")) {
            return Optional.empty();
        }
        List<TensorRef> left = factors(terms.get(0));
        List<TensorRef> right = factors(terms.get(1));
        for (TensorRef gate : left) {
            for (TensorRef rest : right) {
                Optional<Highway> found = complement(rest).filter(gate::equals).isPresent()
                        ? gated(sum, name, gate, other(left, gate), other(right, rest))
                        : complement(gate).filter(rest::equals).isPresent()
                                ? gated(sum, name, rest, other(right, rest), other(left, gate))
                                : Optional.empty();
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private List<TensorRef> factors(TensorRef product) {
        int node = flow.position(product);
        List<TensorRef> factors = flow.dataInputs(node);
        return flow.op(node).equals("Mul") && factors.size() == 2 ? factors : List.of();
    }

    private static TensorRef other(List<TensorRef> two, TensorRef one) {
        return two.get(two.get(0).equals(one) ? 1 : 0);
    }

    /** Returns t, for 1 − t. */
    private Optional<TensorRef> complement(TensorRef value) {
        int node = flow.position(value);
        List<TensorRef> inputs = flow.inputs(node);
        if (!flow.op(node).equals("Sub") || flow.isData(inputs.get(0)) || !flow.isData(inputs.get(1))) {
            return Optional.empty();
        }
        boolean one = Scalars.of(flow.node(flow.position(inputs.get(0)))).orElse(Double.NaN) == 1;
        return one ? Optional.of(inputs.get(1)) : Optional.empty();
    }

    /** What is carried is what both the gate and the other summand are made from. */
    private Optional<Highway> gated(int sum, String name, TensorRef gate, TensorRef open, TensorRef closed) {
        Optional<WeightedLayer> layer = gateLayer(gate);
        if (layer.isEmpty()) {
            return Optional.empty();
        }
        TensorRef result = new TensorRef(flow.node(sum).getName(), 0);
        if (new Ancestors(flow, gate).contains(closed) && new Ancestors(flow, open).contains(closed)) {
            return Optional.of(new Highway(name, result, closed, open, layer.get(), false));
        }
        return new Ancestors(flow, gate).contains(open) && new Ancestors(flow, closed).contains(open)
                ? Optional.of(new Highway(name, result, open, closed, layer.get(), true))
                : Optional.empty();
    }

    /** Returns the one layer in front of a sigmoid. */
    private Optional<WeightedLayer> gateLayer(TensorRef gate) {
        int node = flow.position(gate);
        while (VIEWS.contains(flow.op(node))) {
            node = flow.position(flow.dataInputs(node).get(0));
        }
        if (!flow.op(node).equals("Sigmoid")) {
            return Optional.empty();
        }
        List<WeightedLayer> found = new ArrayList<>();
        node = flow.position(flow.dataInputs(node).get(0));
        while (found.isEmpty()) {
            found.addAll(flow.layers(node));
            List<TensorRef> data = flow.dataInputs(node);
            boolean view = VIEWS.contains(flow.op(node))
                    || Set.of("Add", "AddV2", "BiasAdd").contains(flow.op(node));
            if (found.isEmpty() && (!view || data.size() != 1)) {
                return Optional.empty();
            }
            node = flow.position(data.get(0));
        }
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }
}
