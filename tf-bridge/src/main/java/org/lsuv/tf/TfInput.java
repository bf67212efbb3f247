package org.lsuv.tf;

import org.lsuv.onnx.OnnxType;
import org.tensorflow.ndarray.Shape;

/**
 * Describes an input of a model.
 *
 * @param name the name in the source
 * @param tensor the placeholder
 * @param type the element type in the source
 * @param shape the shape that the graph was built for; unknown sizes are fed freely
 */
public record TfInput(String name, TensorRef tensor, OnnxType type, Shape shape) {}
