package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.onnx.layers.BiasShape;
import org.lsuv.onnx.layers.EinsumWeight;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/**
 * Reads operations as products with a weight.
 *
 * @param graph the graph
 * @param tracer what finds weights
 * @param dependence what tells which values depend on inputs
 */
record Products(GraphView graph, WeightTracer tracer, InputDependence dependence) {
    private static final Set<String> OPERATIONS = Set.of(
            "Conv2D",
            "Conv3D",
            "Conv",
            "DepthwiseConv2dNative",
            "Conv2DBackpropInput",
            "Conv3DBackpropInput",
            "Conv3DBackpropInputV2",
            "DepthwiseConv2dNativeBackpropInput",
            "MatMul",
            "BatchMatMul",
            "BatchMatMulV2",
            "BatchMatMulV3",
            "Einsum");

    /** Tells whether an operation multiplies values by others. */
    static boolean multiplies(NodeDef node) {
        return OPERATIONS.contains(node.getOp());
    }

    /** Returns an operation as a product with a weight; empty if it is none. */
    Optional<Product> of(NodeDef node) {
        return switch (node.getOp()) {
            case "Conv2D", "Conv3D", "Conv" -> convolution(node);
            case "DepthwiseConv2dNative" -> depthwise(node);
            case "Conv2DBackpropInput", "Conv3DBackpropInput", "Conv3DBackpropInputV2" -> transposed(node);
            case "DepthwiseConv2dNativeBackpropInput" -> transposedDepthwise(node);
            case "MatMul" -> matrix(node, GraphView.flag(node, "transpose_a"), GraphView.flag(node, "transpose_b"));
            case "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3" ->
                matrix(node, GraphView.flag(node, "adj_x"), GraphView.flag(node, "adj_y"));
            case "Einsum" -> einsum(node);
            default -> Optional.empty();
        };
    }

    /** Returns the operand at a position, if it is a weight and the other one, of a rank, depends on an input. */
    private Optional<WeightPath> kernel(NodeDef node, int weight, int values) {
        return tracer.trace(GraphView.input(node, weight))
                .filter(path -> dependence.reaches(GraphView.input(node, values)))
                .filter(path ->
                        path.operandShape().size() >= 3 && !path.operandShape().contains(0L));
    }

    private Optional<Product> convolution(NodeDef node) {
        return kernel(node, 1, 0).flatMap(weight -> {
            List<Long> shape = weight.operandShape();
            int last = shape.size() - 1;
            // Fewer channels in the kernel than in the values divide these into groups.
            long groups = groups(graph.size(GraphView.input(node, 0), channelAxis(node)), shape.get(last - 1));
            return grouped(shape, last, groups)
                    .map(view -> product(
                            node,
                            weight,
                            new KernelLayout(
                                    view, List.of(last), axes(last), List.of(last + 1), List.of(last, last + 1))));
        });
    }

    private Optional<Product> depthwise(NodeDef node) {
        return kernel(node, 1, 0)
                .filter(weight -> weight.operandShape().size() == 4)
                .map(weight -> product(
                        node,
                        weight,
                        new KernelLayout(weight.operandShape(), List.of(2), List.of(0, 1), List.of(3), List.of(2, 3))));
    }

    /** The adjoint of a convolution with the same kernel: (…, out, in), columns over channels and positions. */
    private Optional<Product> transposed(NodeDef node) {
        return kernel(node, 1, 2).flatMap(weight -> {
            List<Long> shape = weight.operandShape();
            int last = shape.size() - 1;
            long groups = groups(graph.size(GraphView.output(node), channelAxis(node)), shape.get(last - 1));
            return grouped(shape, last, groups)
                    .map(view -> product(
                            node,
                            weight,
                            new KernelLayout(
                                    view, List.of(last), List.of(last + 1), axes(last), List.of(last, last - 1))));
        });
    }

    private Optional<Product> transposedDepthwise(NodeDef node) {
        return kernel(node, 1, 2)
                .filter(weight -> weight.operandShape().size() == 4)
                .map(weight -> product(
                        node,
                        weight,
                        new KernelLayout(weight.operandShape(), List.of(2), List.of(3), List.of(0, 1), List.of(2))));
    }

    private static long groups(long channels, long inKernel) {
        return channels > 0 && inKernel > 0 && channels % inKernel == 0 ? channels / inKernel : 1;
    }

    /** Splits an axis, the last one, into groups and what each of them has. */
    private static Optional<List<Long>> grouped(List<Long> shape, int axis, long groups) {
        if (shape.get(axis) % groups != 0) {
            return Optional.empty();
        }
        List<Long> view = new ArrayList<>(shape);
        view.set(axis, groups);
        view.add(shape.get(axis) / groups);
        return Optional.of(view);
    }

    private static List<Integer> axes(int to) {
        return IntStream.range(0, to).boxed().toList();
    }

    /** Layouts are named {@code NHWC}, {@code NCHW} and so on. */
    private static int channelAxis(NodeDef node) {
        String layout = GraphView.text(node, "data_format", "NHWC");
        return layout.startsWith("NC") || layout.equals("CHANNELS_FIRST") ? 1 : -1;
    }

    private Product product(NodeDef node, WeightPath weight, KernelLayout kernel) {
        int axis = channelAxis(node);
        int fromEnd = axis < 0 ? 1 : weight.operandShape().size() - 1;
        return new Product(
                node, weight, kernel, OptionalInt.of(axis), Optional.of(BiasShape.along(fromEnd, kernel.channels())));
    }

    private Optional<Product> matrix(NodeDef node, boolean leftTransposed, boolean rightTransposed) {
        TensorRef left = GraphView.input(node, 0);
        TensorRef right = GraphView.input(node, 1);
        boolean onTheLeft = tracer.trace(left).isPresent();
        Optional<WeightPath> weight = onTheLeft ? tracer.trace(left) : tracer.trace(right);
        return weight.filter(path -> dependence.reaches(onTheLeft ? right : left))
                .filter(path ->
                        path.operandShape().size() >= 2 && !path.operandShape().contains(0L))
                .map(path -> {
                    List<Long> shape = path.operandShape();
                    boolean outFirst = onTheLeft != (onTheLeft ? leftTransposed : rightTransposed);
                    KernelLayout kernel = KernelLayout.matrix(shape, outFirst);
                    // With a matrix for each row of a batch, a channel has several kernels.
                    OptionalInt axis = kernel.blocks() == 1 ? OptionalInt.of(onTheLeft ? -2 : -1) : OptionalInt.empty();
                    BiasShape bias = BiasShape.ofProduct(shape, kernel.channels(), onTheLeft);
                    return new Product(node, path, kernel, axis, Optional.of(bias));
                });
    }

    private Optional<Product> einsum(NodeDef node) {
        List<TensorRef> operands = GraphView.inputs(node);
        List<Integer> stored = IntStream.range(0, operands.size())
                .filter(i -> tracer.trace(operands.get(i)).isPresent())
                .boxed()
                .toList();
        if (stored.size() != 1 || operands.stream().noneMatch(dependence::reaches)) {
            return Optional.empty();
        }
        int position = stored.get(0);
        return tracer.trace(operands.get(position))
                .filter(path -> !path.operandShape().contains(0L))
                .flatMap(path -> EinsumWeight.of(
                                GraphView.text(node, "equation", ""), operands.size(), position, path.operandShape())
                        .map(found -> new Product(node, path, found.kernel(), found.channelAxis(), found.bias())));
    }
}
