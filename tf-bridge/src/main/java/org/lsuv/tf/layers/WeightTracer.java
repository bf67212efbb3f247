package org.lsuv.tf.layers;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.Weight;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** Follows a tensor back to a floating-point weight through operations that only rearrange elements. */
final class WeightTracer {
    /** The operations, each of which reads what it rearranges first. */
    static final Set<String> REARRANGING = Set.of(
            "Cast",
            "CheckNumerics",
            "EnsureShape",
            "ExpandDims",
            "Identity",
            "PreventGradient",
            "ReadVariableOp",
            "Reshape",
            "Snapshot",
            "Squeeze",
            "StopGradient",
            "Transpose");

    private static final Set<DataType> FLOATING =
            Set.of(DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_HALF, DataType.DT_BFLOAT16);

    private final GraphView graph;
    private final Map<TensorRef, Weight> weights = new HashMap<>();
    private final Map<TensorRef, Optional<WeightPath>> known = new HashMap<>();

    WeightTracer(GraphView graph, Map<String, Weight> weights) {
        this.graph = graph;
        weights.values().forEach(weight -> this.weights.put(weight.tensor(), weight));
    }

    /** Tells whether a tensor is a weight itself. */
    boolean isWeight(TensorRef tensor) {
        return weights.containsKey(tensor);
    }

    /** Returns how a tensor is made from a weight; empty if it is not, or not by such operations alone. */
    Optional<WeightPath> trace(TensorRef tensor) {
        Optional<WeightPath> found = known.get(tensor);
        if (found == null) {
            found = find(tensor);
            known.put(tensor, found);
        }
        return found;
    }

    private Optional<WeightPath> find(TensorRef tensor) {
        Deque<NodeDef> chain = new ArrayDeque<>();
        TensorRef current = tensor;
        Weight weight = weights.get(current);
        while (weight == null) {
            NodeDef node = graph.producer(current);
            if (!REARRANGING.contains(node.getOp())) {
                return Optional.empty();
            }
            chain.push(node);
            current = GraphView.input(node, 0);
            weight = weights.get(current);
        }
        if (!weight.value().type().isFloating()) {
            return Optional.empty();
        }
        List<Long> shape = Arrays.stream(weight.value().shape()).boxed().toList();
        Optional<WeightPath> path = Optional.of(
                new WeightPath(weight.name(), tensor.toString(), weight.value().type(), shape, shape, List.of()));
        for (NodeDef node : chain) {
            path = path.flatMap(before -> step(before, node));
        }
        return path;
    }

    private Optional<WeightPath> step(WeightPath path, NodeDef node) {
        List<Long> shape = path.operandShape();
        return switch (node.getOp()) {
            case "Cast" ->
                Optional.of(path)
                        .filter(found ->
                                FLOATING.contains(node.getAttrOrThrow("DstT").getType()));
            case "Transpose" -> graph.integers(GraphView.input(node, 1)).flatMap(perm -> transposed(path, perm));
            case "Reshape" ->
                graph.integers(GraphView.input(node, 1)).flatMap(sizes -> viewed(path, resolved(shape, sizes)));
            case "ExpandDims" ->
                graph.integers(GraphView.input(node, 1))
                        .filter(axes -> axes.length == 1)
                        .flatMap(axes -> viewed(path, expanded(shape, axes[0])));
            case "Squeeze" ->
                viewed(
                        path,
                        squeezed(
                                shape,
                                node.getAttrOrThrow("squeeze_dims").getList().getIList()));
            default -> Optional.of(path);
        };
    }

    private static Optional<WeightPath> viewed(WeightPath path, List<Long> shape) {
        long count = shape.stream().reduce(1L, Math::multiplyExact);
        return count == path.elementCount()
                ? Optional.of(extended(path, shape, new WeightPath.View(path.operandShape(), shape)))
                : Optional.empty();
    }

    private static List<Long> resolved(List<Long> shape, long[] sizes) {
        long known = Arrays.stream(sizes).filter(size -> size > 0).reduce(1, Math::multiplyExact);
        long all = shape.stream().reduce(1L, Math::multiplyExact);
        return LongStream.of(sizes)
                .map(size -> size < 0 ? all / known : size)
                .boxed()
                .toList();
    }

    private static List<Long> expanded(List<Long> shape, long axis) {
        List<Long> sizes = new ArrayList<>(shape);
        sizes.add((int) Math.floorMod(axis, shape.size() + 1L), 1L);
        return sizes;
    }

    private static List<Long> squeezed(List<Long> shape, List<Long> axes) {
        List<Long> sizes = new ArrayList<>();
        for (int axis = 0; axis < shape.size(); axis++) {
            boolean named = axes.contains((long) axis) || axes.contains((long) axis - shape.size());
            if (shape.get(axis) != 1 || (!axes.isEmpty() && !named)) {
                sizes.add(shape.get(axis));
            }
        }
        return sizes;
    }

    private static Optional<WeightPath> transposed(WeightPath path, long[] perm) {
        int rank = path.operandShape().size();
        boolean permutes = perm.length == rank
                && Arrays.equals(
                        LongStream.of(perm).sorted().toArray(),
                        LongStream.range(0, rank).toArray());
        if (!permutes) {
            return Optional.empty();
        }
        List<Integer> axes = LongStream.of(perm).mapToObj(axis -> (int) axis).toList();
        List<Long> shape = axes.stream().map(path.operandShape()::get).toList();
        return Optional.of(extended(path, shape, new WeightPath.Permute(axes)));
    }

    private static WeightPath extended(WeightPath path, List<Long> shape, WeightPath.Step step) {
        List<WeightPath.Step> steps = new ArrayList<>(path.steps());
        steps.add(step);
        return new WeightPath(path.source(), path.operand(), path.type(), path.storedShape(), shape, steps);
    }
}
