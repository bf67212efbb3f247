/**
 * Writes the control flow of TensorFlow 1 as TensorFlow 2 does: loops of {@code Enter} and {@code NextIteration}, choices
 * of {@code Switch} and {@code Merge}, and arrays become {@code While} and {@code If}, which run functions, and lists.
 *
 * <pre>{@code
 * FunctionalControlFlow functional = FunctionalControlFlow.of(graph);
 * functional.notes().forEach(System.err::println);     // what stays as it is, and why
 * }</pre>
 *
 * <p>Arrays go first ({@link org.lsuv.tf.controlflow.ArrayLists}), then loops from the inside out ({@link
 * org.lsuv.tf.controlflow.LoopFrames}), then choices ({@link org.lsuv.tf.controlflow.SwitchedBranches}); both cut their
 * bodies out of the graph in the same way ({@link org.lsuv.tf.controlflow.BodyCut}). Constants that may be weights stay
 * around a body. What has another form than TensorFlow itself writes is {@linkplain
 * org.lsuv.tf.controlflow.NotFunctional left} as it is, which runs as well.
 *
 * <p>This package refuses to know files, variables and layers.
 */
@NullMarked
package org.lsuv.tf.controlflow;

import org.jspecify.annotations.NullMarked;
