package org.lsuv.tf;

import org.lsuv.onnx.OnnxTensor;

/**
 * Describes a stored tensor that is fed to the graph.
 *
 * @param name the name in the source, under which sinks take new values
 * @param tensor the placeholder
 * @param value the values that the source holds, in their own type
 */
public record Weight(String name, TensorRef tensor, OnnxTensor value) {}
