package org.lsuv.tf.onnxexport;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;

/**
 * Follows sizes through the operations that compute shapes, as far as they are known: in {@code (batch, 28, 28, 1)}
 * the last three are, whatever the batch.
 */
final class KnownShapes {
    /** Stands for a number that only a run shows. */
    static final long OPEN = Long.MIN_VALUE;

    private final TfGraph graph;
    private final Map<TensorRef, Sizes> known = new HashMap<>();

    KnownShapes(TfGraph graph) {
        this.graph = graph;
    }

    /** Holds the elements of a tensor of at most one dimension, {@link #OPEN} where one is not known. */
    static final class Sizes {
        private final long[] values;
        private final boolean scalar;

        Sizes(long[] values, boolean scalar) {
            this.values = values;
            this.scalar = scalar;
        }

        long[] values() {
            return values.clone();
        }

        /** Tells whether the tensor has no dimension. */
        boolean scalar() {
            return scalar;
        }

        boolean isComplete() {
            return LongStream.of(values).noneMatch(value -> value == OPEN);
        }

        long[] shape() {
            return scalar ? new long[0] : new long[] {values.length};
        }
    }

    Optional<Sizes> of(TensorRef tensor) {
        return Optional.ofNullable(known.get(tensor));
    }

    void put(TensorRef tensor, OnnxTensor constant) {
        if (constant.type().isInteger() && constant.rank() <= 1 && constant.elementCount() <= 64) {
            known.put(tensor, new Sizes(constant.toLongs(), constant.rank() == 0));
        }
    }

    /** Follows an operation, whose inputs were followed before. */
    void follow(TfNode node) {
        Optional<Sizes> result = switch (node.op()) {
            case "Shape" -> shape(node);
            case "Size" -> shape(node).filter(Sizes::isComplete).map(KnownShapes::product);
            case "Rank" -> shape(node).map(sizes -> scalar(sizes.values().length));
            case "Identity", "StopGradient", "EnsureShape" -> of(node.inputs().get(0));
            case "Cast" -> isInteger(node) ? of(node.inputs().get(0)) : Optional.empty();
            case "Pack" -> concatenated(node.inputs());
            case "ConcatV2" ->
                concatenated(node.inputs().subList(0, node.inputs().size() - 1));
            case "StridedSlice" -> sliced(node);
            case "GatherV2" -> gathered(node);
            case "Prod" ->
                of(node.inputs().get(0))
                        .filter(Sizes::isComplete)
                        .filter(sizes -> node.shapes().get(0).numDimensions() == 0)
                        .map(KnownShapes::product);
            case "Mul" -> combined(node, (a, b) -> a * b);
            case "Add", "AddV2" -> combined(node, Long::sum);
            case "Sub" -> combined(node, (a, b) -> a - b);
            case "FloorDiv" -> combined(node, (a, b) -> b == 0 ? OPEN : Math.floorDiv(a, b));
            case "Maximum" -> combined(node, Math::max);
            case "Minimum" -> combined(node, Math::min);
            case "ExpandDims" ->
                of(node.inputs().get(0)).filter(Sizes::scalar).map(sizes -> new Sizes(sizes.values(), false));
            case "Squeeze" ->
                of(node.inputs().get(0))
                        .filter(sizes -> sizes.values().length == 1)
                        .map(sizes -> new Sizes(sizes.values(), true));
            default -> Optional.empty();
        };
        result.ifPresent(sizes -> known.put(node.output(0), sizes));
    }

    private static boolean isInteger(TfNode node) {
        return switch (node.types().get(0)) {
            case DT_INT32, DT_INT64 -> true;
            default -> false;
        };
    }

    private Optional<Sizes> shape(TfNode node) {
        Shape shape = graph.shape(node.inputs().get(0));
        return shape.isUnknown()
                ? Optional.empty()
                : Optional.of(new Sizes(
                        LongStream.of(shape.asArray())
                                .map(size -> size < 0 ? OPEN : size)
                                .toArray(),
                        false));
    }

    private static Sizes scalar(long value) {
        return new Sizes(new long[] {value}, true);
    }

