/**
 * Finds the layers of an ONNX graph that have weights: {@link org.lsuv.onnx.layers.OnnxLayers#find}
 * lists convolutions and products of which one operand comes from a stored tensor, how that operand is
 * made from what is stored ({@link org.lsuv.onnx.layers.WeightPath}), which of its axes are fan-in and
 * which are output channels ({@link org.lsuv.onnx.layers.KernelLayout}), and the bias that follows.
 * Where the product is no value of the graph, because its node does more with it, the layer names it after
 * the node's first output ({@link org.lsuv.onnx.layers.OnnxLayer#inner}). Stored tensors that look like weights, but are none of a layer's, it lists with the reason ({@link
 * org.lsuv.onnx.layers.NotInitialised}).
 *
 * <pre>{@code
 * for (OnnxLayer layer : OnnxLayers.find(model.graph()).layers()) {
 *     System.out.println(layer.name() + " fan-in " + layer.kernel().fanIn());
 * }
 * }</pre>
 *
 * <p>It reads structure alone, computes nothing and needs no runtime.
 */
@NullMarked
package org.lsuv.onnx.layers;

import org.jspecify.annotations.NullMarked;
