/**
 * SavedModels, TensorFlow's own format: a folder with graphs ({@code saved_model.pb}) and a checkpoint with the values
 * of their variables ({@code variables/}).
 *
 * <pre>{@code
 * SavedModel saved = SavedModelReader.read(folder);
 * SavedNetwork network = SavedModelImporter.open(saved, SavedModelOptions.defaults());
 * TfModel model = network.model();
 * }</pre>
 *
 * <p>A signature becomes a flat graph ({@code org.lsuv.tf.nodes}) in a row of passes, each of which takes a graph and
 * gives another one: its inputs become placeholders, calls of functions are replaced by their bodies ({@link
 * org.lsuv.tf.savedmodel.FunctionInliner}), variables by placeholders ({@link
 * org.lsuv.tf.savedmodel.VariableReplacement}), what only training needs is taken out ({@link
 * org.lsuv.tf.savedmodel.Inference}), loops, choices and arrays of TensorFlow 1 are written as TensorFlow 2 writes them
 * ({@code org.lsuv.tf.controlflow}), and constants that are weights are fed as well ({@link
 * org.lsuv.tf.savedmodel.StoredWeights}). What the outputs do not need is dropped in between. Order that is given by
 * control edges alone does not survive, since what is left has no side effects.
 *
 * <p>The files are read and written without TensorFlow's runtime, the checkpoint by {@code org.lsuv.tf.bundle}.
 * Everything else in the folder stays as it is, byte for byte.
 *
 * <p>This package refuses to know what a layer is.
 */
@NullMarked
package org.lsuv.tf.savedmodel;

import org.jspecify.annotations.NullMarked;
