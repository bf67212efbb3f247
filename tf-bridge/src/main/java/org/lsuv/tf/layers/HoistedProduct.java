package org.lsuv.tf.layers;

import java.util.Optional;
import org.lsuv.tf.TensorRef;

/**
 * Describes a product that was taken out of a loop.
 *
 * @param product the product for all iterations
 * @param bias what the loop adds to it, outside of the loop, if it is a weight
 * @param active which steps of which rows count, steps × rows; empty where all do
 * @param blob the product with its bias, as far as its steps count, which nothing reads; empty for the product itself
 * @param state what the state of the loop is multiplied by, outside of the loop, if there is one such weight
 * @param step what the loop does with the product
 */
record HoistedProduct(
        TensorRef product,
        Optional<TensorRef> bias,
        Optional<TensorRef> active,
        Optional<TensorRef> blob,
        Optional<TensorRef> state,
        RecurrentStep step) {}
