package org.lsuv.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.Overwrite;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.Target;

/** Finds out where a model goes. */
final class Destination {
    private static final String EXTENSION = ".onnx";

    private Destination() {}

    /**
     * Returns where a user wants a model; else {@code model.lsuv.onnx} beside {@code model.onnx}, and {@code
     * folder.lsuv} beside the folder of a SavedModel.
     *
     * @throws UsageException if a model of this form cannot go there
     */
    static Target of(Path model, @Nullable Path given, Overwrite overwrite, long opset) {
        boolean saved = Network.isSavedModel(model);
        Target target = new Target(given == null ? derived(model, saved ? "" : EXTENSION) : given, overwrite, opset);
        if (Files.isDirectory(target.path()) && (!saved || target.isOnnx())) {
            throw new UsageException(target.path() + ": is a folder; expected the name of a file");
        }
        if (saved && !target.isOnnx() && Files.isRegularFile(target.path())) {
            throw new UsageException(
                    target.path() + ": is a file; expected the name of a folder for a SavedModel, or of a .onnx file");
        }
        return target;
    }

    private static Path derived(Path model, String extension) {
        Path clean = model.normalize();
        Path named = String.valueOf(clean.getFileName()).isEmpty() ? clean.toAbsolutePath() : clean;
        String name = String.valueOf(named.getFileName());
        boolean usual = name.toLowerCase(Locale.ROOT).endsWith(extension);
        String stem = usual ? name.substring(0, name.length() - extension.length()) : name;
        return named.resolveSibling(stem + ".lsuv" + extension);
    }
}
