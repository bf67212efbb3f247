package org.lsuv.onnx.layers;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.lsuv.onnx.ConstantNode;
import org.lsuv.onnx.HalfFloats;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * Describes a tensor that a node makes from nothing but its attributes: {@code ConstantOfShape} (ONNX 9),
 * {@code RandomNormal} or {@code RandomUniform} (ONNX 1).
 *
 * @param node the node
 * @param type the element type
 * @param shape the shape
 */
record GeneratedWeight(OnnxNode node, OnnxType type, List<Long> shape) {
    private static final Set<String> OPERATORS = Set.of("ConstantOfShape", "RandomNormal", "RandomUniform");

    /** Returns what a node makes, if it is one of these operators and its shape is in the file. */
    static Optional<GeneratedWeight> of(OnnxGraph graph, OnnxNode node) {
        if (!node.domain().isEmpty() || !OPERATORS.contains(node.opType())) {
            return Optional.empty();
        }
        Optional<long[]> shape = node.is("ConstantOfShape")
                ? stored(graph, node.input(0))
                        .filter(tensor -> tensor.type() == OnnxType.INT64)
                        .map(OnnxTensor::toLongs)
                : node.attributes().ints("shape");
        OnnxType type = node.is("ConstantOfShape")
                ? node.attributes().tensor("value").map(OnnxTensor::type).orElse(OnnxType.FLOAT)
                : OnnxType.ofCode((int) node.attributes().intOr("dtype", 1)).orElse(OnnxType.UNDEFINED);
        shape.ifPresent(sizes -> requireCountable(node, sizes));
        return shape.filter(sizes -> Arrays.stream(sizes).allMatch(size -> size >= 0))
                .map(sizes -> new GeneratedWeight(
                        node, type, Arrays.stream(sizes).boxed().toList()));
    }

    private static void requireCountable(OnnxNode node, long[] sizes) {
        try {
            long count = 1;
            for (long size : sizes) {
                count = Math.multiplyExact(count, size);
            }
        } catch (ArithmeticException overflow) {
            throw new OnnxFormatException(
                    node.describe() + ": shape " + Arrays.toString(sizes) + " overflows a 64-bit element count",
                    overflow);
        }
    }

    private static Optional<OnnxTensor> stored(OnnxGraph graph, String value) {
        return graph.initializer(value).or(() -> graph.producer(value).flatMap(ConstantNode::value));
    }

    /** Returns the bytes that the tensor takes; as good as infinitely many where that overflows. */
    long byteCount() {
        try {
            return type.byteCount(shape.stream().reduce(1L, Math::multiplyExact));
        } catch (ArithmeticException overflow) {
            return Long.MAX_VALUE;
        }
    }

    /** Makes the values. */
    OnnxTensor values(long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed + node.index());
        float mean = node.attributes().floatOr("mean", 0);
        float scale = node.attributes().floatOr("scale", 1);
        float low = node.attributes().floatOr("low", 0);
        float high = node.attributes().floatOr("high", 1);
        double constant = node.attributes().tensor("value").map(this::onlyValue).orElse(0.0);
        DoubleSupplier next = switch (node.opType()) {
            case "RandomNormal" -> () -> mean + scale * random.nextGaussian();
            case "RandomUniform" -> () -> low + (high - low) * random.nextDouble();
            default -> () -> constant;
        };
        return OnnxTensor.fill(
                node.output(0), type, shape.stream().mapToLong(Long::longValue).toArray(), length -> {
                    ByteBuffer chunk = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
                    while (chunk.hasRemaining()) {
                        put(chunk, next.getAsDouble());
                    }
                    return chunk.flip();
                });
    }

    private double onlyValue(OnnxTensor value) {
        if (value.elementCount() != 1) {
            throw node.attributes().problem("value", "expected one value, got " + value.elementCount());
        }
        return value.toDoubles()[0];
    }

    private void put(ByteBuffer chunk, double value) {
        switch (type) {
            case FLOAT -> chunk.putFloat((float) value);
            case DOUBLE -> chunk.putDouble(value);
            case FLOAT16 -> chunk.putShort(HalfFloats.toFloat16((float) value));
            case BFLOAT16 -> chunk.putShort(HalfFloats.toBfloat16((float) value));
            default -> throw new IllegalStateException("weights of type " + type);
        }
    }
}
