/**
 * Exports TensorFlow graphs to ONNX: {@link org.lsuv.tf.onnxexport.OnnxExporter} walks the operations that the
 * outputs depend on, looks each up in the {@link org.lsuv.tf.onnxexport.TfOpRegistry}, and gives its converter a
 * {@link org.lsuv.tf.onnxexport.NodeExport}.
 *
 * <pre>{@code
 * OnnxModel onnx = OnnxExporter.export(model, ExportOptions.defaults()).model();
 * }</pre>
 *
 * <p>Layout costs no pass of its own. A tensor of the graph is known by an ONNX value and the order in which its
 * axes lie there ({@link org.lsuv.tf.onnxexport.Order}): a convolution gives channels first, an elementwise
 * operator takes what order its operands have, and a Transpose of TensorFlow is an order alone. A Transpose node is
 * written only where an operator asks for an order that a tensor does not have, once a tensor and order. Stored
 * tensors are written in the first order that is asked of them, and constants in any.
 *
 * <p>What the graph computes from constants or from sizes that are known is folded. Sizes that are fed freely stay
 * computed, as ONNX's own shape operators.
 *
 * <p>A While becomes a Loop, unless it runs a recurrent cell over a list and does nothing else: what a step computes
 * is read as a formula ({@link org.lsuv.tf.onnxexport.StepValue}), whatever operations it is made of, and compared
 * with those of LSTM, GRU and RNN.
 */
@NullMarked
package org.lsuv.tf.onnxexport;

import org.jspecify.annotations.NullMarked;
