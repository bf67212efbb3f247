package org.lsuv.tf.init;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.lsuv.onnx.HalfFloats;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.SharedTensors;

/** Computes new values of stored weights in the type in which they are stored, rounded to nearest. */
final class StoredWeights {
    private StoredWeights() {}

    /**
     * Multiplies all values.
     *
     * @return the new values, or nothing where a finite one would leave the range of the type
     */
    static Optional<OnnxTensor> scaled(OnnxTensor tensor, double factor) {
        return changed(tensor, value -> value * factor);
    }

    /**
     * Multiplies each value by its own factor.
     *
     * @param factors as many factors as the tensor has values, in their order
     * @return the new values, or nothing where a finite one would leave the range of the type
     */
    static Optional<OnnxTensor> scaled(OnnxTensor tensor, OnnxTensor factors) {
        Iterator<ByteBuffer> chunks = factors.chunks().iterator();
        ByteBuffer[] chunk = {chunks.next()};
        return changed(tensor, value -> {
            while (!chunk[0].hasRemaining()) {
                chunk[0] = chunks.next();
            }
            double factor = factors.type() == OnnxType.DOUBLE ? chunk[0].getDouble() : factors.nextFloat(chunk[0]);
            return value * factor;
        });
    }

    /**
     * Subtracts from each value its own number, or one number from all.
     *
     * @return the new values, or nothing where a finite one would leave the range of the type
     */
    static Optional<OnnxTensor> less(OnnxTensor tensor, double[] numbers) {
        int[] next = {0};
        return changed(tensor, value -> value - (numbers.length == 1 ? numbers[0] : numbers[next[0]++]));
    }

    private static Optional<OnnxTensor> changed(OnnxTensor tensor, DoubleUnaryOperator change) {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (ByteBuffer source : tensor.chunks()) {
            ByteBuffer target = SharedTensors.allocate(source.remaining());
            boolean inRange = true;
            while (source.hasRemaining()) {
                double value = tensor.type() == OnnxType.DOUBLE ? source.getDouble() : tensor.nextFloat(source);
                inRange &= put(target, tensor.type(), change.applyAsDouble(value)) || !Double.isFinite(value);
            }
            if (!inRange) {
                return Optional.empty();
            }
            chunks.add(target.flip());
        }
        return Optional.of(OnnxTensor.of(tensor.name(), tensor.type(), tensor.shape(), chunks));
    }

    /** Writes a value rounded to a type; tells whether it is finite there. */
    private static boolean put(ByteBuffer target, OnnxType type, double value) {
        switch (type) {
            case FLOAT -> {
                target.putFloat((float) value);
                return Float.isFinite((float) value);
            }
            case DOUBLE -> {
                target.putDouble(value);
                return Double.isFinite(value);
            }
            case FLOAT16 -> {
                short half = HalfFloats.toFloat16((float) value);
                target.putShort(half);
                return Float.isFinite(HalfFloats.fromFloat16(half));
            }
            case BFLOAT16 -> {
                short half = HalfFloats.toBfloat16((float) value);
                target.putShort(half);
                return Float.isFinite(HalfFloats.fromBfloat16(half));
            }
            default -> throw new IllegalArgumentException("weights of type " + type);
        }
    }

    /** Returns a tensor of zeros of the same name, type and shape. */
    static OnnxTensor zeros(OnnxTensor like) {
        return OnnxTensor.fill(like.name(), like.type(), like.shape(), ByteBuffer::allocate);
    }

    /** Returns values in the type of another tensor, with its name and shape. */
    static OnnxTensor rounded(OnnxTensor values, OnnxTensor like) {
        if (values.type() == like.type()) {
            return values.withName(like.name()).withShape(like.shape());
        }
        return OnnxTensor.ofDoubles(like.name(), like.type(), like.shape(), values.toDoubles());
    }

    /** Tells whether all values are finite. */
    static boolean isFinite(OnnxTensor tensor) {
        for (ByteBuffer source : tensor.chunks()) {
            while (source.hasRemaining()) {
                double value = switch (tensor.type()) {
                    case DOUBLE -> source.getDouble();
                    default -> tensor.nextFloat(source);
                };
                if (!Double.isFinite(value)) {
                    return false;
                }
            }
        }
        return true;
    }
}
