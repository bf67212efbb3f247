/**
 * Finds the layers of a TensorFlow graph that comes without any: from a SavedModel, a frozen graph or a live
 * session. {@link org.lsuv.tf.layers.TfLayers} is to such graphs what {@code org.lsuv.onnx.layers} is to ONNX
 * models, and gives the same records.
 *
 * <p>An operation is a layer if exactly one of its operands traces back to a weight through operations that
 * rearrange elements, and the other depends on an input. What follows at once, its bias, what views its output
 * under another shape, how its channels are divided, its non-linearity, is read from the graph; sizes come from
 * TensorFlow's own shape inference, without a run.
 *
 * <pre>{@code
 * TfLayers found = TfLayers.find(graph, weights, List.of(output));
 * found.layers().forEach(layer -> System.out.println(layer.name() + " " + layer.kernel().fanIn()));
 * }</pre>
 *
 * <p>A kernel that multiplies input and state side by side, as the cells of TensorFlow 1 have it, is two weights of one
 * stored tensor: {@link org.lsuv.tf.layers.JointKernels} takes them apart before layers are looked for, and puts new
 * values together. Cells that one loop runs one upon another get a loop each before, by {@link
 * org.lsuv.tf.layers.StackedCells}.
 *
 * <p>This package refuses to know where the graph came from, and what happens to the layers.
 */
@NullMarked
package org.lsuv.tf.layers;

import org.jspecify.annotations.NullMarked;
