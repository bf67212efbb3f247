package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.ReleasedMemory;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.draw.Draws;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.draw.ParallelDraws;

/**
 * Holds the weights and biases with which layers start, before any is scaled.
 *
 * @param values the new values by name of the stored tensor; what is kept is not among them
 * @param unscaled the weights of layers that stay as they were drawn
 */
record FirstWeights(Map<String, OnnxTensor> values, List<UnscaledWeight> unscaled) {
    FirstWeights {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        unscaled = List.copyOf(unscaled);
    }

    /** Draws the weights of layers, as far as the options ask for new ones. */
    static FirstWeights draw(TfModel model, List<LayerGroup> groups, LsuvOptions options, Progress progress) {
        try (Draws draws = new Draws(model.graph(), options.seed(), options.run())) {
            Draw draw = new Draw(model, options, draws);
            groups.forEach(draw::weights);
            draw.run(progress);
            groups.forEach(draw::rest);
            return new FirstWeights(draw.values, draw.unscaled);
        }
    }

    private static final class Draw {
        private final TfModel model;
        private final LsuvOptions options;
        private final Draws draws;
        private final Map<String, ParallelDraws.Task> tasks = new LinkedHashMap<>();
        private final Map<String, OnnxTensor> values = new LinkedHashMap<>();
        private final List<UnscaledWeight> unscaled = new ArrayList<>();

        Draw(TfModel model, LsuvOptions options, Draws draws) {
            this.model = model;
            this.options = options;
            this.draws = draws;
        }

        /** Asks for the weights of a layer and of its state. */
        void weights(LayerGroup group) {
            WeightedLayer leader = group.leader();
            Initializer initializer = options.of(leader).initializer();
            if (initializer != Initializer.KEEP) {
                task(group.weight(), () -> draws.weight(initializer, leader));
            }
            for (WeightedLayer use : group.uses()) {
                use.recurrent().ifPresent(state -> recurrent(use, state, initializer));
            }
        }

        private void task(String name, Supplier<OnnxTensor> draw) {
            OnnxTensor old = stored(name);
            tasks.putIfAbsent(name, new ParallelDraws.Task(old.elementCount(), () -> {
                OnnxTensor rounded = StoredWeights.rounded(draw.get(), old);
                ReleasedMemory.add(old.byteCount());
                return rounded;
            }));
        }

        void run(Progress progress) {
            int total = tasks.size();
            List<OnnxTensor> drawn = ParallelDraws.all(
                    List.copyOf(tasks.values()),
                    options.run().threads(),
                    done -> progress.report(Progress.Phase.WEIGHTS, done, total));
            progress.report(Progress.Phase.WEIGHTS, total, total);
            Iterator<OnnxTensor> next = drawn.iterator();
            tasks.keySet().forEach(name -> values.put(name, next.next()));
        }

        /** Sets what depends on the weights, and the biases. */
        void rest(LayerGroup group) {
            OnnxTensor weight = values.get(group.weight());
            if (weight != null) {
                group.leader()
                        .weight()
                        .gain()
                        .ifPresent(gain -> values.put(gain.source(), Gains.norms(weight, stored(gain.source()))));
            }
            for (WeightedLayer use : group.uses()) {
                use.bias().map(WeightedLayer.Bias::weight).ifPresent(bias -> bias(use, bias));
            }
        }

        private void bias(WeightedLayer use, String bias) {
            LayerSettings settings = options.of(use);
            if (settings.biasRule() == BiasRule.ZERO) {
                values.put(bias, StoredWeights.zeros(stored(bias)));
            } else if (settings.biasRule() == BiasRule.AUTO) {
                OnnxTensor old = stored(bias);
                values.put(bias, StoredWeights.rounded(draws.bias(settings.initializer(), use, old), old));
            }
        }

        /** The weights of the state of a recurrent layer keep the lengths of what they turn: they are not scaled. */
        private void recurrent(WeightedLayer use, OnnxLayer.Recurrent state, Initializer initializer) {
            String name = state.weight().source();
            if (initializer != Initializer.KEEP) {
                task(name, () -> draws.state(initializer, use, state));
            }
            if (unscaled.stream().noneMatch(found -> found.weight().equals(name))) {
                unscaled.add(new UnscaledWeight(name, use.name(), use.op(), initializer));
            }
        }

        private OnnxTensor stored(String name) {
            return model.weight(name).value();
        }
    }
}
