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
 * <p>The copy is a {@link org.lsuv.tf.savedmodel.FlattenedGraph}: calls of functions are replaced by their bodies, whose
 * values are called {@code call/node}, variables are followed through them and through loops, and what only training
 * needs, such as dropout, is taken out, as for a SavedModel. A value that is given for a placeholder that is then needed
 * no more is left out with a note.
 *
 * <p>{@link org.lsuv.tf.live.FunctionModel} makes a model of a function of an eager program, whose weights are
 * arguments: of a graph that calls the function, with variables for its weights.
 *
 * <p>This package refuses to know how layers are found and what LSUV is.
 */
@NullMarked
package org.lsuv.tf.live;

import org.jspecify.annotations.NullMarked;
