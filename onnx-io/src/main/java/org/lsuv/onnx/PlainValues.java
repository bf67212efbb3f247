package org.lsuv.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads and writes the element types that a primitive type of Java holds, or widens to: all that are not packed. */
final class PlainValues {
    private PlainValues() {}

    /**
     * Returns values as a floating-point type stores them, rounded to nearest.
     *
     * @throws IllegalArgumentException if the type is not a floating-point type
     */
    static ByteBuffer bytes(OnnxType type, double... values) {
        ByteBuffer bytes = allocate(type, values.length);
        for (double value : values) {
            switch (type) {
                case FLOAT -> bytes.putFloat((float) value);
                case DOUBLE -> bytes.putDouble(value);
                case FLOAT16 -> bytes.putShort(HalfFloats.toFloat16((float) value));
                case BFLOAT16 -> bytes.putShort(HalfFloats.toBfloat16((float) value));
                default -> throw new IllegalArgumentException(type + " is not a floating-point type");
            }
        }
        return bytes.flip();
    }

    /** Returns the lower bits of values, as many as a type has. */
    static ByteBuffer bytes(OnnxType type, long... values) {
        ByteBuffer bytes = allocate(type, values.length);
        for (long value : values) {
            switch (type.bits()) {
                case 8 -> bytes.put((byte) value);
                case 16 -> bytes.putShort((short) value);
                case 32 -> bytes.putInt((int) value);
                default -> bytes.putLong(value);
            }
        }
        return bytes.flip();
    }

    private static ByteBuffer allocate(OnnxType type, int count) {
        return ByteBuffer.allocate(Math.toIntExact(type.byteCount(count))).order(ByteOrder.LITTLE_ENDIAN);
    }

    static double[] doubles(OnnxTensor tensor) {
        double[] values = new double[arrayLength(tensor)];
        int position = 0;
        for (ByteBuffer chunk : tensor.chunks()) {
            while (chunk.hasRemaining()) {
                values[position++] = nextDouble(tensor, chunk);
            }
        }
        return values;
    }

    static float[] floats(OnnxTensor tensor) {
        float[] values = new float[arrayLength(tensor)];
        int position = 0;
        for (ByteBuffer chunk : tensor.chunks()) {
            if (tensor.type() == OnnxType.FLOAT) {
                int count = chunk.remaining() / Float.BYTES;
                chunk.asFloatBuffer().get(values, position, count);
                position += count;
            } else {
                while (chunk.hasRemaining()) {
                    values[position++] = (float) nextDouble(tensor, chunk);
                }
            }
        }
        return values;
    }

    static long[] longs(OnnxTensor tensor) {
        long[] values = new long[arrayLength(tensor)];
        int position = 0;
        for (ByteBuffer chunk : tensor.chunks()) {
            while (chunk.hasRemaining()) {
                values[position++] = nextLong(tensor, chunk);
            }
        }
        return values;
    }

    private static int arrayLength(OnnxTensor tensor) {
        long count = tensor.elementCount();
        if (count > Integer.MAX_VALUE - 8) {
            throw new UnsupportedModelException(
                    "tensor \"" + tensor.name() + "\": " + count + " elements are too many here");
        }
        return (int) count;
    }

    private static double nextDouble(OnnxTensor tensor, ByteBuffer chunk) {
        return switch (tensor.type()) {
            case FLOAT, FLOAT16, BFLOAT16 -> nextFloat(tensor.type(), chunk);
            case DOUBLE -> chunk.getDouble();
            case UINT64 -> unsigned(chunk.getLong());
            default -> nextLong(tensor, chunk);
        };
    }

    private static double unsigned(long value) {
        return value >= 0 ? value : ((value >>> 1) | (value & 1)) * 2.0;
    }

    static float nextFloat(OnnxType type, ByteBuffer chunk) {
        return switch (type) {
            case FLOAT -> chunk.getFloat();
            case FLOAT16 -> HalfFloats.fromFloat16(chunk.getShort());
            case BFLOAT16 -> HalfFloats.fromBfloat16(chunk.getShort());
            default -> throw new IllegalArgumentException(type + " is not float32 or narrower");
        };
    }

    /**
     * Returns the next integer or boolean of a tensor.
     *
     * @throws UnsupportedModelException if the type has no plain numbers
     */
    static long nextLong(OnnxTensor tensor, ByteBuffer chunk) {
        return switch (tensor.type()) {
            case UINT8, BOOL -> chunk.get() & 0xff;
            case INT8 -> chunk.get();
            case UINT16 -> chunk.getShort() & 0xffff;
            case INT16 -> chunk.getShort();
            case INT32 -> chunk.getInt();
            case UINT32 -> Integer.toUnsignedLong(chunk.getInt());
            case INT64, UINT64 -> chunk.getLong();
            default ->
                throw new UnsupportedModelException("tensor \"" + tensor.name() + "\": values of type "
                        + tensor.type().label() + " cannot be read as numbers");
        };
    }
}
