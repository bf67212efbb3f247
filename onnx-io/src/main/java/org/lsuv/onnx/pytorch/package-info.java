/**
 * The way back into PyTorch: gives the weights of an exported model the names and layouts that
 * {@code model.state_dict()} has, so that {@code model.load_state_dict} takes them.
 *
 * <pre>{@code
 * StateDict dict = StateDict.of(model, initialised);
 * List<OnnxTensor> tensors = dict.parameters().stream().map(Parameter::tensor).toList();
 * WeightFile.write(tensors, Path.of("new.safetensors"), WeightFormat.SAFETENSORS, Overwrite.REFUSE);
 * }</pre>
 *
 * <p>Exporters keep most names: those tensors are taken as they are, of whatever type, also those that nothing
 * changed. Where constants were folded, names and layouts are lost, and a rule for each case finds them again
 * from what is left: the bias that is added to a product, or the module that the node came from ({@link
 * org.lsuv.onnx.pytorch.Recovery} lists the rules). Every name says which rule gave it. What no rule names is
 * {@linkplain org.lsuv.onnx.pytorch.Lost listed} with a reason and left out, and so is everything that would
 * get a name that something else has.
 *
 * <p>Two things only the model before initialisation tells: whether two weights were one parameter, and which
 * tensors are copies that were made since. Names of operators, files and engines are not known here.
 */
@NullMarked
package org.lsuv.onnx.pytorch;

import org.jspecify.annotations.NullMarked;
