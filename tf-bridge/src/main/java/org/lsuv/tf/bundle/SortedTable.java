package org.lsuv.tf.bundle;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.lsuv.onnx.OnnxFormatException;

/**
 * Reads and writes tables of sorted keys in LevelDB's format ({@code doc/table_format.md} of google/leveldb), in
 * which TensorFlow keeps the index of a checkpoint.
 *
 * <p>A table is blocks and a footer. A block is entries, of whose keys only what differs from the one before
 * is stored, the positions at which keys are whole, a byte for the compression and a checksum.
 */
final class SortedTable {
    private static final int FOOTER = 48;
    private static final long MAGIC = 0xdb4775248b80fb57L;
    private static final int TRAILER = 5;
    private static final byte RAW = 0;
    private static final byte SNAPPY = 1;

    /** Blocks are closed when they have grown to this size. */
    private static final int BLOCK_BYTES = 1 << 12;

    /** Whole keys are stored so often. */
    private static final int RESTART = 16;

    private SortedTable() {}

    /**
     * Returns the entries of a table.
     *
     * @param table the whole file
     * @throws OnnxFormatException if the file is no table, or a checksum does not match
     */
    static SortedMap<ByteString, ByteString> read(ByteBuffer table) {
        ByteBuffer file = table.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int end = file.limit() - FOOTER;
        if (end < 0 || file.getLong(file.limit() - Long.BYTES) != MAGIC) {
            throw new OnnxFormatException("expected a table that ends in LevelDB's magic number, found "
                    + file.remaining() + " bytes of something else");
        }
        ByteBuffer footer = file.slice(end, FOOTER);
        Varints.next(footer);
        Varints.next(footer);
        SortedMap<ByteString, ByteString> entries = new TreeMap<>(ByteString.unsignedLexicographicalComparator());
        SortedMap<ByteString, ByteString> blocks = new TreeMap<>(ByteString.unsignedLexicographicalComparator());
        collect(block(file, footer, end), blocks);
        blocks.values().forEach(handle -> collect(block(file, handle.asReadOnlyByteBuffer(), end), entries));
        return Collections.unmodifiableSortedMap(entries);
    }

    private static ByteBuffer block(ByteBuffer file, ByteBuffer handle, int end) {
        long offset = Varints.next(handle);
        long size = Varints.next(handle);
        if (offset < 0 || size < 0 || offset > end || size > end - offset - TRAILER) {
            throw new OnnxFormatException("a block at " + Long.toUnsignedString(offset) + " of "
                    + Long.toUnsignedString(size) + " bytes lies outside the file of " + file.limit() + " bytes");
        }
        ByteBuffer contents = file.slice((int) offset, (int) size);
        int found = MaskedCrc.of(file.slice((int) offset, (int) size + 1));
        int stored = file.getInt((int) (offset + size) + 1);
        if (found != stored) {
            throw new OnnxFormatException(String.format(
                    "the block at %d is damaged: expected the checksum %08x, found %08x", offset, stored, found));
        }
        byte compression = file.get((int) (offset + size));
        return switch (compression) {
            case RAW -> contents;
            case SNAPPY -> Snappy.decompress(contents);
            default ->
                throw new OnnxFormatException(
                        "the block at " + offset + " is compressed in an unknown way, " + compression);
        };
    }

    private static void collect(ByteBuffer block, Map<ByteString, ByteString> entries) {
        block.order(ByteOrder.LITTLE_ENDIAN);
        int count = block.limit() < Integer.BYTES ? -1 : block.getInt(block.limit() - Integer.BYTES);
        if (count < 0 || count > block.limit() / Integer.BYTES - 1) {
            throw new OnnxFormatException("a block of " + block.limit() + " bytes claims " + count + " restarts");
        }
        ByteBuffer in = block.slice(0, block.limit() - (count + 1) * Integer.BYTES);
        ByteString key = ByteString.EMPTY;
        while (in.hasRemaining()) {
            long shared = Varints.next(in);
            long own = Varints.next(in);
            int value = Varints.nextLength(in);
            if (shared < 0 || shared > key.size() || own < 0 || own > in.remaining() - value) {
                throw new OnnxFormatException(
                        "an entry of " + Long.toUnsignedString(own) + " and " + value + " bytes runs out of its block");
            }
            key = key.substring(0, (int) shared).concat(ByteString.copyFrom(in, (int) own));
            entries.put(key, ByteString.copyFrom(in, value));
        }
    }

    /** Returns the file of a table with these entries, not compressed. */
    static byte[] write(SortedMap<ByteString, ByteString> entries) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        Block data = new Block();
        Block index = new Block();
        ByteString last = ByteString.EMPTY;
        for (Map.Entry<ByteString, ByteString> entry : entries.entrySet()) {
            if (data.size() >= BLOCK_BYTES) {
                index.add(last, data.writeTo(file));
                data = new Block();
            }
            data.add(entry.getKey(), entry.getValue());
            last = entry.getKey();
        }
        index.add(last, data.writeTo(file));
        ByteString meta = new Block().writeTo(file);
        ByteString top = index.writeTo(file);
        byte[] footer = new byte[FOOTER];
        meta.copyTo(footer, 0);
        top.copyTo(footer, meta.size());
        ByteBuffer.wrap(footer).order(ByteOrder.LITTLE_ENDIAN).putLong(FOOTER - Long.BYTES, MAGIC);
        file.writeBytes(footer);
        return file.toByteArray();
    }

    /** Collects the entries of a block. */
    private static final class Block {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final ByteArrayOutputStream restarts = new ByteArrayOutputStream();
        private ByteString last = ByteString.EMPTY;
        private int count;

        Block() {
            little(restarts, 0);
        }

        int size() {
            return bytes.size();
        }

        void add(ByteString key, ByteString value) {
            int shared = 0;
            if (count > 0 && count % RESTART == 0) {
                little(restarts, bytes.size());
            } else {
                int most = Math.min(key.size(), last.size());
                while (shared < most && key.byteAt(shared) == last.byteAt(shared)) {
                    shared++;
                }
            }
            Varints.put(bytes, shared);
            Varints.put(bytes, key.size() - shared);
            Varints.put(bytes, value.size());
            bytes.writeBytes(key.substring(shared).toByteArray());
            bytes.writeBytes(value.toByteArray());
            last = key;
            count++;
        }

        /** Writes the block, and returns its offset and size. */
        ByteString writeTo(ByteArrayOutputStream file) {
            ByteArrayOutputStream handle = new ByteArrayOutputStream();
            Varints.put(handle, file.size());
            little(restarts, restarts.size() / Integer.BYTES);
            bytes.writeBytes(restarts.toByteArray());
            Varints.put(handle, bytes.size());
            bytes.write(RAW);
            little(bytes, MaskedCrc.of(ByteBuffer.wrap(bytes.toByteArray())));
            file.writeBytes(bytes.toByteArray());
            return ByteString.copyFrom(handle.toByteArray());
        }

        private static void little(ByteArrayOutputStream out, int value) {
            for (int i = 0; i < Integer.BYTES; i++) {
                out.write(value >>> (8 * i));
            }
        }
    }
}
