package org.lsuv.onnx.layers;

import java.util.Map;
import java.util.Optional;
import java.util.function.LongBinaryOperator;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * Computes the few integers by which exporters say where to cut a tensor: stored ones, and what plain
 * arithmetic makes of them and of the one size that is known of a value.
 *
 * @param graph the graph
 * @param sizes what is known of the values whose shape may be asked for, by name
 */
record SmallIntegers(OnnxGraph graph, Map<String, Axis> sizes) {
    private static final int DEEPEST = 32;

    /**
     * Holds the size of a value along one axis.
     *
     * @param axis the axis, from −1 for the last
     * @param size its size
     */
    record Axis(int axis, long size) {}

    SmallIntegers {
        sizes = Map.copyOf(sizes);
    }

    /** Returns the integers of a value; empty where they cannot be told. */
    Optional<long[]> of(String value) {
        return of(value, 0);
    }

    /** Returns integers that older versions of an operator have as an attribute, later ones as an input. */
    Optional<long[]> of(OnnxNode node, int input, String attribute) {
        return node.attributes().ints(attribute).or(() -> of(node.input(input)));
    }

    private Optional<long[]> of(String value, int depth) {
        if (value.isEmpty() || depth > DEEPEST) {
            return Optional.empty();
        }
        Optional<OnnxNode> producer = graph.producer(value);
        Optional<OnnxTensor> stored = graph.initializer(value)
                .or(() -> producer.filter(node -> !node.attributes().has("sparse_value"))
                        .flatMap(ConstantNode::value));
        if (stored.isPresent()) {
            return stored.filter(tensor -> tensor.type().isInteger() && tensor.type() != OnnxType.UINT64)
                    .filter(tensor -> tensor.elementCount() <= 64)
                    .map(OnnxTensor::toLongs);
        }
        return producer.filter(node -> node.domain().isEmpty()).flatMap(node -> switch (node.opType()) {
            case "Identity", "Cast", "Unsqueeze", "Squeeze", "Reshape" -> of(node.input(0), depth + 1);
            case "Add" -> each(node, depth, Math::addExact);
            case "Sub" -> each(node, depth, Math::subtractExact);
            case "Mul" -> each(node, depth, Math::multiplyExact);
            case "Div" -> each(node, depth, SmallIntegers::quotient);
            case "Gather" -> size(node, depth);
            default -> Optional.empty();
        });
    }

    /** ONNX leaves open how negative quotients are rounded. */
    private static long quotient(long dividend, long divisor) {
        if (dividend < 0 || divisor <= 0) {
            throw new ArithmeticException("not told by ONNX");
        }
        return dividend / divisor;
    }

    private Optional<long[]> each(OnnxNode node, int depth, LongBinaryOperator operator) {
        Optional<long[]> left = of(node.input(0), depth + 1);
        Optional<long[]> right = of(node.input(1), depth + 1);
        if (left.isEmpty() || right.isEmpty() || left.get().length != 1 || right.get().length != 1) {
            return Optional.empty();
        }
        try {
            return Optional.of(new long[] {operator.applyAsLong(left.get()[0], right.get()[0])});
        } catch (ArithmeticException noSuchNumber) {
            return Optional.empty();
        }
    }

    /** One size of a shape: that of the known axis, if it is the one that is asked for. */
    private Optional<long[]> size(OnnxNode gather, int depth) {
        Optional<OnnxNode> shape = graph.producer(gather.input(0)).filter(node -> node.is("Shape"));
        Optional<long[]> index = of(gather.input(1), depth + 1).filter(indices -> indices.length == 1);
        if (shape.isEmpty() || index.isEmpty()) {
            return Optional.empty();
        }
        String value = shape.get().input(0);
        Optional<Integer> rank =
                graph.declared(value).flatMap(found -> found.shape()).map(found -> found.rank());
        return Optional.ofNullable(sizes.get(value))
                .filter(known -> index.get()[0] == known.axis()
                        || (rank.isPresent()
                                && Math.floorMod(index.get()[0], rank.get())
                                        == Math.floorMod(known.axis(), rank.get())))
                .map(known -> new long[] {known.size()});
    }
}
