/**
 * ONNX files as immutable values: {@link org.lsuv.onnx.OnnxReader} turns a file into an {@link
 * org.lsuv.onnx.OnnxModel}, passes look at its {@link org.lsuv.onnx.OnnxGraph}, {@link
 * org.lsuv.onnx.OnnxModel#withWeights} gives a model with new weights, and {@link
 * org.lsuv.onnx.OnnxWriter} stores it.
 *
 * <pre>{@code
 * OnnxModel model = OnnxReader.read(Path.of("model.onnx"));
 * OnnxModel initialised = model.withWeights(Map.of("conv1.weight", weight));
 * OnnxWriter.write(initialised, Path.of("out.onnx"), Overwrite.REFUSE);
 * }</pre>
 *
 * <p>The Protobuf message stays the only store: everything that is not asked to change, unknown
 * fields and storage form included, goes through untouched. Protobuf types appear nowhere in the
 * public API. This package knows the structure of ONNX files; what the operators compute is not its
 * business, and TensorFlow is never seen here. If, Loop and Scan are structure, too: {@link
 * org.lsuv.onnx.BodyUnrolling} puts their bodies where they run.
 *
 * <p>Files are hostile until checked: sizes are bounded before memory is taken, and external data
 * stays inside the folder of its model. What is wrong ends in an {@link
 * org.lsuv.onnx.OnnxFormatException} that names file, node and tensor.
 */
@NullMarked
package org.lsuv.onnx;

import org.jspecify.annotations.NullMarked;
