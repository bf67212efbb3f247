/**
 * Finds the residual structure of a network: where a stream meets a branch that was made from it.
 *
 * <pre>{@code
 * Residuals found = Residuals.find(model);
 * for (Join join : found.joins()) {
 *     // join.sum() = join.stream() + join.branch()
 * }
 * }</pre>
 *
 * <p>A join is a sum of two values of the data. Walking back from one of them, along operations that keep the
 * signal what it is ({@link org.lsuv.tf.residual.StreamWalk}), one comes to a value from which the other is
 * made: the fork. What lies between the fork and the other summand is the branch. It holds at least one
 * weighted layer; the stream holds none, or a projection alone, which changes sizes. This is all that
 * tells residual blocks of any kind (pre- and post-activation, bottlenecks, attention, MLP) from
 * what only looks like one: biases, masks, embeddings of positions, GELUs, gates of recurrent cells, pyramids of
 * features.
 *
 * <p>To set the variance of a branch one must know what its size depends on. {@link
 * org.lsuv.tf.residual.Degrees} follows powers of a common factor through the operations: where a factor
 * of the last layers comes out as it went in, they set the branch; where nothing of it comes out, a
 * normalisation lies between, and its own scale sets the branch.
 *
 * <p>This package looks at graphs and never runs one; it refuses to know what anybody does with joins.
 */
@NullMarked
package org.lsuv.tf.residual;

import org.jspecify.annotations.NullMarked;
