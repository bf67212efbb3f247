package org.lsuv.onnx.data;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Iterator;
import org.lsuv.onnx.HalfFloats;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

/** Walks over the elements of a tensor of any size, chunk after chunk, as numbers. */
final class ElementCursor {
    private static final double TWO_TO_63 = 0x1p63;

    private final OnnxType type;
    private final Iterator<ByteBuffer> chunks;
    private ByteBuffer chunk = ByteBuffer.allocate(0);

    /** Starts before the first element; the errors name the tensor. */
    ElementCursor(OnnxTensor tensor) {
        this.type = tensor.type();
        if (!type.isFloating() && !type.isInteger() && type != OnnxType.BOOL) {
            throw new UnsupportedModelException(
                    "tensor \"" + tensor.name() + "\": values of type " + type.label() + " cannot be read as numbers");
        }
        this.chunks = tensor.chunks().iterator();
    }

    boolean hasNext() {
        while (!chunk.hasRemaining() && chunks.hasNext()) {
            chunk = chunks.next();
        }
        return chunk.hasRemaining();
    }

    /** Fills an array from its start and returns how many elements there were. */
    int next(double[] target) {
        int count = 0;
        while (count < target.length && hasNext()) {
            int length = Math.min(target.length - count, chunk.remaining() / (type.bits() / 8));
            if (type == OnnxType.FLOAT) {
                // The usual type, and several times faster without a switch for each element.
                FloatBuffer floats = chunk.asFloatBuffer();
                for (int i = 0; i < length; i++) {
                    target[count + i] = floats.get(i);
                }
                chunk.position(chunk.position() + length * Float.BYTES);
            } else {
                for (int i = 0; i < length; i++) {
                    target[count + i] = nextDouble();
                }
            }
            count += length;
        }
        return count;
    }

    /** Returns the next element; an integer beyond 2^53 is rounded. */
    double nextDouble() {
        return switch (type) {
            case FLOAT -> buffer().getFloat();
            case DOUBLE -> buffer().getDouble();
            case FLOAT16 -> HalfFloats.fromFloat16(buffer().getShort());
            case BFLOAT16 -> HalfFloats.fromBfloat16(buffer().getShort());
            case UINT64 -> unsigned(buffer().getLong());
            default -> nextLong();
        };
    }

    /** Returns the next element of an integer or boolean tensor; uint64 as its bits. */
    long nextLong() {
        return switch (type) {
            case UINT8, BOOL -> buffer().get() & 0xff;
            case INT8 -> buffer().get();
            case UINT16 -> buffer().getShort() & 0xffff;
            case INT16 -> buffer().getShort();
            case INT32 -> buffer().getInt();
            case UINT32 -> Integer.toUnsignedLong(buffer().getInt());
            case INT64, UINT64 -> buffer().getLong();
            default -> throw new IllegalStateException(type + " is not an integer type");
        };
    }

    private ByteBuffer buffer() {
        return hasNext() ? chunk : ByteBuffer.allocate(0);
    }

    private static double unsigned(long bits) {
        // The lowest bit is kept sticky, so that the halved value rounds as the whole would.
        return bits >= 0 ? bits : ((bits >>> 1) | (bits & 1)) * 2.0;
    }

    /** Returns the bits of an integral value in [0, 2^64). */
    static long unsignedBits(double value) {
        return value < TWO_TO_63 ? (long) value : (long) (value - TWO_TO_63) ^ Long.MIN_VALUE;
    }
}
