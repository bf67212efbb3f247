/**
 * The converters of attention of every kind, of ONNX's own domain and its preview, listed by {@link
 * org.lsuv.tf.onnximport.ops.attention.AttentionOps}.
 *
 * <p>They are put together from parts that the fused operators of ONNX Runtime use as well: {@link
 * org.lsuv.tf.onnximport.ops.attention.Heads} splits and joins channels, {@link
 * org.lsuv.tf.onnximport.ops.attention.AttentionMask} says what a query may see, {@link
 * org.lsuv.tf.onnximport.ops.attention.DotProduct} computes scores and results, {@link
 * org.lsuv.tf.onnximport.ops.attention.RotaryConverter} turns positions into angles. The parts refuse to know which
 * operator asks.
 */
@NullMarked
package org.lsuv.tf.onnximport.ops.attention;

import org.jspecify.annotations.NullMarked;
