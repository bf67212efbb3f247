package org.lsuv.tf.residual;

import org.lsuv.tf.TensorRef;
import org.lsuv.tf.WeightedLayer;

/**
 * Describes a highway join (Srivastava, Greff and Schmidhuber 2015): y = h·t + x·(1 − t) with a gate t = σ(W∗x + b).
 *
 * @param name the name of the sum in the source; that of its operation where the source has none
 * @param sum y
 * @param carried x
 * @param transformed h
 * @param gate the layer in front of the sigmoid
 * @param carries whether the sigmoid multiplies x and not h, so that the join carries where it is 1
 */
public record Highway(
        String name, TensorRef sum, TensorRef carried, TensorRef transformed, WeightedLayer gate, boolean carries) {}
