/**
 * Data batches from files: what a user hands over with {@code --data} becomes one tensor for each
 * input of the model, checked and in the types that the model declares.
 *
 * <pre>{@code
 * List<OnnxValue> inputs = OnnxReader.read(Path.of("model.onnx")).graph().inputs();
 * List<String> names = inputs.stream().map(OnnxValue::name).toList();
 * DataBatch batch = DataBatch.bind(inputs, List.of(DataArgument.parse("input=batch.npy", names)));
 * batch.warnings().forEach(System.err::println);
 * }</pre>
 *
 * <p>Three steps, each a class of its own. {@link org.lsuv.onnx.data.DataFile} recognises a file by
 * its first bytes and has {@link org.lsuv.onnx.data.NpyFile}, {@link org.lsuv.onnx.data.NpzFile} or
 * {@link org.lsuv.onnx.OnnxReader#readTensor} read it. {@link org.lsuv.onnx.data.DataBatch#bind}
 * gives each array to an input, compares shapes and converts types where the meaning stays; every
 * conversion is a note. What is legal but spoils an initialisation (a scale far from 1, channels in
 * the wrong place, too few rows) is a warning, measured by {@link
 * org.lsuv.onnx.data.TensorStatistics}.
 *
 * <p>Files are hostile until checked: no memory is taken before a header agrees with the size of its
 * file. Little-endian row-major {@code .npy} files of any size are mapped, not copied, and so must
 * not be changed while they are in use.
 *
 * <p>The way out is {@link org.lsuv.onnx.data.WeightFile}: tensors by name, in safetensors or {@code .npz}.
 *
 * <p>Data is never scaled, transposed or reshaped here: that is a decision of the user, and the
 * message says which. Neither the operators of the model nor an engine to run it are known.
 */
@NullMarked
package org.lsuv.onnx.data;

import org.jspecify.annotations.NullMarked;
