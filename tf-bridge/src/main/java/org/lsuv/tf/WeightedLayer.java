package org.lsuv.tf;

import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OutputChannels;
import org.lsuv.onnx.layers.WeightPath;

/**
 * Describes an operation with a weight: y = W∗x, and the blob z = y + b that is measured.
 *
 * @param index the position in execution order
 * @param name the name in the source
 * @param op the operator in the source, such as {@code Conv}
 * @param weight the name of the weight, and how the operation's operand is made from it
 * @param kernel which axes of the operand are fan-in and which are output channels
 * @param linear y, the product before any bias
 * @param active which rows along the first axes of y count, a truth value each; empty where all do
 * @param bias the bias, if there is one
 * @param blob z, the product with its bias; the same as {@code linear} without one, as far as its rows
 *     count
 * @param output the name of z in the source, or where it has none, that of what its operation gives and one
 *     of z inside of it
 * @param channels how its output channels lie in z, and in y
 * @param activation what the non-linearity behind z gives, if one follows at once
 * @param recurrent the weights of the state of a recurrent operator, which are drawn and not scaled
 */
public record WeightedLayer(
        int index,
        String name,
        String op,
        WeightPath weight,
        KernelLayout kernel,
        TensorRef linear,
        Optional<TensorRef> active,
        Optional<Bias> bias,
        TensorRef blob,
        String output,
        OutputChannels channels,
        Optional<Activation> activation,
        Optional<OnnxLayer.Recurrent> recurrent) {

    /** Returns what is measured. */
    public TensorRef measured(MeasuringPoint point) {
        return at(point).map(Activation::tensor).orElse(blob);
    }

    /** Returns the name in the source of what is measured. */
    public String output(MeasuringPoint point) {
        return at(point).map(Activation::output).orElse(output);
    }

    private Optional<Activation> at(MeasuringPoint point) {
        return point == MeasuringPoint.POST ? activation : Optional.empty();
    }

    /**
     * Describes what a non-linearity gives.
     *
     * @param tensor the tensor
     * @param output its name in the source
     */
    public record Activation(TensorRef tensor, String output) {}

    /**
     * Describes the bias of a layer.
     *
     * @param weight the name of the stored bias
     * @param shape the shape in which it is added
     * @param tensor the bias
     * @param factor what the bias is multiplied by before it is added
     * @param broadcast how it is added to y
     */
    public record Bias(
            String weight, List<Long> shape, TensorRef tensor, double factor, OnnxLayer.Broadcast broadcast) {}
}
