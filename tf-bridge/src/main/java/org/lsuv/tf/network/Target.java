package org.lsuv.tf.network;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.lsuv.onnx.Overwrite;
import org.lsuv.tf.onnxexport.ExportOptions;

/**
 * Says where a network goes, and in which form.
 *
 * @param path a file of ONNX if its name ends in {@code .onnx} or the network came from one, else the folder of a
 *     SavedModel
 * @param overwrite what becomes of files that exist
 * @param opset the version of ONNX's operators, where a network that has none goes to ONNX
 */
public record Target(Path path, Overwrite overwrite, long opset) {
    private static final String EXTENSION = ".onnx";

    /** Returns the target at a path, where nothing is replaced. */
    public static Target of(Path path) {
        return of(path, Overwrite.REFUSE);
    }

    /** Returns the target at a path, in the opset that most engines read. */
    public static Target of(Path path, Overwrite overwrite) {
        return new Target(path, overwrite, ExportOptions.DEFAULT_OPSET);
    }

    /** Tells whether the name is that of an ONNX file. */
    public boolean isOnnx() {
        return String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT).endsWith(EXTENSION);
    }

    /**
     * Checks that it can be written.
     *
     * @throws FileAlreadyExistsException if it exists and must not be replaced
     * @throws NoSuchFileException if the folder around it does not exist
     */
    public void checkFree() throws IOException {
        if (overwrite == Overwrite.REFUSE && Files.exists(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
    }
}
