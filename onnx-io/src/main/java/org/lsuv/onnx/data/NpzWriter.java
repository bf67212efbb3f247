package org.lsuv.onnx.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.time.LocalDateTime;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.lsuv.onnx.OnnxTensor;

/** Writes NumPy's {@code .npz} files: ZIP archives of {@code .npy} entries, stored as {@code numpy.savez} does. */
final class NpzWriter {
    /** The earliest time that ZIP can tell: the same tensors give the same file. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private NpzWriter() {}

    static void write(List<OnnxTensor> tensors, FileChannel channel) throws IOException {
        OutputStream stream = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        ZipOutputStream zip = new ZipOutputStream(stream);
        for (OnnxTensor tensor : tensors) {
            byte[] header = NpyFile.header(tensor);
            List<ByteBuffer> chunks = tensor.chunks();
            CRC32 checksum = new CRC32();
            checksum.update(header);
            chunks.forEach(chunk -> checksum.update(chunk.duplicate()));
            ZipEntry entry = new ZipEntry(tensor.name() + ".npy");
            entry.setMethod(ZipEntry.STORED);
            entry.setTimeLocal(NO_TIME);
            entry.setSize(header.length + tensor.byteCount());
            entry.setCrc(checksum.getValue());
            zip.putNextEntry(entry);
            zip.write(header);
            WritableByteChannel contents = Channels.newChannel(zip);
            for (ByteBuffer chunk : chunks) {
                contents.write(chunk.duplicate());
            }
            zip.closeEntry();
        }
        zip.finish();
        stream.flush();
    }
}
