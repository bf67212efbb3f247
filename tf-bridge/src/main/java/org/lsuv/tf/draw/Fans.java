package org.lsuv.tf.draw;

import java.util.List;
import java.util.Set;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.WeightPath;

/**
 * Holds how many weights one output of a matrix sums over, and how many outputs one input reaches.
 *
 * @param in input channels of the matrix times positions of the kernel
 * @param out output channels of the matrix times positions
 * @param positions the positions of a convolution's kernel; 1 for other layers
 */
record Fans(double in, double out, double positions) {
    /** TensorFlow's convolutions have the positions in front, ONNX's behind. */
    private static final Set<String> POSITIONS_FIRST = Set.of(
            "Conv1D", "Conv2D", "Conv2DBackpropInput", "Conv3D", "Conv3DBackpropInputV2", "DepthwiseConv2dNative");

    static Fans of(String op, KernelLayout kernel, WeightPath path) {
        List<Long> shape = path.operandShape();
        int spatial = positionAxes(op, shape.size());
        int from = arePositionsFirst(op) ? 0 : shape.size() - spatial;
        double positions = shape.subList(from, from + spatial).stream().reduce(1L, Math::multiplyExact);
        // The matrix of a convolution has the positions on the side of the inputs, of a transposed one opposite.
        double matrix = (double) kernel.fanIn() * kernel.fanOut() / positions;
        boolean transposed = positions > 1 && isTransposed(op);
        double in = transposed ? kernel.fanIn() : kernel.fanIn() / positions;
        return new Fans(in * positions, matrix / in * positions, positions);
    }

    /** Returns how many axes of a kernel count positions. */
    static int positionAxes(String op, int rank) {
        return op.contains("Conv") ? Math.max(rank - 2, 0) : 0;
    }

    static boolean arePositionsFirst(String op) {
        return POSITIONS_FIRST.contains(op);
    }

    static boolean isTransposed(String op) {
        return op.contains("Transpose") || op.contains("BackpropInput");
    }

    double of(Scheme.Fan fan) {
        return switch (fan) {
            case IN -> in;
            case OUT -> out;
            case AVERAGE -> (in + out) / 2;
        };
    }
}
