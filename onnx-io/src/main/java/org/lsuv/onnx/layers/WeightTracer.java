package org.lsuv.onnx.layers;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Follows a value back to the stored floating-point tensor that it is made from. */
final class WeightTracer {
    private static final Set<String> REARRANGING =
            Set.of("Identity", "Cast", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze");

    private final OnnxGraph graph;
    private final SmallIntegers integers;

    WeightTracer(OnnxGraph graph) {
        this.graph = graph;
        this.integers = new SmallIntegers(graph, Map.of());
    }

    /** Returns how a value is made from a stored tensor; empty if it is not, or not by such steps alone. */
    Optional<WeightPath> trace(String value) {
        return trace(value, this::source, node -> Optional.empty());
    }

    /**
     * Returns how the weight of an operator is made: by such steps, by multiplication with one constant, as
     * equalised learning rates have it (Karras et al. 2018), or by weight normalisation.
     */
    Optional<WeightPath> traceWeight(String value) {
        return trace(value, current -> source(current).or(() -> normalised(current)), this::multiplied);
    }

    private Optional<WeightPath> trace(
            String value,
            Function<String, Optional<WeightPath>> start,
            Function<OnnxNode, Optional<String>> multiplied) {
        Deque<OnnxNode> chain = new ArrayDeque<>();
        String current = value;
        Optional<WeightPath> path = start.apply(current);
        while (path.isEmpty()) {
            Optional<OnnxNode> producer = graph.producer(current);
            Optional<OnnxNode> step = producer.filter(WeightTracer::rearranges);
            Optional<String> before = step.map(node -> node.input(0)).or(() -> producer.flatMap(multiplied));
            if (before.isEmpty()) {
                return Optional.empty();
            }
            step.ifPresent(chain::push);
            current = before.get();
            path = start.apply(current);
        }
        for (OnnxNode node : chain) {
            path = path.flatMap(before -> step(before, node));
        }
        return path.map(found -> new WeightPath(
                found.source(),
                value,
                found.type(),
                found.storedShape(),
                found.operandShape(),
                found.steps(),
                found.gain()));
    }

    private Optional<WeightPath> normalised(String value) {
        return graph.producer(value)
                .filter(node -> node.function().isEmpty())
                .flatMap(node -> WeightNorm.of(graph, node))
                .map(norm -> {
                    OnnxTensor v = norm.direction();
                    List<Long> shape = box(v.shape());
                    WeightPath.Gain gain = new WeightPath.Gain(
                            norm.gain().name(), box(norm.gain().shape()));
                    return new WeightPath(v.name(), value, v.type(), shape, shape, List.of(), Optional.of(gain));
                });
    }

    /** Returns what a node multiplies by a single stored number. */
    private Optional<String> multiplied(OnnxNode node) {
        if (isNumber(node.input(1)) && (node.is("Mul") || node.is("Div"))) {
            return Optional.of(node.input(0));
        }
        return node.is("Mul") && isNumber(node.input(0)) ? Optional.of(node.input(1)) : Optional.empty();
    }

    /** More axes than none could give the product more axes than the weight has. */
    private boolean isNumber(String value) {
        return !value.isEmpty()
                && stored(value)
                        .filter(tensor -> tensor.rank() == 0 && tensor.type().isFloating())
                        .filter(tensor -> Double.isFinite(tensor.toDoubles()[0]) && tensor.toDoubles()[0] != 0)
                        .isPresent();
    }

    static boolean rearranges(OnnxNode node) {
        return node.domain().isEmpty() && REARRANGING.contains(node.opType());
    }

    private Optional<WeightPath> source(String value) {
        if (graph.producer(value).filter(node -> !node.function().isEmpty()).isPresent()) {
            // What a function's body holds belongs to all of its calls.
            return Optional.empty();
        }
        Optional<OnnxTensor> stored = stored(value);
        if (stored.isPresent()) {
            return source(value, stored.get().type(), box(stored.get().shape()));
        }
        return graph.producer(value)
                .flatMap(node -> GeneratedWeight.of(graph, node))
                .flatMap(generated -> source(value, generated.type(), generated.shape()));
    }

    private static Optional<WeightPath> source(String value, OnnxType type, List<Long> shape) {
        return type.isFloating()
                ? Optional.of(new WeightPath(value, value, type, shape, shape, List.of()))
                : Optional.empty();
    }

    /** Returns a tensor that is in the file itself: an initializer, or what a {@code Constant} holds. */
    private Optional<OnnxTensor> stored(String value) {
        return graph.initializer(value)
                .or(() -> graph.producer(value)
                        .filter(node -> !node.attributes().has("sparse_value"))
                        .flatMap(ConstantNode::value));
    }

    private Optional<WeightPath> step(WeightPath path, OnnxNode node) {
        List<Long> shape = path.operandShape();
        return switch (node.opType()) {
            case "Identity" -> Optional.of(path);
            case "Cast" -> castsToFloating(node) ? Optional.of(path) : Optional.empty();
            case "Transpose" -> Optional.of(transposed(path, node));
            case "Reshape" ->
                integers.of(node, 1, "shape").map(target -> viewed(path, ViewedShape.reshaped(node, shape, target)));
            case "Flatten" -> Optional.of(viewed(path, ViewedShape.flattened(node, shape)));
            case "Squeeze" ->
                !node.attributes().has("axes") && node.input(1).isEmpty()
                        ? Optional.of(viewed(path, ViewedShape.squeezed(shape)))
                        : integers.of(node, 1, "axes")
                                .map(axes -> viewed(path, ViewedShape.squeezed(node, shape, axes)));
            case "Unsqueeze" ->
                integers.of(node, 1, "axes").map(axes -> viewed(path, ViewedShape.unsqueezed(node, shape, axes)));
            default -> throw new IllegalStateException(node.describe());
        };
    }

    /** Integers in between would round the weight: what the operator reads is then no rearrangement of it. */
    private static boolean castsToFloating(OnnxNode node) {
        return node.attributes().isInt("to")
                && OnnxType.ofCode((int) node.attributes().intOr("to", 0))
                        .filter(OnnxType::isFloating)
                        .isPresent();
    }

    private static WeightPath extended(WeightPath path, List<Long> shape, WeightPath.Step step) {
        List<WeightPath.Step> steps = new ArrayList<>(path.steps());
        steps.add(step);
        return new WeightPath(
                path.source(), path.operand(), path.type(), path.storedShape(), shape, steps, path.gain());
    }

    private static WeightPath viewed(WeightPath path, List<Long> shape) {
        return extended(path, shape, new WeightPath.View(path.operandShape(), shape));
    }

    private static WeightPath transposed(WeightPath path, OnnxNode node) {
        int rank = path.operandShape().size();
        long[] perm = node.attributes()
                .ints("perm", rank)
                .orElseGet(
                        () -> LongStream.range(0, rank).map(i -> rank - 1 - i).toArray());
        if (!Arrays.equals(
                LongStream.of(perm).sorted().toArray(),
                LongStream.range(0, rank).toArray())) {
            throw node.attributes().problem("perm", "is no permutation of " + rank + " axes");
        }
        List<Integer> axes = LongStream.of(perm).mapToObj(axis -> (int) axis).toList();
        List<Long> shape = axes.stream().map(path.operandShape()::get).toList();
        return extended(path, shape, new WeightPath.Permute(axes));
    }

    private static List<Long> box(long[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
