/**
 * Draws the weights with which layers start, by the schemes that {@link org.lsuv.tf.draw.Initializer} lists.
 *
 * <pre>{@code
 * try (Draws draws = new Draws(model.graph(), 1, TfOptions.defaults())) {
 *     OnnxTensor weight = draws.weight(Initializer.HE_NORMAL, model.layers().get(0));
 * }
 * }</pre>
 *
 * <p>Families of schemes share a road ({@link org.lsuv.tf.draw.Scheme}): independent numbers of a {@link
 * org.lsuv.tf.draw.Law} by the layer's {@link org.lsuv.tf.draw.Fans}, orthonormal matrices ({@link
 * org.lsuv.tf.draw.Orthonormal}) which TensorFlow decomposes, and those at the middle of a convolution's kernel ({@link
 * org.lsuv.tf.draw.DeltaKernel}). Each layer has a seed of its own, so that neither threads ({@link
 * org.lsuv.tf.draw.ParallelDraws}) nor the order of layers change what is drawn.
 *
 * <p>This package refuses to know data: what a layer makes of it, {@code org.lsuv.tf.init} measures and scales.
 */
@NullMarked
package org.lsuv.tf.draw;

import org.jspecify.annotations.NullMarked;
