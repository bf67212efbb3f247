package org.lsuv.onnx.layers;

import java.util.Optional;
import org.lsuv.onnx.OnnxNode;

/**
 * Describes an operator with a weight.
 *
 * @param index the position among the layers, in execution order
 * @param name the name of the node; that of its output where the node has none
 * @param node the node of the product
 * @param weight how the weight operand is made from what is stored
 * @param kernel which axes of the operand are fan-in and which are outputs
 * @param bias how the bias is made from what is stored, if there is one: the operator's own, or that of
 *     the {@code Add} that follows
 * @param biasFactor what the operator multiplies its bias by: {@code beta} of {@code Gemm}, else 1
 * @param output the name of the product with its bias: the blob that LSUV measures
 */
public record OnnxLayer(
        int index,
        String name,
        OnnxNode node,
        WeightPath weight,
        KernelLayout kernel,
        Optional<WeightPath> bias,
        float biasFactor,
        String output) {}
