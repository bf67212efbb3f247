/**
 * Checkpoints of TensorFlow, read and written without its runtime: {@link org.lsuv.tf.bundle.TensorBundle} gives tensors
 * by key, and says which bytes of which file change where they get new values.
 *
 * <pre>{@code
 * TensorBundle bundle = TensorBundle.open(folder.resolve("variables/variables"));
 * OnnxTensor kernel = bundle.tensor("dense/kernel");
 * }</pre>
 *
 * <p>The index of a checkpoint is a table of LevelDB's ({@link org.lsuv.tf.bundle.SortedTable}), whose blocks may be
 * compressed ({@link org.lsuv.tf.bundle.Snappy}). A partitioned tensor lies there in parts ({@link
 * org.lsuv.tf.bundle.TensorPart}), under keys of their own ({@link org.lsuv.tf.bundle.OrderedCode}).
 *
 * <p>Files are hostile until checked: sizes are bounded before memory is taken, checksums are compared, and no name in a
 * file leads out of its folder. This package refuses to know what a variable is, and which graph reads it.
 */
@NullMarked
package org.lsuv.tf.bundle;

import org.jspecify.annotations.NullMarked;
