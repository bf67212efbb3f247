package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.Overwrite;

/**
 * Says where a model goes, and in which form.
 *
 * @param file the file, or the folder of a SavedModel
 * @param overwrite what becomes of files that exist
 * @param opset the version of ONNX's operators, where a model that has none goes to ONNX
 */
record Destination(Path file, Overwrite overwrite, long opset) {
    private static final String EXTENSION = ".onnx";

    /**
     * Returns where a user wants a model, or {@code model.lsuv.onnx} beside {@code model.onnx}.
     *
     * @throws UsageException if a model of this form cannot go there
     */
    static Destination of(Path model, @Nullable Path given, Overwrite overwrite, long opset) {
        boolean saved = SourceOptions.isSavedModel(model);
        Path file = given == null ? derived(model, saved ? "" : EXTENSION) : given;
        if (!saved && Files.isDirectory(file)) {
            throw new UsageException(file + ": is a folder; expected the name of a file");
        }
        if (saved && !isOnnx(file) && Files.isRegularFile(file)) {
            throw new UsageException(
                    file + ": is a file; expected the name of a folder for a SavedModel, or of a .onnx file");
        }
        return new Destination(file, overwrite, opset);
    }

    private static Path derived(Path model, String extension) {
        Path whole = model.toAbsolutePath().normalize();
        String name = String.valueOf(whole.getFileName());
        boolean usual = name.toLowerCase(Locale.ROOT).endsWith(extension);
        String stem = usual ? name.substring(0, name.length() - extension.length()) : name;
        Path sibling = model.normalize().resolveSibling(stem + ".lsuv" + extension);
        return String.valueOf(model.normalize().getFileName()).isEmpty()
                ? whole.resolveSibling(stem + ".lsuv" + extension)
                : sibling;
    }

    /** Tells whether an ONNX file is meant. */
    boolean isOnnx() {
        return isOnnx(file);
    }

    private static boolean isOnnx(Path file) {
        return String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(EXTENSION);
    }

    /** Checks that it can be written, before any work. */
    void checkFree() throws IOException {
        checkFree(file, overwrite);
    }

    /** Checks that the files of external data can be written, too. */
    void checkFree(OnnxModel model) throws IOException {
        for (Path target : OnnxWriter.targets(model, file)) {
            if (overwrite == Overwrite.REFUSE && Files.exists(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
        }
    }

    static void checkFree(Path file, Overwrite overwrite) throws IOException {
        if (overwrite == Overwrite.REFUSE && Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString());
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
    }

    /** Writes a model and returns what the file then holds. */
    OnnxModel write(OnnxModel model) throws IOException {
        OnnxWriter.write(model, file, overwrite);
        return OnnxReader.read(file);
    }
}
