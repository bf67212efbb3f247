package org.lsuv.tf.diagnose;

/**
 * Says what comes back to one layer.
 *
 * @param layer the number of the layer
 * @param variance the mean square of the gradient with respect to the layer's output: the variance of the
 *     back-propagated signal
 * @param weightGradient ‖∇W‖, of the weight as it is stored
 * @param weight ‖W‖
 */
public record LayerGradient(int layer, double variance, double weightGradient, double weight) {

    /** Returns ‖∇W‖/‖W‖; a step of gradient descent changes the weight by this times the learning rate. */
    public double ratio() {
        return weightGradient / weight;
    }
}
