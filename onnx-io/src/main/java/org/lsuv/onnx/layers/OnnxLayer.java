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
 * @param bias the bias, if there is one that is stored: the operator's own, or that of the {@code Add}
 *     that follows
 * @param output the name of the product with its bias: the blob that LSUV measures. Where no value of the graph
 *     holds it, the name of the node's first output, a slash, and {@code inner}: {@code Y/gates}
 * @param inner what such a blob is called inside of its node: {@code gates}, the pre-activations of all steps of
 *     a recurrent operator as far as its input makes them, direction by direction and gate by gate; {@code
 *     qkv}, the queries, keys and values of an attention; {@code product}, what comes before a fused activation
 *     or sum
 * @param channels how its output channels lie in it
 * @param activation the name of what the non-linearity behind the blob gives, if one follows at once
 * @param recurrent the weights of the state, for a recurrent operator that has them stored
 */
public record OnnxLayer(
        int index,
        String name,
        OnnxNode node,
        WeightPath weight,
        KernelLayout kernel,
        Optional<Bias> bias,
        String output,
        Optional<String> inner,
        OutputChannels channels,
        Optional<String> activation,
        Optional<Recurrent> recurrent) {

    /** Returns the name of the value that is measured. */
    public String measured(MeasuringPoint point) {
        return point == MeasuringPoint.POST ? activation.orElse(output) : output;
    }

    /**
     * Describes the bias of a layer.
     *
     * @param path how it is made from what is stored
     * @param factor what it is multiplied by: {@code beta} of {@code Gemm}, else 1
     * @param broadcast how it is added
     */
    public record Bias(WeightPath path, float factor, Broadcast broadcast) {}

    /**
     * Describes weights that multiply the state of a recurrent operator: they are drawn, and never scaled.
     *
     * @param weight how the operand is made from what is stored
     * @param kernel which axes of the operand are fan-in and which are outputs
     */
    public record Recurrent(WeightPath weight, KernelLayout kernel) {}

    /** Lists how a bias meets the product. */
    public enum Broadcast {
        /** One value a channel, along axis 1: the bias of a convolution. */
        CHANNELS,
        /** Axes align from the last: the bias of {@code Gemm}, or of {@code Add}. */
        TRAILING
    }
}
