/**
 * LSUV in a running TensorFlow program: {@link org.lsuv.tf.live.LiveLsuv} initialises the variables of a graph and
 * session of TensorFlow's Java API.
 *
 * <pre>{@code
 * LsuvReport report = LiveLsuv.on(graph, session)
 *         .outputs("logits")
 *         .options(LsuvOptions.defaults().withSeed(1))
 *         .initialize(Map.of("images", batch));
 * }</pre>
 *
 * <p>{@link org.lsuv.tf.live.LiveModel} is the {@link org.lsuv.tf.TfModel} between: a copy of the graph in which
 * placeholders stand for variables, and the values that these had when it was made. All passes run on the copy, in
 * sessions of their own; the program's session only reads variables and, at the end, assigns all of them in one run,
 * so that it is left as it was when anything fails. The program's graph gains what reads and assigns, under the name
 * {@code lsuv}, once.
 *
 * <p>{@link org.lsuv.tf.live.FunctionModel} makes a model of a function of an eager program, whose weights are
 * arguments.
 *
 * <p>This package refuses to know how layers are found and what LSUV is.
 */
@NullMarked
package org.lsuv.tf.live;

import org.jspecify.annotations.NullMarked;
