package org.lsuv.tf.layers;

import java.util.Optional;
import org.lsuv.tf.TensorRef;

/**
 * Describes a product that was taken out of a loop.
 *
 * @param product the product for all iterations
 * @param bias what the loop adds to it, outside of the loop, if it is a weight
 * @param biased the product with its bias, which nothing reads
 * @param state what the state of the loop is multiplied by, outside of the loop, if there is one such weight
 * @param step what the loop does with the product
 */
record HoistedProduct(
        TensorRef product,
        Optional<TensorRef> bias,
        Optional<TensorRef> biased,
        Optional<TensorRef> state,
        RecurrentStep step) {}
