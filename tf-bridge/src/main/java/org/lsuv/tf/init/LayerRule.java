package org.lsuv.tf.init;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.draw.Initializer;

/**
 * Holds what a plan says about some layers, in place of the options for all.
 *
 * @param match the layers, by a part of their or their weight's name
 * @param initializer what their weights are before they are scaled
 * @param rescale what happens to them then
 * @param biases what becomes of their biases
 * @param targetVariance the variance that their outputs shall have
 * @param skip whether they are left as they are
 */
public record LayerRule(
        Pattern match,
        Optional<Initializer> initializer,
        Optional<Rescale> rescale,
        Optional<BiasRule> biases,
        OptionalDouble targetVariance,
        boolean skip) {
    public LayerRule {
        targetVariance.ifPresent(LsuvOptions::requireVariance);
    }

    /** Tells whether the rule is for a layer. */
    public boolean matches(WeightedLayer layer) {
        return match.matcher(layer.name()).find()
                || match.matcher(layer.weight().source()).find();
    }
}
