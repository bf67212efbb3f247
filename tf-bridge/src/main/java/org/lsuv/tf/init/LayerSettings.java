package org.lsuv.tf.init;

import org.lsuv.tf.draw.Initializer;

/**
 * Holds what is done with one layer: what the options say, and what the first rule of the plan that matches it puts
 * in their place.
 */
record LayerSettings(Initializer initializer, Rescale rescale, BiasRule biases, double targetVariance, boolean skip) {

    /** Returns what becomes of the bias: {@link BiasRule#AUTO} only where the initialiser has a rule of its own. */
    BiasRule biasRule() {
        if (biases != BiasRule.AUTO) {
            return biases;
        }
        if (initializer == Initializer.KEEP) {
            return BiasRule.KEEP;
        }
        return initializer.drawsBiases() ? BiasRule.AUTO : BiasRule.ZERO;
    }
}
