package org.lsuv.tf.init;

import org.lsuv.tf.draw.Initializer;

/**
 * Names a stored weight of a layer that is initialised and never scaled: the weights by which a recurrent
 * layer multiplies its state.
 *
 * @param weight the name of the stored tensor
 * @param layer the name of the layer
 * @param op the operator of the layer
 * @param initializer what the weight is now
 */
public record UnscaledWeight(String weight, String layer, String op, Initializer initializer) {}
