package org.lsuv.tf.bundle;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/** Computes the checksum of checkpoints and tables: CRC-32C, rotated and shifted so that it can itself be summed. */
final class MaskedCrc {
    /** From LevelDB's {@code util/crc32c.h}, as {@code tensorflow/core/lib/hash/crc32c.h} has it. */
    private static final int DELTA = 0xa282ead8;

    private MaskedCrc() {}

    static int of(List<ByteBuffer> chunks) {
        CRC32C crc = new CRC32C();
        chunks.forEach(chunk -> crc.update(chunk.duplicate()));
        return mask((int) crc.getValue());
    }

    static int of(ByteBuffer bytes) {
        return of(List.of(bytes));
    }

    static int mask(int crc) {
        return Integer.rotateRight(crc, 15) + DELTA;
    }
}
