package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Follows a value back to a stored floating-point tensor through steps that only rearrange elements. */
final class WeightTracer {
    private final OnnxGraph graph;

    WeightTracer(OnnxGraph graph) {
        this.graph = graph;
    }

    /** Returns how a value is made from a stored tensor; empty if it is not, or not by such steps alone. */
    Optional<WeightPath> trace(String value) {
        Optional<OnnxTensor> stored = stored(value);
        if (stored.isPresent()) {
            return source(value, stored.get().type(), box(stored.get().shape()));
        }
        Optional<OnnxNode> producer = graph.producer(value);
        Optional<GeneratedWeight> generated = producer.flatMap(node -> GeneratedWeight.of(graph, node));
        if (generated.isPresent()) {
            return source(value, generated.get().type(), generated.get().shape());
        }
        return producer.flatMap(node -> step(value, node));
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
                        .filter(node -> node.is("Constant"))
                        .flatMap(ConstantNode::value));
    }

    private Optional<WeightPath> step(String value, OnnxNode node) {
        if (!node.domain().isEmpty()) {
            return Optional.empty();
        }
        return switch (node.opType()) {
            case "Identity", "Cast" -> before(node).map(path -> extended(path, value, path.operandShape(), null));
            case "Transpose" -> before(node).map(path -> transposed(path, value, node));
            case "Reshape" -> before(node).flatMap(path -> reshaped(path, value, node));
            case "Flatten" -> before(node).map(path -> viewed(path, value, flattened(path, node)));
            case "Squeeze" -> before(node).flatMap(path -> squeezed(path, value, node));
            case "Unsqueeze" -> before(node).flatMap(path -> unsqueezed(path, value, node));
            default -> Optional.empty();
        };
    }

    private Optional<WeightPath> before(OnnxNode node) {
        return trace(node.input(0));
    }

    private static WeightPath extended(
            WeightPath path, String value, List<Long> shape, WeightPath.@Nullable Step step) {
        List<WeightPath.Step> steps = new ArrayList<>(path.steps());
        if (step != null) {
            steps.add(step);
        }
        return new WeightPath(path.source(), value, path.type(), path.storedShape(), shape, steps);
    }

    private static WeightPath viewed(WeightPath path, String value, List<Long> shape) {
        return extended(path, value, shape, new WeightPath.View(path.operandShape(), shape));
    }

    private static WeightPath transposed(WeightPath path, String value, OnnxNode node) {
        int rank = path.operandShape().size();
        int[] axes = node.attributes()
                .ints("perm", rank)
                .map(perm -> Arrays.stream(perm).mapToInt(axis -> (int) axis).toArray())
                .orElseGet(() -> IntStream.range(0, rank).map(i -> rank - 1 - i).toArray());
        if (!IntStream.of(axes)
                .sorted()
                .boxed()
                .toList()
                .equals(IntStream.range(0, rank).boxed().toList())) {
            throw node.attributes().problem("perm", "is no permutation of " + rank + " axes");
        }
        List<Long> shape = IntStream.of(axes).mapToObj(path.operandShape()::get).toList();
        return extended(
                path,
                value,
                shape,
                new WeightPath.Permute(IntStream.of(axes).boxed().toList()));
    }

    private Optional<WeightPath> reshaped(WeightPath path, String value, OnnxNode node) {
        return integers(node, 1, "shape").map(target -> {
            boolean allowZero = node.attributes().flag("allowzero");
            Long[] shape = new Long[target.length];
            int inferred = -1;
            long known = 1;
            for (int i = 0; i < target.length; i++) {
                long size = target[i];
                if (size == 0 && !allowZero && i < path.operandShape().size()) {
                    size = path.operandShape().get(i);
                }
                if (size == -1) {
                    inferred = i;
                    continue;
                }
                shape[i] = size;
                known *= size;
            }
            if (inferred >= 0) {
                shape[inferred] = known == 0 ? 0 : path.elementCount() / known;
                known *= shape[inferred];
            }
            if (known != path.elementCount()) {
                throw new OnnxFormatException(
                        node.describe() + ": cannot reshape " + path.operandShape() + " to " + Arrays.toString(target));
            }
            return viewed(path, value, List.of(shape));
        });
    }

    private static List<Long> flattened(WeightPath path, OnnxNode node) {
        int rank = path.operandShape().size();
        int axis = (int) node.attributes().intOr("axis", 1);
        int split = axis < 0 ? axis + rank : axis;
        if (split < 0 || split > rank) {
            throw node.attributes().problem("axis", axis + " is outside a tensor of rank " + rank);
        }
        long rows = path.operandShape().subList(0, split).stream().reduce(1L, (a, b) -> a * b);
        return List.of(rows, rows == 0 ? 0 : path.elementCount() / rows);
    }

    private Optional<WeightPath> squeezed(WeightPath path, String value, OnnxNode node) {
        List<Long> shape = path.operandShape();
        if (!node.attributes().has("axes") && node.input(1).isEmpty()) {
            return Optional.of(
                    viewed(path, value, shape.stream().filter(size -> size != 1).toList()));
        }
        return integers(node, 1, "axes").map(axes -> {
            List<Long> kept = new ArrayList<>();
            List<Integer> dropped = Arrays.stream(axes)
                    .mapToObj(axis -> (int) (axis < 0 ? axis + shape.size() : axis))
                    .toList();
            for (int i = 0; i < shape.size(); i++) {
                if (!dropped.contains(i)) {
                    kept.add(shape.get(i));
                } else if (shape.get(i) != 1) {
                    throw new OnnxFormatException(node.describe() + ": cannot squeeze axis " + i + " of " + shape);
                }
            }
            return viewed(path, value, kept);
        });
    }

    private Optional<WeightPath> unsqueezed(WeightPath path, String value, OnnxNode node) {
        return integers(node, 1, "axes").map(axes -> {
            int rank = path.operandShape().size() + axes.length;
            List<Integer> added = Arrays.stream(axes)
                    .mapToObj(axis -> (int) (axis < 0 ? axis + rank : axis))
                    .toList();
            List<Long> shape = new ArrayList<>();
            int next = 0;
            for (int i = 0; i < rank; i++) {
                shape.add(
                        added.contains(i) || next >= path.operandShape().size()
                                ? Long.valueOf(1)
                                : path.operandShape().get(next++));
            }
            return viewed(path, value, shape);
        });
    }

    /** Returns integers that older versions of an operator have as an attribute, later ones as an input. */
    private Optional<long[]> integers(OnnxNode node, int input, String attribute) {
        Optional<long[]> inline = node.attributes().ints(attribute);
        return inline.isPresent()
                ? inline
                : stored(node.input(input))
                        .filter(tensor -> tensor.type().isInteger())
                        .map(OnnxTensor::toLongs);
    }

    private static List<Long> box(long[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
