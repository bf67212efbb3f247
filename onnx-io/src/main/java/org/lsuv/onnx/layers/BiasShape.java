package org.lsuv.onnx.layers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Tells which tensors that are added to a product are a bias: those that vary along axes that the weight
 * makes, and no others. A positional embedding is added like a bias, but varies along positions, too.
 *
 * @param axes the sizes of the output's axes that the weight makes, counted from the last, which is 1
 * @param channels the one of them along which a bias must have a value for each channel
 */
public record BiasShape(Map<Integer, Long> axes, int channels) {
    public BiasShape {
        axes = Map.copyOf(axes);
    }

    /** Describes what is added to a convolution: one value a channel, behind which come all axes of a window. */
    public static BiasShape ofConvolution(List<Long> kernel, long channels) {
        return along(kernel.size() - 1, channels);
    }

    /**
     * Describes what is added to channels along one axis.
     *
     * @param fromEnd the axis, counted from the last, which is 1
     */
    public static BiasShape along(int fromEnd, long channels) {
        return new BiasShape(Map.of(fromEnd, channels), fromEnd);
    }

    /**
     * Describes what is added to a product with matrices.
     *
     * @param weight the shape of the weight, whose axes but the last two count matrices
     * @param channels the number of outputs of one matrix
     * @param onTheLeft whether the weight is the left operand, so that its outputs are rows
     */
    public static BiasShape ofProduct(List<Long> weight, long channels, boolean onTheLeft) {
        Map<Integer, Long> axes = new HashMap<>();
        for (int axis = 0; axis < weight.size() - 2; axis++) {
            axes.put(weight.size() - axis, weight.get(axis));
        }
        axes.put(onTheLeft ? 2 : 1, channels);
        return new BiasShape(axes, onTheLeft ? 2 : 1);
    }

    /** Tells whether what is added in this shape is a bias. */
    public boolean fits(List<Long> shape) {
        int rank = shape.size();
        if (rank < channels || !shape.get(rank - channels).equals(axes.get(channels))) {
            return false;
        }
        for (int axis = 0; axis < rank; axis++) {
            if (shape.get(axis) != 1 && !Objects.equals(axes.get(rank - axis), shape.get(axis))) {
                return false;
            }
        }
        return true;
    }
}
