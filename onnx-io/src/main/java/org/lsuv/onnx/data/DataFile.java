package org.lsuv.onnx.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;

/** Reads a data file of any known format, recognised by its first bytes whatever its name. */
public final class DataFile {
    private static final int MAGIC_BYTES = 8;

    private DataFile() {}

    /**
     * Returns the arrays of a file by name. An array that stands alone ({@code .npy}, {@code
     * TensorProto}) has the name {@code ""} here; a name inside a {@code TensorProto} stays in the
     * tensor.
     *
     * @throws OnnxFormatException if the file is malformed or of another format
     * @throws IOException if the file cannot be read
     */
    public static Map<String, OnnxTensor> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such file");
        }
        if (!Files.isRegularFile(file)) {
            throw new OnnxFormatException(file + ": is not a file; expected a data batch");
        }
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(MAGIC_BYTES);
        }
        // A damaged file is best explained by the reader that its name asks for.
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (NpyHeader.startsWithMagic(start)) {
            return Map.of("", NpyFile.read(file));
        }
        if (isZip(start)) {
            return NpzFile.read(file);
        }
        if (name.endsWith(".npy")) {
            return Map.of("", NpyFile.read(file));
        }
        if (name.endsWith(".npz")) {
            return NpzFile.read(file);
        }
        refuseKnown(file, start);
        return Map.of("", OnnxReader.readTensor(file));
    }

    private static boolean isZip(byte[] start) {
        boolean zip = start.length >= 4 && start[0] == 'P' && start[1] == 'K';
        // The second form is an archive without entries.
        return zip && ((start[2] == 3 && start[3] == 4) || (start[2] == 5 && start[3] == 6));
    }

    private static void refuseKnown(Path file, byte[] start) {
        Map<String, String> formats = Map.of(
                "\u0089HDF", "an HDF5 file",
                "\u0089PNG", "a PNG image",
                "\u00ff\u00d8\u00ff", "a JPEG image",
                "\u001f\u008b", "a gzip file");
        String text = new String(start, java.nio.charset.StandardCharsets.ISO_8859_1);
        formats.forEach((magic, format) -> {
            if (text.startsWith(magic)) {
                throw new OnnxFormatException(file.getFileName() + ": is " + format
                        + "; expected .npy, .npz or a TensorProto (.pb): save the batch with numpy.save");
            }
        });
    }
}
