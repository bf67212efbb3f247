/**
 * The converters of control flow ({@link org.lsuv.tf.onnximport.ops.flow.ControlFlowOps}) and of the sequences and
 * optionals that pass through it ({@link org.lsuv.tf.onnximport.ops.flow.SequenceOps}).
 *
 * <p>If, Loop and Scan become functions of TensorFlow ({@link org.lsuv.tf.ControlFlow}), sequences its lists ({@link
 * org.lsuv.tf.onnximport.ops.flow.TensorLists}). What bodies compute is the business of all other converters: these refuse
 * to know.
 */
@NullMarked
package org.lsuv.tf.onnximport.ops.flow;

import org.jspecify.annotations.NullMarked;
