package org.lsuv.onnx.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxType;

/**
 * Describes the array of a {@code .npy} file.
 *
 * @param type the element type
 * @param order the byte order of the elements
 * @param fortranOrder whether the first index varies fastest
 * @param shape the sizes of the dimensions
 * @param dataOffset the position of the first element in the file
 */
record NpyHeader(OnnxType type, ByteOrder order, boolean fortranOrder, List<Long> shape, long dataOffset) {
    /** The longest header that is read; a plain array needs about a hundred bytes. */
    static final int MAX_LENGTH = 1 << 20;

    static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    NpyHeader {
        shape = List.copyOf(shape);
    }

    /**
     * Reads the header at the start of a file and checks that the rest is what it declares.
     *
     * @param in the file; positioned at the first element afterwards
     * @param size the size of the file
     */
    static NpyHeader read(InputStream in, long size) throws IOException {
        byte[] prefix = in.readNBytes(8);
        if (prefix.length < 8 || !startsWithMagic(prefix)) {
            throw new OnnxFormatException("is not an .npy file: expected it to start with the bytes 93 4E 55 4D 50 59");
        }
        int major = prefix[6] & 0xff;
        int minor = prefix[7] & 0xff;
        if (major < 1 || major > 3 || minor != 0) {
            throw new OnnxFormatException(
                    "has version " + major + "." + minor + " of the .npy format; expected 1.0, 2.0 or 3.0");
        }
        int lengthBytes = major == 1 ? Short.BYTES : Integer.BYTES;
        byte[] lengthField = in.readNBytes(lengthBytes);
        if (lengthField.length < lengthBytes) {
            throw new OnnxFormatException("ends after " + size + " bytes, inside the .npy header");
        }
        ByteBuffer field = ByteBuffer.wrap(lengthField).order(ByteOrder.LITTLE_ENDIAN);
        long length = major == 1 ? field.getShort() & 0xffff : Integer.toUnsignedLong(field.getInt());
        if (length > MAX_LENGTH) {
            throw new OnnxFormatException("has an .npy header of " + length + " bytes; expected at most " + MAX_LENGTH);
        }
        long dataOffset = 8 + lengthBytes + length;
        byte[] text = dataOffset > size ? new byte[0] : in.readNBytes((int) length);
        if (text.length < length) {
            throw new OnnxFormatException("ends after " + size + " bytes, inside the .npy header");
        }
        Charset charset = major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
        NpyHeader header = new NpyHeaderParser(new String(text, charset)).parse(dataOffset);
        header.checkSize(size);
        return header;
    }

    static boolean startsWithMagic(byte[] bytes) {
        return bytes.length >= MAGIC.length
                && ByteBuffer.wrap(bytes, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
    }

    private void checkSize(long size) {
        long expected = byteCount();
        long found = size - dataOffset;
        if (expected != found) {
            throw new OnnxFormatException("holds " + type.label() + shape + ": expected " + expected
                    + " bytes of data, found " + found + (found < expected ? "; the file was cut short" : ""));
        }
    }

    /** Returns the number of bytes that the elements take. */
    long byteCount() {
        try {
            long count = 1;
            for (long dim : shape) {
                count = Math.multiplyExact(count, dim);
            }
            return type.byteCount(count);
        } catch (ArithmeticException overflow) {
            throw new OnnxFormatException("has shape " + shape + ", which overflows a 64-bit byte count", overflow);
        }
    }

    long[] sizes() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** Tells whether the bytes of the file are those of a tensor: little-endian and row-major. */
    boolean isPlain() {
        boolean rowMajor =
                !fortranOrder || shape.stream().filter(dim -> dim != 1).count() < 2;
        return rowMajor && (order == ByteOrder.LITTLE_ENDIAN || type.bits() == 8);
    }
}
