package org.lsuv.tf.bundle;

import java.nio.ByteBuffer;
import org.lsuv.onnx.OnnxFormatException;

/** Decompresses blocks of the raw Snappy format ({@code format_description.txt} of google/snappy). */
final class Snappy {
    /** Three bytes give at most 64, so that a block which claims more growth is malformed. */
    private static final long MOST_GROWTH = 32;

    private Snappy() {}

    /**
     * Returns the bytes of a block.
     *
     * @throws OnnxFormatException if the block is malformed
     */
    static ByteBuffer decompress(ByteBuffer block) {
        ByteBuffer in = block.duplicate();
        long claimed = Varints.next(in);
        if (claimed < 0 || claimed > Math.min(Integer.MAX_VALUE - 8, MOST_GROWTH * (long) block.remaining())) {
            throw malformed("claims " + Long.toUnsignedString(claimed) + " bytes");
        }
        byte[] out = new byte[(int) claimed];
        int at = 0;
        while (in.hasRemaining()) {
            int tag = in.get() & 0xff;
            int length = 1 + (tag >>> 2);
            if ((tag & 3) == 0) {
                length = length <= 60 ? length : 1 + little(in, length - 60);
                require(length > 0 && length <= in.remaining() && length <= out.length - at, "literal");
                in.get(out, at, length);
                at += length;
                continue;
            }
            int offset = switch (tag & 3) {
                case 1 -> (tag >>> 5) << 8 | little(in, 1);
                case 2 -> little(in, 2);
                default -> little(in, 4);
            };
            length = (tag & 3) == 1 ? 4 + ((tag >>> 2) & 7) : length;
            require(offset > 0 && offset <= at && length <= out.length - at, "copy");
            // Source and target may overlap: then what was just written is repeated.
            for (int end = at + length; at < end; at++) {
                out[at] = out[at - offset];
            }
        }
        require(at == out.length, "end");
        return ByteBuffer.wrap(out);
    }

    private static int little(ByteBuffer in, int bytes) {
        require(in.remaining() >= bytes, "number");
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (in.get() & 0xff) << (8 * i);
        }
        return value;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw malformed("its " + what + " runs out of the block");
        }
    }

    private static OnnxFormatException malformed(String how) {
        return new OnnxFormatException("a Snappy block is malformed: " + how);
    }
}
