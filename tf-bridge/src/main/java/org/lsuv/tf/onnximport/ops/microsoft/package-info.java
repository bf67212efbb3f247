/**
 * The converters of the {@code com.microsoft} domain: the fused operators that ONNX Runtime's optimiser and
 * exporters write, one class a group, listed by {@link org.lsuv.tf.onnximport.ops.microsoft.MicrosoftOps}.
 *
 * <p>They reuse what the operators of ONNX's own domain are made of. An operator that has a weight marks its
 * product before bias and activation, as {@link org.lsuv.tf.onnximport.NodeContext#linear} describes. What an
 * operator does is taken from its published schema and from what ONNX Runtime computes, which the tests
 * compare; forms that only share memory between steps are refused.
 */
@NullMarked
package org.lsuv.tf.onnximport.ops.microsoft;

import org.jspecify.annotations.NullMarked;
