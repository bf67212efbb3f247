package org.lsuv.tf.onnximport;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;

/**
 * Follows integers that are computed from shapes, element by element. Exporters write {@code
 * x.view(x.size(0), -1, 2)} as a chain of Shape, Gather, arithmetic and Concat; where only the batch
 * size is open, the other elements are known before the graph runs, and so are the shapes that they
 * make.
 */
final class KnownSizes {
    /** Stands for an element that is not known before the graph runs. */
    static final long UNKNOWN = Long.MIN_VALUE;

    private static final int MAX_ELEMENTS = 64;
    private static final long MAX_FACTOR = Integer.MAX_VALUE;

    private final GraphValues values;
    private final Map<String, long[]> known = new HashMap<>();

    KnownSizes(GraphValues values) {
        this.values = values;
    }

    /** Returns the elements of a list of integers or of a single one, some of them {@link #UNKNOWN}. */
    Optional<long[]> of(String name) {
        long[] elements = known.get(name);
        if (elements != null) {
            return Optional.of(elements.clone());
        }
        return constant(name).or(() -> values.outerSizes(name));
    }

    private Optional<long[]> constant(String name) {
        return values.isConstant(name) && isShort(values.operand(name))
                ? values.constant(name).map(OnnxTensor::toLongs)
                : Optional.empty();
    }

    private static boolean isShort(Operand<?> operand) {
        Shape shape = operand.shape();
        boolean integer = operand.type() == TInt64.class || operand.type() == TInt32.class;
        return integer && !shape.hasUnknownDimension() && shape.numDimensions() <= 1 && shape.size() <= MAX_ELEMENTS;
    }

    /**
     * Takes a node into account whose outputs are defined. Returns the value of its output if it turns
     * out to be known completely.
     */
    Optional<OnnxTensor> follow(OnnxNode node, long opset) {
        boolean starts = node.is("Shape");
        boolean continues = node.domain().isEmpty() && node.inputs().stream().anyMatch(known::containsKey);
        if (!starts && !continues) {
            return Optional.empty();
        }
        String output = node.output(0);
        Operand<?> result = values.operand(output);
        if (!isShort(result)) {
            return Optional.empty();
        }
        Optional<long[]> elements = elements(node, opset);
        if (elements.isEmpty() || elements.get().length != result.shape().size()) {
            return Optional.empty();
        }
        long[] found = elements.get();
        known.put(output, found);
        boolean complete = LongStream.of(found).noneMatch(element -> element == UNKNOWN);
        return complete && result.type() == TInt64.class
                ? Optional.of(OnnxTensor.ofLongs(output, result.shape().asArray(), found))
                : Optional.empty();
    }

    private Optional<long[]> elements(OnnxNode node, long opset) {
        return switch (node.opType()) {
            case "Shape" -> shape(node);
            // These keep the order of the elements of a list.
            case "Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten" -> of(node.input(0));
            case "Concat" -> concat(node);
            case "Gather" -> gather(node);
            case "Slice" -> opset >= 10 ? slice(node) : Optional.empty();
            case "Add", "Sub", "Mul", "Div" -> arithmetic(node);
            default -> Optional.empty();
        };
    }

    private Optional<long[]> shape(OnnxNode node) {
        Shape shape = values.operand(node.input(0)).shape();
        if (shape.isUnknown()) {
            return Optional.empty();
        }
        long[] sizes = shape.asArray();
        int from = bound(node.attributes().intOr("start", 0), sizes.length);
        int to = bound(node.attributes().intOr("end", sizes.length), sizes.length);
        return Optional.of(LongStream.of(Arrays.copyOfRange(sizes, from, Math.max(from, to)))
                .map(size -> size < 0 ? UNKNOWN : size)
                .toArray());
    }

    /** Returns where a slice of a list starts or ends: from the back if negative, and never outside. */
    static int bound(long position, int length) {
        return (int) Math.max(0, Math.min(position < 0 ? position + length : position, length));
    }

    private Optional<long[]> concat(OnnxNode node) {
        LongStream joined = LongStream.empty();
        for (String input : node.inputs()) {
            Optional<long[]> part = of(input).or(() -> unknown(values.operand(input)));
            if (part.isEmpty()) {
                return Optional.empty();
            }
            joined = LongStream.concat(joined, LongStream.of(part.get()));
        }
        return Optional.of(joined.toArray());
    }

    private static Optional<long[]> unknown(Operand<?> operand) {
        return isShort(operand)
                ? Optional.of(LongStream.generate(() -> UNKNOWN)
                        .limit(operand.shape().size())
                        .toArray())
                : Optional.empty();
    }

    private Optional<long[]> gather(OnnxNode node) {
        Optional<long[]> indices = constant(node.input(1));
        return of(node.input(0))
                .filter(list -> values.operand(node.input(0)).shape().numDimensions() == 1)
                .flatMap(list -> indices.filter(chosen ->
                                LongStream.of(chosen).allMatch(index -> index >= -list.length && index < list.length))
                        .map(chosen -> LongStream.of(chosen)
                                .map(index -> list[(int) (index < 0 ? index + list.length : index)])
                                .toArray()));
    }

    private Optional<long[]> slice(OnnxNode node) {
        Optional<long[]> list = of(node.input(0));
        Optional<long[]> start = constant(node.input(1)).filter(one -> one.length == 1);
        Optional<long[]> end = constant(node.input(2)).filter(one -> one.length == 1);
        Optional<long[]> step = node.input(4).isEmpty() ? Optional.of(new long[] {1}) : constant(node.input(4));
        if (list.isEmpty() || start.isEmpty() || end.isEmpty() || step.isEmpty() || step.get()[0] != 1) {
            return Optional.empty();
        }
        int from = bound(start.get()[0], list.get().length);
        int to = bound(end.get()[0], list.get().length);
        return Optional.of(Arrays.copyOfRange(list.get(), from, Math.max(from, to)));
    }

    private Optional<long[]> arithmetic(OnnxNode node) {
        Optional<long[]> left = of(node.input(0));
        Optional<long[]> right = of(node.input(1));
        if (left.isEmpty() || right.isEmpty()) {
            return Optional.empty();
        }
        long[] a = left.get();
        long[] b = right.get();
        if (a.length != b.length && a.length != 1 && b.length != 1) {
            return Optional.empty();
        }
        return Optional.of(IntStream.range(0, a.length == 1 ? b.length : a.length)
                .mapToLong(i -> apply(node.opType(), a[a.length == 1 ? 0 : i], b[b.length == 1 ? 0 : i]))
                .toArray());
    }

    private static long apply(String op, long a, long b) {
        if (a == UNKNOWN || b == UNKNOWN || Math.abs(a) > MAX_FACTOR || Math.abs(b) > MAX_FACTOR) {
            return UNKNOWN;
        }
        return switch (op) {
            case "Add" -> a + b;
            case "Sub" -> a - b;
            case "Mul" -> a * b;
            // Negative quotients are left to the operator itself, which decides how to round.
            default -> a >= 0 && b > 0 ? a / b : UNKNOWN;
        };
    }
}
