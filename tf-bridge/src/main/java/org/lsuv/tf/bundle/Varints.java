package org.lsuv.tf.bundle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.lsuv.onnx.OnnxFormatException;

/** Reads and writes integers of seven bits a byte, the lowest first. */
final class Varints {
    private Varints() {}

    /**
     * Returns the next integer of up to 64 bits.
     *
     * @throws OnnxFormatException if it does not end
     */
    static long next(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 64 && in.hasRemaining(); shift += 7) {
            byte part = in.get();
            value |= (part & 0x7fL) << shift;
            if (part >= 0) {
                return value;
            }
        }
        throw new OnnxFormatException("an integer does not end");
    }

    /**
     * Returns the next integer, which counts bytes of what follows.
     *
     * @throws OnnxFormatException if there are not as many
     */
    static int nextLength(ByteBuffer in) {
        long value = next(in);
        if (value < 0 || value > in.remaining()) {
            throw new OnnxFormatException(
                    "expected at most " + in.remaining() + " bytes, found a length of " + Long.toUnsignedString(value));
        }
        return (int) value;
    }

    static void put(ByteArrayOutputStream out, long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            out.write((int) (left & 0x7f) | 0x80);
            left >>>= 7;
        }
        out.write((int) left);
    }
}
