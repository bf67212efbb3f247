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
 * Says where the initialised model goes.
 *
 * @param file the file
 * @param overwrite what becomes of files that exist
 */
record Destination(Path file, Overwrite overwrite) {
    private static final String EXTENSION = ".onnx";

    /** Returns the file that a user named, or {@code model.lsuv.onnx} beside {@code model.onnx}. */
    static Destination of(Path model, @Nullable Path given, Overwrite overwrite) {
        return new Destination(given == null ? model.resolveSibling(derived(model)) : given, overwrite);
    }

    private static String derived(Path model) {
        String name = String.valueOf(model.getFileName());
        boolean usual = name.toLowerCase(Locale.ROOT).endsWith(EXTENSION);
        String stem = usual ? name.substring(0, name.length() - EXTENSION.length()) : name;
        return stem + ".lsuv" + EXTENSION;
    }

    /** Checks that the file can be written, before any work. */
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
        if (Files.isDirectory(file)) {
            throw new UsageException(file + ": is a folder; expected the name of a file");
        }
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
