package org.lsuv.tf.diagnose;

import java.util.List;
import org.lsuv.tf.TensorRef;

/**
 * Describes a non-linearity: a function of single numbers that one or several operations compute of one tensor.
 *
 * @param root what it is a function of
 * @param output what it gives
 * @param nodes the operations between them, each after what it reads
 */
record ActivationFunction(TensorRef root, TensorRef output, List<String> nodes) {
    ActivationFunction {
        nodes = List.copyOf(nodes);
    }
}
