package org.lsuv.tf.init;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.HalfFloats;
import org.lsuv.onnx.OnnxTensor;

/** Computes new values of stored weights in the type in which they are stored, rounded to nearest. */
final class StoredWeights {
    private StoredWeights() {}

    /**
     * Multiplies all values.
     *
     * @return the new values, or nothing where a finite one would leave the range of the type
     */
    static Optional<OnnxTensor> scaled(OnnxTensor tensor, double factor) {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (ByteBuffer source : tensor.chunks()) {
            ByteBuffer target = ByteBuffer.allocateDirect(source.remaining()).order(ByteOrder.LITTLE_ENDIAN);
            boolean inRange = true;
            while (source.hasRemaining()) {
                inRange &= switch (tensor.type()) {
                    case FLOAT -> putFloat(target, source.getFloat(), factor);
                    case DOUBLE -> putDouble(target, source.getDouble(), factor);
                    case FLOAT16 -> putFloat16(target, HalfFloats.fromFloat16(source.getShort()), factor);
                    case BFLOAT16 -> putBfloat16(target, HalfFloats.fromBfloat16(source.getShort()), factor);
                    default -> throw new IllegalArgumentException("weights of type " + tensor.type());
                };
            }
            if (!inRange) {
                return Optional.empty();
            }
            chunks.add(target.flip());
        }
        return Optional.of(OnnxTensor.of(tensor.name(), tensor.type(), tensor.shape(), chunks));
    }

    private static boolean putFloat(ByteBuffer target, float value, double factor) {
        float scaled = (float) (value * factor);
        target.putFloat(scaled);
        return Float.isFinite(scaled) || !Float.isFinite(value);
    }

    private static boolean putDouble(ByteBuffer target, double value, double factor) {
        double scaled = value * factor;
        target.putDouble(scaled);
        return Double.isFinite(scaled) || !Double.isFinite(value);
    }

    private static boolean putFloat16(ByteBuffer target, float value, double factor) {
        short scaled = HalfFloats.toFloat16((float) (value * factor));
        target.putShort(scaled);
        return Float.isFinite(HalfFloats.fromFloat16(scaled)) || !Float.isFinite(value);
    }

    private static boolean putBfloat16(ByteBuffer target, float value, double factor) {
        short scaled = HalfFloats.toBfloat16((float) (value * factor));
        target.putShort(scaled);
        return Float.isFinite(HalfFloats.fromBfloat16(scaled)) || !Float.isFinite(value);
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
