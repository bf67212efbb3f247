package org.lsuv.tf.residual;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/**
 * Follows a common positive factor of some values through a part of a graph: a value of degree d is multiplied by
 * the factor's d-th power. Degree 1 is in proportion, degree 0 untouched, NaN anything else.
 *
 * <p>What is stored and added, as biases and epsilons are, does not count: it is small or zero, and its share
 * of a variance is measured when weights are scaled. The running statistics of batch normalisations count as those
 * of the batch.
 */
final class Degrees {
    private static final Set<String> SAME = Set.of(
            "Abs",
            "AvgPool",
            "AvgPool3D",
            "BatchToSpaceND",
            "BroadcastTo",
            "Cast",
            "CheckNumerics",
            "Cumsum",
            "DepthToSpace",
            "EnsureShape",
            "ExpandDims",
            "GatherNd",
            "GatherV2",
            "Identity",
            "LeakyRelu",
            "Max",
            "MaxPool",
            "MaxPool3D",
            "MaxPoolV2",
            "Mean",
            "Min",
            "MirrorPad",
            "Neg",
            "Pad",
            "PreventGradient",
            "Relu",
            "Reshape",
            "ResizeBicubic",
            "ResizeBilinear",
            "ResizeNearestNeighbor",
            "ReverseV2",
            "Roll",
            "Slice",
            "Snapshot",
            "SpaceToBatchND",
            "SpaceToDepth",
            "Split",
            "SplitV",
            "Squeeze",
            "StopGradient",
            "StridedSlice",
            "Sum",
            "Tile",
            "Transpose",
            "Unpack");

    private static final Set<String> SUMS =
            Set.of("Add", "AddN", "AddV2", "BiasAdd", "ConcatV2", "Pack", "PadV2", "Select", "SelectV2", "Sub");

    private static final Set<String> PRODUCTS = Set.of(
            "BatchMatMul",
            "BatchMatMulV2",
            "BatchMatMulV3",
            "Conv",
            "Conv2D",
            "Conv2DBackpropInput",
            "Conv3D",
            "Conv3DBackpropInputV2",
            "DepthwiseConv2dNative",
            "Einsum",
            "MatMul",
            "Mul");

    private static final Map<String, Double> POWERS =
            Map.of("Inv", -1.0, "Reciprocal", -1.0, "Rsqrt", -0.5, "Sqrt", 0.5, "Square", 2.0);

    private final DataFlow flow;
    private final Map<String, BatchNorm> statistics;
    private final Map<Integer, Double> degrees = new HashMap<>();
    private final Set<Integer> region;

    /**
     * Follows a factor.
     *
     * @param norms the batch normalisations whose statistics are those of the batch
     * @param region the operations of the part, in execution order; all other data is untouched
     * @param scaled the operations whose results have the factor, data or weights
     */
    Degrees(DataFlow flow, Map<String, BatchNorm> norms, List<Integer> region, Set<Integer> scaled) {
        this.flow = flow;
        this.statistics = norms;
        this.region = Set.copyOf(region);
        scaled.forEach(node -> degrees.put(node, 1.0));
        region.forEach(this::of);
    }

    /** Returns the degree of a value. */
    double of(TensorRef tensor) {
        return of(flow.position(tensor));
    }

    private double of(int node) {
        Double known = degrees.get(node);
        if (known != null) {
            return known;
        }
        // Old-style loops come back here.
        degrees.put(node, Double.NaN);
        boolean data = flow.isData(new TensorRef(flow.node(node).getName(), 0));
        double degree = data && !region.contains(node) ? 0 : compute(node);
        degrees.put(node, degree);
        return degree;
    }

    private double compute(int node) {
        String weight = flow.weight(node);
        if (weight != null) {
            BatchNorm norm = statistics.get(weight);
            return norm == null ? 0 : of(norm.input()) * (weight.equals(norm.variance()) ? 2 : 1);
        }
        String op = flow.op(node);
        if (DataFlow.SIZES.contains(op)) {
            return 0;
        }
        List<TensorRef> inputs = flow.inputs(node);
        double[] each = inputs.stream().mapToDouble(this::of).toArray();
        if (Arrays.stream(each).allMatch(degree -> degree == 0)) {
            return 0;
        }
        if (SUMS.contains(op)) {
            return common(inputs, each);
        }
        if (SAME.contains(op) || PRODUCTS.contains(op)) {
            return Arrays.stream(each).sum();
        }
        return switch (op) {
            case "Div", "DivNoNan", "RealDiv" -> each[0] - each[1];
            case "SquaredDifference" -> 2 * common(inputs, each);
            case "Maximum", "Minimum" -> extreme(inputs, each);
            case "Pow" -> power(inputs, each);
            case "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3" -> normalised(flow.node(node), each);
            default -> POWERS.containsKey(op) ? each[0] * POWERS.get(op) : Double.NaN;
        };
    }

    /** Returns the degree that all operands have; stored ones without the factor do not count. */
    private double common(List<TensorRef> inputs, double[] each) {
        double[] counted = IntStream.range(0, each.length)
                .filter(i -> each[i] != 0 || flow.isData(inputs.get(i)))
                .mapToDouble(i -> each[i])
                .toArray();
        for (double degree : counted) {
            if (degree != counted[0]) {
                return Double.NaN;
            }
        }
        return counted[0];
    }

    /** A maximum with zero is a ReLU. */
    private double extreme(List<TensorRef> inputs, double[] each) {
        for (int i = 0; i < each.length; i++) {
            OptionalDouble constant = Scalars.of(flow.node(flow.position(inputs.get(i))));
            if (constant.isPresent()) {
                return constant.getAsDouble() == 0 ? each[1 - i] : Double.NaN;
            }
        }
        return each[0] == each[1] ? each[0] : Double.NaN;
    }

    private double power(List<TensorRef> inputs, double[] each) {
        OptionalDouble exponent = Scalars.of(flow.node(flow.position(inputs.get(1))));
        return exponent.isPresent() ? each[0] * exponent.getAsDouble() : Double.NaN;
    }

    /** The operands are x, scale, offset, mean, variance; in training form the last two come from x. */
    private static double normalised(NodeDef node, double[] each) {
        return node.getAttrOrThrow("is_training").getB() ? each[1] : each[0] + each[1] - each[4] / 2;
    }
}
