package org.lsuv.onnx.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;

/** Reads NumPy's {@code .npz} files: ZIP archives of {@code .npy} entries, stored or deflated. */
public final class NpzFile {
    private static final String SUFFIX = ".npy";

    /** The most that DEFLATE can expand: 258 bytes from two bits. */
    private static final long MAX_RATIO = 1032;

    private NpzFile() {}

    /**
     * Reads all arrays into memory, by entry name without {@code .npy}, in the order of the archive.
     *
     * <p>Nothing is allocated for an entry before its header, the archive's directory and the size of
     * the file agree. Folders are skipped.
     *
     * @throws OnnxFormatException if the archive or an entry is malformed, an entry is no array, or
     *     two have the same name
     * @throws UnsupportedModelException if the arrays together do not fit the Java heap
     * @throws IOException if the file cannot be read
     */
    public static Map<String, OnnxTensor> read(Path file) throws IOException {
        String label = String.valueOf(file.getFileName());
        long fileSize = Files.size(file);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            Map<String, ZipEntry> entries = entries(zip, fileSize);
            Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
            for (Map.Entry<String, ZipEntry> entry : entries.entrySet()) {
                tensors.put(entry.getKey(), read(zip, entry.getValue()).withName(entry.getKey()));
            }
            if (tensors.isEmpty()) {
                throw new OnnxFormatException("holds no arrays");
            }
            return Collections.unmodifiableMap(tensors);
        } catch (ZipException | EOFException malformed) {
            throw new OnnxFormatException(
                    label + ": is not a readable .npz archive (" + reason(malformed) + ")", malformed);
        } catch (OnnxFormatException problem) {
            throw problem.in(label);
        } catch (UnsupportedModelException problem) {
            throw problem.in(label);
        }
    }

    /** Returns the entries by array name, all checked before the first is read. */
    private static Map<String, ZipEntry> entries(ZipFile zip, long fileSize) {
        Map<String, ZipEntry> entries = new LinkedHashMap<>();
        long total = 0;
        for (ZipEntry entry : Collections.list(zip.entries())) {
            if (entry.isDirectory()) {
                continue;
            }
            // ZipFile would give the data of the last for both.
            if (entries.put(arrayName(entry), entry) != null) {
                throw new OnnxFormatException("has two entries \"" + entry.getName() + "\"");
            }
            checkSizes(entry, fileSize);
            total = Math.addExact(total, entry.getSize());
        }
        HeapLimit.check(total);
        return entries;
    }

    private static String reason(IOException problem) {
        return problem.getMessage() == null ? "it ends too early" : problem.getMessage();
    }

    private static String arrayName(ZipEntry entry) {
        String name = entry.getName();
        if (!name.endsWith(SUFFIX) || name.length() == SUFFIX.length()) {
            throw new OnnxFormatException(
                    "entry \"" + name + "\" is no array; expected names that end in .npy: remove it from the archive");
        }
        return name.substring(0, name.length() - SUFFIX.length());
    }

    private static void checkSizes(ZipEntry entry, long fileSize) {
        long packed = entry.getCompressedSize();
        long most = entry.getMethod() == ZipEntry.STORED ? packed : packed * MAX_RATIO;
        if (packed < 0 || packed > fileSize || entry.getSize() < 0 || entry.getSize() > most) {
            throw new OnnxFormatException("entry \"" + entry.getName() + "\": " + packed + " packed bytes in a file of "
                    + fileSize + " cannot hold the " + entry.getSize() + " declared");
        }
    }

    private static OnnxTensor read(ZipFile zip, ZipEntry entry) throws IOException {
        try (InputStream packed = zip.getInputStream(entry)) {
            CheckedInputStream in = new CheckedInputStream(packed, new CRC32());
            NpyHeader header = NpyHeader.read(in, entry.getSize());
            List<ByteBuffer> chunks = new ArrayList<>();
            for (long left = header.byteCount(); left > 0; ) {
                byte[] chunk = new byte[(int) Math.min(left, OnnxTensor.CHUNK_BYTES)];
                if (in.readNBytes(chunk, 0, chunk.length) < chunk.length) {
                    throw new OnnxFormatException("ends before the " + entry.getSize() + " bytes declared");
                }
                chunks.add(ByteBuffer.wrap(chunk));
                left -= chunk.length;
            }
            if (in.read() >= 0) {
                throw new OnnxFormatException("holds more than the " + entry.getSize() + " bytes declared");
            }
            if (in.getChecksum().getValue() != entry.getCrc()) {
                throw new OnnxFormatException("does not match its checksum; the file is damaged");
            }
            return NpyLayout.tensor(header, chunks);
        } catch (OnnxFormatException problem) {
            throw problem.in("entry \"" + entry.getName() + "\"");
        } catch (UnsupportedModelException problem) {
            throw problem.in("entry \"" + entry.getName() + "\"");
        } catch (ZipException | EOFException damaged) {
            throw new OnnxFormatException(
                    "entry \"" + entry.getName() + "\": is damaged (" + reason(damaged) + ")", damaged);
        }
    }
}
