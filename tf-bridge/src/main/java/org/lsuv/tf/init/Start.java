package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.ReleasedMemory;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.residual.Highway;
import org.lsuv.tf.residual.Normalisations;

/**
 * Sets what a network starts with before anything of it is measured: normalisations, drawn weights and biases, branches
 * that begin at zero and gates of highway layers.
 */
final class Start {
    private final TfModel model;
    private final LsuvOptions options;
    private final NewWeights weights;
    private final LayerStates states;
    private final List<UnscaledWeight> unscaled = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /**
     * Prepares to set.
     *
     * @param weights where values go
     * @param states what hears that a layer cannot be scaled
     */
    Start(TfModel model, LsuvOptions options, NewWeights weights, LayerStates states) {
        this.model = model;
        this.options = options;
        this.weights = weights;
        this.states = states;
    }

    /** Returns the weights that stay as they are drawn. */
    List<UnscaledWeight> unscaled() {
        return unscaled;
    }

    /** Returns what a user should know. */
    List<String> notes() {
        return notes;
    }

    void set(List<LayerGroup> groups, List<Branch> branches, List<Highway> highways, Progress progress) {
        checkPlan();
        if (options.norms() == NormRule.RESET) {
            resetNorms();
        }
        drawWeights(groups, progress);
        groups.forEach(this::checkWeights);
        for (Branch branch : branches) {
            if (branch.isZero()) {
                states.takenBy(branch).forEach(LayerState::zero);
                branch.tensors().forEach(weights::clear);
            } else {
                states.takenBy(branch).forEach(LayerState::release);
            }
        }
        highways.forEach(this::setGate);
    }

    private void checkPlan() {
        for (int i = 0; i < options.plan().size(); i++) {
            LayerRule rule = options.plan().get(i);
            if (model.layers().stream().noneMatch(rule::matches)) {
                notes.add("rule " + (i + 1) + " of the plan, \"" + rule.match() + "\", matches no layer");
            }
        }
    }

    private void resetNorms() {
        Normalisations found = Normalisations.find(model);
        found.scales().forEach(name -> weights.fill(name, 1));
        found.shifts().forEach(name -> weights.fill(name, 0));
        for (BatchNorm norm : model.batchNorms()) {
            weights.fill(norm.mean(), 0);
            weights.fill(norm.variance(), 1);
        }
    }

    private void drawWeights(List<LayerGroup> groups, Progress progress) {
        FirstWeights first = FirstWeights.draw(model, groups, options, progress);
        weights.putAll(first.values());
        unscaled.addAll(first.unscaled());
        List<String> drawn = unscaled.stream()
                .filter(found -> found.initializer() != Initializer.KEEP)
                .map(UnscaledWeight::weight)
                .toList();
        if (!drawn.isEmpty()) {
            notes.add("drawn " + options.initializer() + ", each gate and direction by itself, and not scaled: "
                    + String.join(", ", drawn));
        }
    }

    private void checkWeights(LayerGroup group) {
        boolean finite = Stream.of(group.weight(), group.scaled())
                .distinct()
                .map(weights::current)
                .allMatch(Start::isFinite);
        if (!finite) {
            states.of(group).refuse("its weight holds NaN or Inf");
        }
    }

    /** Each look at a tensor in a file maps it anew. */
    private static boolean isFinite(OnnxTensor weight) {
        boolean finite = StoredWeights.isFinite(weight);
        ReleasedMemory.add(weight.byteCount());
        return finite;
    }

    /** A gate that starts nearly closed lets a highway network start as its input (Srivastava et al. 2015). */
    private void setGate(Highway highway) {
        WeightedLayer gate = highway.gate();
        if (options.highwayBias().isEmpty() || !options.chooses(gate)) {
            return;
        }
        Optional<String> bias = gate.bias().map(WeightedLayer.Bias::weight);
        if (bias.isEmpty()) {
            notes.add("\"" + gate.name() + "\" is the gate of a highway layer and has no bias to set");
            return;
        }
        weights.fill(bias.get(), options.highwayBias().getAsDouble() * (highway.carries() ? -1 : 1));
    }
}
