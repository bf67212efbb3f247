/**
 * The converters, one class a family of operators, each with its table ({@code addTo}). {@link
 * org.lsuv.tf.onnximport.ops.StandardOps} lists the families. Those of many classes have packages of their own below
 * this one, and use what is shared here: {@link org.lsuv.tf.onnximport.ops.Size}, {@link
 * org.lsuv.tf.onnximport.ops.Axes}, {@link org.lsuv.tf.onnximport.ops.Channels} and others.
 *
 * <p>TensorFlow's Java API lacks classes for many of ONNX's element types. Their values are carried in a
 * wider one (see {@link org.lsuv.tf.TfTypes}), and {@link
 * org.lsuv.tf.onnximport.NodeContext#type} tells the ONNX type of an operand:
 *
 * <ul>
 *   <li>int8, int16 and integers of 4 and 2 bits as int32, uint32 as int64. What leaves the range wraps
 *       around ({@code Narrowing}).
 *   <li>uint64 as the int64 of the same bits. Two's complement makes addition, subtraction, multiplication,
 *       equality and moves right as they are; where the order or the value matters, the bits go through
 *       TensorFlow's own uint64 kernels, which can be named in a graph though not in Java ({@code
 *       Unsigned64}).
 *   <li>float16, bfloat16 and the 8-bit and 4-bit formats as float32. Only casts, quantisation and what
 *       draws random numbers round to the narrow type; arithmetic keeps the digits of float32.
 *   <li>float8e8m0 as float64: its least number is none that TensorFlow keeps in float32.
 * </ul>
 */
@NullMarked
package org.lsuv.tf.onnximport.ops;

import org.jspecify.annotations.NullMarked;
