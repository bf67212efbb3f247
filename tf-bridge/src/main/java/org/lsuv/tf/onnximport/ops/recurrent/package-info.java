/**
 * The converters of RNN, GRU and LSTM, listed by {@link org.lsuv.tf.onnximport.ops.recurrent.RecurrentOps}.
 *
 * <p>A node is checked and taken apart once ({@link org.lsuv.tf.onnximport.ops.recurrent.RecurrentNode}), its weights are
 * cut into directions and gates ({@link org.lsuv.tf.onnximport.ops.recurrent.RecurrentWeights}), and one loop ({@link
 * org.lsuv.tf.onnximport.ops.recurrent.RecurrentLoop}) runs the {@link
 * org.lsuv.tf.onnximport.ops.recurrent.RecurrentCell} of each direction. A new kind of layer is a new cell: it refuses to
 * know steps, lengths of rows and directions.
 */
@NullMarked
package org.lsuv.tf.onnximport.ops.recurrent;

import org.jspecify.annotations.NullMarked;
