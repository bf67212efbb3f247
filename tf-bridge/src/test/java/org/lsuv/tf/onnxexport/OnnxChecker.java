package org.lsuv.tf.onnxexport;

import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.onnx.ModelProto;
import org.bytedeco.onnx.global.onnx;
import org.lsuv.onnx.OnnxModel;

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
     * Checks a model in memory, if the checker is there and knows its operator set.
     *
     * @throws RuntimeException with the checker's message if it refuses the model
     */
    static void accept(OnnxModel model) {
        if (MISSING.isPresent() || model.opset("").orElse(1) > MAX_OPSET) {
            return;
        }
        try (ModelProto proto = new ModelProto();
                BytePointer bytes = new BytePointer(model.forEngine().bytes())) {
            if (!proto.ParseFromString(bytes)) {
                throw new IllegalArgumentException(model.label() + " is no ModelProto");
            }
            onnx.check_model(proto, true, false, false);
        }
    }

    /** Checks a file, and the data beside it, in the same way. */
    static void accept(Path file) {
        if (MISSING.isEmpty()) {
            onnx.check_model(file.toString(), true, false, false);
        }
    }
}
