package org.lsuv.tf.gradients;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Lists the operations whose gradient TensorFlow 2.18 knows in C++ (tensorflow/cc/gradients), and the forms of them
 * for which it crashes or answers wrongly. Left out although registered are FusedBatchNormV3, which {@link
 * DifferentiableGraph} spells out; QuantizeAndDequantizeV4, whose gradient is never accepted; and calls of functions,
 * whose bodies have gradients of another list.
 */
final class RegisteredGradients {
    /** Operations with floating-point results through which TensorFlow lets no gradient pass. */
    static final Set<String> STOPS =
            Set.of("EditDistance", "Floor", "NonMaxSuppressionV5", "OneHot", "StopGradient", "ZerosLike");

    /** The ends of a loop: asked to go back through one that it did not build itself, TensorFlow crashes. */
    static final Set<String> LOOPS =
            Set.of("Enter", "Exit", "NextIteration", "RefEnter", "RefExit", "RefNextIteration");

    static final Set<String> OPERATIONS = Set.of("""
            Abs Acos Acosh Add AddN AddV2 Angle Asin Asinh Atan Atan2 Atanh AvgPool AvgPool3D BatchMatMul BatchMatMulV2
            BatchMatMulV3 BatchToSpace BatchToSpaceND BiasAdd BroadcastTo Cast CheckNumerics ClipByValue Complex ConcatV2
            Conj Conv2D Conv2DBackpropInput Cos Cosh CropAndResize Cumsum DepthToSpace DepthwiseConv2dNative Diag DiagPart
            Div DivNoNan DynamicPartition DynamicStitch Einsum Elu Erf Erfinv Exp ExpandDims Expm1 Fill FractionalAvgPool
            FractionalMaxPool GatherNd GatherV2 Identity Imag Inv L2Loss LRN LeakyRelu LeakyReluGrad Lgamma Log Log1p
            LogSoftmax MatMul MatrixBandPart MatrixDiag Max MaxPool MaxPool3D MaxPoolV2 Maximum Mean Min Minimum MirrorPad
            MirrorPadGrad Mul Ndtri Neg Pack Pad PadV2 ParallelDynamicStitch Pow Prod QuantizeAndDequantize
            QuantizeAndDequantizeV3 Real RealDiv Reciprocal Relu Relu6 Reshape ResizeBicubic ResizeBilinear
            ResizeNearestNeighbor ReverseSequence ReverseV2 Roll Rsqrt ScaleAndTranslate ScatterNd ScatterNdNonAliasingAdd
            SegmentSum Select SelectV2 Selu Sigmoid Sign Sin Sinh Slice Softmax SoftmaxCrossEntropyWithLogits Softplus
            Softsign SpaceToBatch SpaceToBatchND SpaceToDepth Split SplitV Sqrt Square SquaredDifference Squeeze
            StridedSlice Sub Sum Tan Tanh Tile Transpose Unpack UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentSum
            """.strip().split("\\s+"));

    /** An operation with the shapes of what it reads. */
    record Use(NodeDef node, List<Shape> shapes) {
        private AttrValue attribute(String name) {
            return node.getAttrOrDefault(name, AttrValue.getDefaultInstance());
        }

        private boolean says(String name, String value) {
            return attribute(name).getS().toStringUtf8().equals(value);
        }

        private boolean isNumber(String name, float value) {
            return !node.containsAttr(name) || attribute(name).getF() == value;
        }
    }

    /** A form of an operation that TensorFlow's gradient of it does not hold for. */
    private record Limit(String form, Predicate<Use> broken) {}

    private static final Limit EXPLICIT = new Limit("with explicit padding", use -> use.says("padding", "EXPLICIT"));
    private static final Limit DILATED = new Limit(
            "with dilations",
            use -> use.attribute("dilations").getList().getIList().stream().anyMatch(step -> step != 1));
    private static final Limit HALF_PIXELS = new Limit(
            "with half-pixel centers",
            use -> use.attribute("half_pixel_centers").getB());
    private static final Limit CHANNELS_FIRST =
            new Limit("with channels first", use -> use.says("data_format", "NCHW"));
    private static final Limit WIDE_AXIS =
            new Limit("with a 64-bit axis", use -> use.attribute("Tidx").getType() == DataType.DT_INT64);

    private static final Map<String, List<Limit>> LIMITS = Map.ofEntries(
            Map.entry("Atan2", List.of(new Limit("of shapes that may differ", RegisteredGradients::mayBroadcast))),
            Map.entry("ConcatV2", List.of(WIDE_AXIS)),
            Map.entry("Conv2D", List.of(EXPLICIT, DILATED)),
            Map.entry(
                    "CropAndResize", List.of(new Limit("by the nearest pixel", use -> use.says("method", "nearest")))),
            Map.entry("DepthToSpace", List.of(CHANNELS_FIRST)),
            Map.entry("DepthwiseConv2dNative", List.of(EXPLICIT)),
            Map.entry(
                    "LogSoftmax",
                    List.of(new Limit(
                            "of anything but a matrix",
                            use -> use.shapes().get(0).numDimensions() != 2))),
            Map.entry("LRN", List.of(new Limit("with other than its default numbers", use -> !isPlainLrn(use)))),
            Map.entry("MaxPool", List.of(EXPLICIT)),
            Map.entry("Mean", List.of(WIDE_AXIS)),
            Map.entry("ResizeBicubic", List.of(HALF_PIXELS)),
            Map.entry("ResizeBilinear", List.of(HALF_PIXELS)),
            Map.entry("ResizeNearestNeighbor", List.of(HALF_PIXELS)),
            Map.entry(
                    "ScaleAndTranslate",
                    List.of(new Limit(
                            "without antialiasing",
                            use -> use.node().containsAttr("antialias")
                                    && !use.attribute("antialias").getB()))),
            Map.entry("SpaceToDepth", List.of(CHANNELS_FIRST)));

    private RegisteredGradients() {}

    /**
     * Says why TensorFlow must not be asked for the gradient of an operation.
     *
     * @return the operation, and the form of it that is beyond TensorFlow, if it is that form
     */
    static Optional<String> missing(Use use) {
        String type = use.node().getOp();
        if (!OPERATIONS.contains(type)) {
            return Optional.of(type);
        }
        return LIMITS.getOrDefault(type, List.of()).stream()
                .filter(limit -> limit.broken().test(use))
                .map(limit -> type + " " + limit.form())
                .findFirst();
    }

    private static boolean mayBroadcast(Use use) {
        Shape first = use.shapes().get(0);
        return first.hasUnknownDimension()
                || !Objects.equals(first, use.shapes().get(1));
    }

    private static boolean isPlainLrn(Use use) {
        boolean radius = !use.node().containsAttr("depth_radius")
                || use.attribute("depth_radius").getI() == 5;
        return radius && use.isNumber("bias", 1) && use.isNumber("alpha", 1) && use.isNumber("beta", 0.5f);
    }
}
