package org.lsuv.tf.layers;

import java.util.Optional;
import java.util.OptionalInt;
import org.lsuv.onnx.layers.BiasShape;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.WeightPath;
import org.tensorflow.proto.NodeDef;

/**
 * Describes an operation that multiplies values by a weight.
 *
 * @param node the operation
 * @param weight how the operand is made from the weight
 * @param kernel which axes of the operand are fan-in and which are output channels
 * @param axis the axis of the output along which output channels lie, from 0, or from −1 for the last; empty
 *     where it is not one
 * @param bias what may be added as a bias; empty where nothing may
 */
record Product(NodeDef node, WeightPath weight, KernelLayout kernel, OptionalInt axis, Optional<BiasShape> bias) {}
