/**
 * The converters of the {@code ai.onnx.ml} domain: classical machine learning in front of or behind a network,
 * listed by {@link org.lsuv.tf.onnximport.ops.ml.MlOps}.
 *
 * <p>The domain has a way of its own with types: a number may come as any of several, attributes hold the
 * model, and what is chosen by a feature may be a string. Its models have no weights that LSUV would scale;
 * they are converted so that a pipeline runs as a whole.
 */
@NullMarked
package org.lsuv.tf.onnximport.ops.ml;

import org.jspecify.annotations.NullMarked;
