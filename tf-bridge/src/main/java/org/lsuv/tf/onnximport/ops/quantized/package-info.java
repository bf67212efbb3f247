/**
 * The converters of quantisation ({@link org.lsuv.tf.onnximport.ops.quantized.QuantizeOps}), of the operators that compute
 * with quantised integers ({@link org.lsuv.tf.onnximport.ops.quantized.QLinearOps}), and of those of ONNX Runtime ({@link
 * org.lsuv.tf.onnximport.ops.quantized.MicrosoftQuantizeOps}).
 *
 * <p>What lies between is computed in numbers that hold every sum of products, by the converters of the plain operators;
 * this package knows scales, zero points and rounding ({@link org.lsuv.tf.onnximport.ops.quantized.Quantized}), and
 * refuses to know what a product or a pooling is.
 */
@NullMarked
package org.lsuv.tf.onnximport.ops.quantized;

import org.jspecify.annotations.NullMarked;
