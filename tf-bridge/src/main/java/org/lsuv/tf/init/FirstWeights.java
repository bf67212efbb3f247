package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.ReleasedMemory;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;

/**
 * Holds the weights and biases with which layers start, before any is scaled.
 *
 * @param values the new values by name of the stored tensor; what is kept is not among them
 * @param unscaled the weights of layers that stay as they were drawn
 */
record FirstWeights(Map<String, OnnxTensor> values, List<UnscaledWeight> unscaled) {
    /** Tells the draw of a layer's recurrent weights from that of its input weights. */
    private static final int RECURRENT = 1;

    FirstWeights {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        unscaled = List.copyOf(unscaled);
    }

    /** Draws the weights of layers, as far as the options ask for new ones. */
    static FirstWeights draw(TfModel model, List<LayerGroup> groups, LsuvOptions options, Progress progress) {
        try (Orthonormal orthonormal = new Orthonormal(options.run())) {
            Draw draw = new Draw(model, options, orthonormal);
            for (int i = 0; i < groups.size(); i++) {
                progress.report(Progress.Phase.WEIGHTS, i, groups.size());
                draw.group(groups.get(i));
            }
            progress.report(Progress.Phase.WEIGHTS, groups.size(), groups.size());
            return new FirstWeights(draw.values, draw.unscaled);
        }
    }

    private static final class Draw {
        private final TfModel model;
        private final LsuvOptions options;
        private final Orthonormal orthonormal;
        private final Map<String, OnnxTensor> values = new LinkedHashMap<>();
        private final List<UnscaledWeight> unscaled = new ArrayList<>();

        Draw(TfModel model, LsuvOptions options, Orthonormal orthonormal) {
            this.model = model;
            this.options = options;
            this.orthonormal = orthonormal;
        }

        void group(LayerGroup group) {
            WeightedLayer leader = group.leader();
            if (options.initializer() == Initializer.ORTHONORMAL) {
                long seed = Gaussian.mix(options.seed(), leader.index());
                OnnxTensor drawn = orthonormal.draw(leader.kernel(), leader.weight(), seed);
                OnnxTensor old = stored(group.weight());
                OnnxTensor rounded = StoredWeights.rounded(drawn, old);
                values.put(group.weight(), rounded);
                leader.weight()
                        .gain()
                        .ifPresent(gain -> values.put(gain.source(), Gains.norms(rounded, stored(gain.source()))));
                ReleasedMemory.add(old.byteCount());
            }
            for (WeightedLayer use : group.uses()) {
                use.recurrent().ifPresent(state -> recurrent(use, state));
                if (options.biasRule() == BiasRule.ZERO) {
                    use.bias()
                            .map(WeightedLayer.Bias::weight)
                            .ifPresent(bias -> values.put(bias, StoredWeights.zeros(stored(bias))));
                }
            }
        }

        /** The weights of the state of a recurrent layer keep the lengths of what they turn: they are not scaled. */
        private void recurrent(WeightedLayer use, OnnxLayer.Recurrent state) {
            String name = state.weight().source();
            if (options.initializer() == Initializer.ORTHONORMAL && !values.containsKey(name)) {
                long seed = Gaussian.mix(Gaussian.mix(options.seed(), use.index()), RECURRENT);
                OnnxTensor drawn = orthonormal.draw(state.kernel(), state.weight(), seed);
                values.put(name, StoredWeights.rounded(drawn, stored(name)));
            }
            if (unscaled.stream().noneMatch(found -> found.weight().equals(name))) {
                unscaled.add(new UnscaledWeight(name, use.name(), use.op(), options.initializer()));
            }
        }

        private OnnxTensor stored(String name) {
            return model.weight(name).value();
        }
    }
}
