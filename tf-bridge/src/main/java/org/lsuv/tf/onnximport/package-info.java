/**
 * Imports ONNX graphs into TensorFlow: {@link org.lsuv.tf.onnximport.OnnxImporter} walks the nodes in
 * execution order, looks each up in the {@link org.lsuv.tf.onnximport.OpRegistry} by domain, operator
 * and since-version, and gives its converter a {@link org.lsuv.tf.onnximport.NodeContext}.
 *
 * <p>Adding an operator takes one static method in its family's class under {@code ops}, and one line
 * per since-version in that family's table. Values keep ONNX's layout (channels first) at every edge;
 * TensorFlow's layout optimiser moves what lies between.
 */
@NullMarked
package org.lsuv.tf.onnximport;

import org.jspecify.annotations.NullMarked;
