package org.lsuv.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * Reads and writes the element types that no primitive type of Java or TensorFlow holds: integers of 4
 * and 2 bits, several to a byte from the lowest bits up, and floating-point numbers of 8 and 4 bits.
 */
final class PackedValues {
    private PackedValues() {}

    static boolean isPacked(OnnxType type) {
        return type.bits() == 4
                || type.bits() == 2
                || type == OnnxType.FLOAT8E8M0
                || NarrowFloat.of(type).isPresent();
    }

    /** Returns the narrowest common type that holds all values of a packed one. */
    static OnnxType widerType(OnnxType type) {
        return switch (type) {
            case INT4, UINT4, INT2, UINT2 -> OnnxType.INT8;
            case FLOAT8E8M0 -> OnnxType.DOUBLE;
            default -> OnnxType.FLOAT;
        };
    }

    static OnnxTensor widened(OnnxTensor tensor) {
        Reader reader = new Reader(tensor);
        OnnxType wider = widerType(tensor.type());
        return OnnxTensor.fill(tensor.name(), wider, tensor.shape(), length -> {
            ByteBuffer target = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
            while (target.hasRemaining()) {
                switch (wider) {
                    case INT8 -> target.put((byte) reader.nextInteger());
                    case DOUBLE -> target.putDouble(scale(reader.nextBits()));
                    default -> target.putFloat(reader.nextFloat());
                }
            }
            return target.flip();
        });
    }

    /** Returns the power of two that an exponent of 8 bits without sign and mantissa stands for. */
    private static double scale(int bits) {
        return bits == 0xff ? Double.NaN : Math.scalb(1.0, bits - 127);
    }

    private static final class Reader {
        private final List<ByteBuffer> chunks;
        private final OnnxType type;
        private final Optional<NarrowFloat> format;
        private long position;

        Reader(OnnxTensor tensor) {
            this.chunks = tensor.chunks();
            this.type = tensor.type();
            this.format = NarrowFloat.of(type);
        }

        int nextBits() {
            long bit = position++ * type.bits();
            long at = bit / 8;
            int whole = chunks.get((int) (at / OnnxTensor.CHUNK_BYTES)).get((int) (at % OnnxTensor.CHUNK_BYTES)) & 0xff;
            return whole >> (bit % 8) & ((1 << type.bits()) - 1);
        }

        int nextInteger() {
            int bits = nextBits();
            boolean signed = type == OnnxType.INT4 || type == OnnxType.INT2;
            return signed && bits >= 1 << (type.bits() - 1) ? bits - (1 << type.bits()) : bits;
        }

        float nextFloat() {
            return format.orElseThrow().decode(nextBits());
        }
    }

    /** Packs values, each of which the type is able to hold. */
    static OnnxTensor packed(String name, OnnxType type, long[] shape, double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(OnnxTensor.byteCount(name, type, shape)));
        Optional<NarrowFloat> format = NarrowFloat.of(type);
        for (int i = 0; i < values.length; i++) {
            int code;
            if (format.isPresent()) {
                code = format.get().encode((float) values[i]);
            } else if (type == OnnxType.FLOAT8E8M0) {
                code = Double.isNaN(values[i]) ? 0xff : Math.getExponent(values[i]) + 127;
            } else {
                code = (int) values[i] & ((1 << type.bits()) - 1);
            }
            long bit = (long) i * type.bits();
            int at = (int) (bit / 8);
            bytes.put(at, (byte) (bytes.get(at) | code << (bit % 8)));
        }
        return OnnxTensor.of(name, type, shape, List.of(bytes));
    }
}