    private static Sizes product(Sizes sizes) {
        return scalar(LongStream.of(sizes.values()).reduce(1, Math::multiplyExact));
    }

    private Optional<Sizes> concatenated(List<TensorRef> parts) {
        LongStream.Builder all = LongStream.builder();
        for (TensorRef part : parts) {
            Optional<Sizes> sizes = of(part);
            if (sizes.isPresent()) {
                LongStream.of(sizes.get().values()).forEach(all);
            } else {
                Shape shape = graph.shape(part);
                if (shape.isUnknown()
                        || shape.hasUnknownDimension()
                        || shape.numDimensions() > 1
                        || shape.size() > 64) {
                    return Optional.empty();
                }
                LongStream.generate(() -> OPEN).limit(shape.size()).forEach(all);
            }
        }
        return Optional.of(new Sizes(all.build().toArray(), false));
    }

    private Optional<Sizes> sliced(TfNode node) {
        Optional<Sizes> input = of(node.inputs().get(0)).filter(sizes -> !sizes.scalar());
        Optional<Sizes> begin = of(node.inputs().get(1)).filter(Sizes::isComplete);
        Optional<Sizes> end = of(node.inputs().get(2)).filter(Sizes::isComplete);
        Optional<Sizes> stride = of(node.inputs().get(3)).filter(Sizes::isComplete);
        if (input.isEmpty() || begin.isEmpty() || end.isEmpty() || stride.isEmpty()) {
            return Optional.empty();
        }
        if (begin.get().values().length != 1 || stride.get().values()[0] != 1 || mask(node, "new_axis_mask") != 0) {
            return Optional.empty();
        }
        long[] values = input.get().values();
        int from = mask(node, "begin_mask") == 1 ? 0 : position(begin.get().values()[0], values.length);
        if (mask(node, "shrink_axis_mask") == 1) {
            return from < values.length ? Optional.of(scalar(values[from])) : Optional.empty();
        }
        int to =
                mask(node, "end_mask") == 1 ? values.length : position(end.get().values()[0], values.length);
        return Optional.of(new Sizes(Arrays.copyOfRange(values, from, Math.max(from, to)), false));
    }

    private static long mask(TfNode node, String name) {
        return node.attributes().containsKey(name) ? node.attributes().get(name).getI() : 0;
    }

    private static int position(long index, int length) {
        return (int) Math.max(0, Math.min(length, index < 0 ? index + length : index));
    }

    private Optional<Sizes> gathered(TfNode node) {
        Optional<Sizes> input = of(node.inputs().get(0)).filter(sizes -> !sizes.scalar());
        Optional<Sizes> indices = of(node.inputs().get(1)).filter(Sizes::isComplete);
        if (input.isEmpty() || indices.isEmpty()) {
            return Optional.empty();
        }
        long[] values = input.get().values();
        boolean inside = LongStream.of(indices.get().values()).allMatch(index -> index >= 0 && index < values.length);
        return inside
                ? Optional.of(new Sizes(
                        LongStream.of(indices.get().values())
                                .map(index -> values[(int) index])
                                .toArray(),
                        indices.get().scalar()))
                : Optional.empty();
    }

    private Optional<Sizes> combined(TfNode node, LongBinaryOperator operator) {
        Optional<Sizes> left = of(node.inputs().get(0));
        Optional<Sizes> right = of(node.inputs().get(1));
        if (left.isEmpty() || right.isEmpty()) {
            return Optional.empty();
        }
        long[] a = left.get().values();
        long[] b = right.get().values();
        if (a.length != b.length && a.length != 1 && b.length != 1) {
            return Optional.empty();
        }
        long[] result = new long[Math.max(a.length, b.length)];
        for (int i = 0; i < result.length; i++) {
            long one = a[a.length == 1 ? 0 : i];
            long other = b[b.length == 1 ? 0 : i];
            result[i] = one == OPEN || other == OPEN ? OPEN : operator.applyAsLong(one, other);
        }
        return Optional.of(new Sizes(result, left.get().scalar() && right.get().scalar()));
    }
}
