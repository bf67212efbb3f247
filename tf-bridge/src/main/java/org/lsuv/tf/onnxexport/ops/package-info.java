/**
 * The converters from TensorFlow's operations, one class a family, one static method an operation. {@link
 * org.lsuv.tf.onnxexport.ops.ExportedOps} is the table of contents.
 */
@NullMarked
package org.lsuv.tf.onnxexport.ops;

import org.jspecify.annotations.NullMarked;
