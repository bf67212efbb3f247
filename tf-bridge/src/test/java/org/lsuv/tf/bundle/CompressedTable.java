package org.lsuv.tf.bundle;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;

/** Writes tables of one block that is compressed, as some writers of checkpoints do. */
final class CompressedTable {
    private CompressedTable() {}

    static byte[] of(SortedMap<ByteString, ByteString> entries) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        entries.forEach((key, value) -> {
            Varints.put(block, 0);
            Varints.put(block, key.size());
            Varints.put(block, value.size());
            block.writeBytes(key.toByteArray());
            block.writeBytes(value.toByteArray());
        });
        block.writeBytes(new byte[] {0, 0, 0, 0, 1, 0, 0, 0});
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        byte[] compressed = compress(block.toByteArray());
        put(file, compressed, 1);
        ByteArrayOutputStream index = new ByteArrayOutputStream();
        ByteArrayOutputStream handle = new ByteArrayOutputStream();
        Varints.put(handle, 0);
        Varints.put(handle, compressed.length);
        Varints.put(index, 0);
        Varints.put(index, entries.lastKey().size());
        Varints.put(index, handle.size());
        index.writeBytes(entries.lastKey().toByteArray());
        index.writeBytes(handle.toByteArray());
        index.writeBytes(new byte[] {0, 0, 0, 0, 1, 0, 0, 0});
        ByteArrayOutputStream footer = new ByteArrayOutputStream();
        Varints.put(footer, file.size());
        Varints.put(footer, 8);
        put(file, new byte[] {0, 0, 0, 0, 1, 0, 0, 0}, 0);
        Varints.put(footer, file.size());
        Varints.put(footer, index.size());
        put(file, index.toByteArray(), 0);
        footer.writeBytes(new byte[40 - footer.size()]);
        file.writeBytes(footer.toByteArray());
        file.writeBytes(little(0xdb4775248b80fb57L));
        return file.toByteArray();
    }

    private static byte[] little(long value) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    private static void put(ByteArrayOutputStream file, byte[] block, int compression) {
        byte[] typed = java.util.Arrays.copyOf(block, block.length + 1);
        typed[block.length] = (byte) compression;
        file.writeBytes(typed);
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(typed);
        int sum = (int) crc.getValue();
        file.writeBytes(java.util.Arrays.copyOf(little((sum >>> 15 | sum << 17) + 0xa282ead8), 4));
    }

    /** Repeats what was seen before where four bytes agree, and takes everything else as it is. */
    static byte[] compress(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Varints.put(out, bytes.length);
        Map<Integer, Integer> seen = new HashMap<>();
        int literal = 0;
        int at = 0;
        while (at + 4 <= bytes.length) {
            Integer before = seen.put(ByteBuffer.wrap(bytes, at, 4).getInt(), at);
            int length = 0;
            while (before != null
                    && length < 64
                    && at + length < bytes.length
                    && bytes[before + length] == bytes[at + length]) {
                length++;
            }
            if (length < 4) {
                at++;
                continue;
            }
            literal(out, bytes, literal, at);
            out.write((length - 1) << 2 | 2);
            out.write(at - before);
            out.write((at - before) >>> 8);
            at += length;
            literal = at;
        }
        literal(out, bytes, literal, bytes.length);
        return out.toByteArray();
    }

    private static void literal(ByteArrayOutputStream out, byte[] bytes, int from, int to) {
        int length = to - from;
        if (length == 0) {
            return;
        }
        if (length <= 60) {
            out.write((length - 1) << 2);
        } else {
            out.write(61 << 2);
            out.write(length - 1);
            out.write((length - 1) >>> 8);
        }
        out.write(bytes, from, length);
    }
}
