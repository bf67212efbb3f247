/**
 * Weights that the graph itself puts together from stored tensors, or cuts out of them. PyTorch exports its
 * recurrent layers so where constants are not folded, and the projections of a cross attention always.
 *
 * <pre>{@code
 * GatheredWeights gathered = GatheredWeights.of(model);
 * OnnxModel plain = gathered.folded();                       // the same network, its weights stored as they are read
 * OnnxModel changed = model.withWeights(gathered.scattered(newWeights)); // new values go where they come from
 * }</pre>
 *
 * <p>Which element of an operand is which stored one, ONNX Runtime tells: it runs that part of the graph on tensors
 * that hold their own positions, so no rule of any operator is written down here a second time. What is found is checked
 * on the values of the file, bit for bit. What is no rearrangement, or has an element twice, is left as it is; operands that are
 * the same elements in the same order are one weight. Bounds that follow from sizes of inputs count as constants where
 * the model fixes these sizes ({@link org.lsuv.onnx.gathered.StaticSizes}).
 *
 * <p>It refuses to know what a layer is; {@link org.lsuv.onnx.layers.RearrangedOperands} says what may be one's weight.
 */
@NullMarked
package org.lsuv.onnx.gathered;

import org.jspecify.annotations.NullMarked;
