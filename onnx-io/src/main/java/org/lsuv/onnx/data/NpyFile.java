package org.lsuv.onnx.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.UnsupportedModelException;

/**
 * Reads and writes NumPy's {@code .npy} files, versions 1.0 to 3.0 (NumPy Enhancement Proposal 1).
 */
public final class NpyFile {
    private static final int ALIGNMENT = 64;

    private NpyFile() {}

    /**
     * Reads an array as a tensor without a name. A little-endian array in C order is mapped, not
     * copied; the file must not change while the tensor is in use.
     *
     * @throws OnnxFormatException if the file is malformed or holds other than numbers
     * @throws IOException if the file cannot be read
     */
    public static OnnxTensor read(Path file) throws IOException {
        String label = String.valueOf(file.getFileName());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            NpyHeader header = NpyHeader.read(Channels.newInputStream(channel), channel.size());
            List<ByteBuffer> chunks = new ArrayList<>();
            long length = header.byteCount();
            for (long done = 0; done < length; done += OnnxTensor.CHUNK_BYTES) {
                long count = Math.min(OnnxTensor.CHUNK_BYTES, length - done);
                chunks.add(channel.map(FileChannel.MapMode.READ_ONLY, header.dataOffset() + done, count));
            }
            return NpyLayout.tensor(header, chunks);
        } catch (OnnxFormatException problem) {
            throw problem.in(label);
        } catch (UnsupportedModelException problem) {
            throw problem.in(label);
        }
    }

    /**
     * Writes a tensor in C order, little-endian, as version 1.0, or 2.0 where the header is long. The
     * file appears whole or not at all.
     *
     * @throws UnsupportedModelException if NumPy has no such element type
     * @throws FileAlreadyExistsException if the file exists and must not be replaced
     * @throws IOException if the file cannot be written
     */
    public static void write(OnnxTensor tensor, Path file, Overwrite overwrite) throws IOException {
        byte[] header = header(tensor);
        if (overwrite == Overwrite.REFUSE && Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString(), null, "exists already");
        }
        Path temporary = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                write(channel, ByteBuffer.wrap(header));
                for (ByteBuffer chunk : tensor.chunks()) {
                    write(channel, chunk);
                }
            }
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Returns what stands before the elements. */
    static byte[] header(OnnxTensor tensor) {
        String dims = Arrays.stream(tensor.shape())
                .mapToObj(dim -> dim + (tensor.rank() == 1 ? "," : ""))
                .collect(Collectors.joining(", ", "(", ")"));
        String text = "{'descr': '" + descr(tensor) + "', 'fortran_order': False, 'shape': " + dims + ", }";
        int prefix = text.length() + ALIGNMENT > 0xffff ? 12 : 10;
        int total = (prefix + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer bytes = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(NpyHeader.MAGIC).put((byte) (prefix == 10 ? 1 : 2)).put((byte) 0);
        if (prefix == 10) {
            bytes.putShort((short) (total - prefix));
        } else {
            bytes.putInt(total - prefix);
        }
        bytes.put(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.remaining() > 1) {
            bytes.put((byte) ' ');
        }
        return bytes.put((byte) '\n').array();
    }

    private static String descr(OnnxTensor tensor) {
        OnnxType type = tensor.type();
        return switch (type) {
            case BOOL -> "|b1";
            case INT8 -> "|i1";
            case UINT8 -> "|u1";
            case FLOAT16, FLOAT, DOUBLE -> "<f" + type.bits() / 8;
            case INT16, INT32, INT64 -> "<i" + type.bits() / 8;
            case UINT16, UINT32, UINT64 -> "<u" + type.bits() / 8;
            default ->
                throw new UnsupportedModelException("tensor \"" + tensor.name() + "\": NumPy has no element type for "
                        + type.label() + "; convert it to float32 first");
        };
    }
}
