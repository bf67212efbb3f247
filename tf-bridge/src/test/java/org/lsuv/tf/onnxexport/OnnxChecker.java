package org.lsuv.tf.onnxexport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.onnx.global.onnx;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.Overwrite;

/**
 * Asks ONNX's own checker, with strict inference of types and shapes. ONNX Runtime takes models that the standard
 * does not allow; other engines do not.
 */
final class OnnxChecker {
    /** The newest operator set that ONNX 1.17 knows. */
    static final long MAX_OPSET = 22;

    private static final Optional<String> MISSING = load();

    private OnnxChecker() {}

    private static Optional<String> load() {
        try {
            Loader.load(onnx.class);
            return Optional.empty();
        } catch (UnsatisfiedLinkError absent) {
            return Optional.of("skipped: ONNX's checker has no library for " + Loader.getPlatform());
        }
    }

    /** Returns why the checker cannot be asked on this machine; empty where it can. */
    static Optional<String> missing() {
        return MISSING;
    }

    /**
     * Checks a model as it is written, if the checker is there and knows its operator set.
     *
     * @throws RuntimeException with the checker's message if it refuses the model
     */
    static void accept(OnnxModel model) {
        if (MISSING.isPresent() || model.opset("").orElse(1) > MAX_OPSET) {
            return;
        }
        try {
            Path folder = Files.createTempDirectory("checked");
            Path file = folder.resolve("model.onnx");
            try {
                OnnxWriter.write(model, file, Overwrite.REFUSE);
                accept(file);
            } finally {
                for (Path written : OnnxWriter.targets(model, file)) {
                    Files.deleteIfExists(written);
                }
                Files.delete(folder);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Checks a file, and the data beside it, in the same way. */
    static void accept(Path file) {
        if (MISSING.isEmpty()) {
            onnx.check_model(file.toString(), true, false, false);
        }
    }
}
