package org.lsuv.tf.savedmodel;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.UnsupportedModelException;

/** Reads SavedModels, without TensorFlow's runtime and without their variables' values. */
public final class SavedModelReader {
    static final String FILE = "saved_model.pb";
    private static final String RECOMMENDED =
            "; save the model as a SavedModel, with model.export(DIR) or tf.saved_model.save(model, DIR)";

    private SavedModelReader() {}

    /**
     * Tells whether a path looks like a SavedModel: a folder with {@code saved_model.pb}, or that file.
     */
    public static boolean isSavedModel(Path path) {
        return Files.isRegularFile(path.resolve(FILE)) || isFile(path);
    }

    private static boolean isFile(Path path) {
        return Files.isRegularFile(path) && String.valueOf(path.getFileName()).equals(FILE);
    }

    /**
     * Reads the SavedModel in a folder.
     *
     * @param path the folder, or the {@code saved_model.pb} in it
     * @throws OnnxFormatException if {@code saved_model.pb} is missing or malformed
     * @throws UnsupportedModelException if the path is a model of another form, such as {@code .keras}
     */
    public static SavedModel read(Path path) {
        Path folder = isFile(path) ? path.resolveSibling("") : path;
        String label = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        Path file = folder.resolve(FILE);
        try {
            if (!Files.isRegularFile(file)) {
                throw missing(folder);
            }
            try (InputStream stream = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
                CodedInputStream in = CodedInputStream.newInstance(stream);
                in.setSizeLimit(Integer.MAX_VALUE);
                org.tensorflow.proto.SavedModel proto = org.tensorflow.proto.SavedModel.parseFrom(in);
                in.checkLastTagWas(0);
                return new SavedModel(folder, label, proto);
            } catch (InvalidProtocolBufferException malformed) {
                throw new OnnxFormatException(
                        FILE + ": expected a SavedModel, found something else (" + malformed.getMessage() + ")",
                        malformed);
            } catch (IOException failure) {
                throw new OnnxFormatException(FILE + ": cannot be read (" + failure.getMessage() + ")", failure);
            }
        } catch (OnnxFormatException problem) {
            throw problem.in(label);
        } catch (UnsupportedModelException problem) {
            throw problem.in(label);
        }
    }

    private static RuntimeException missing(Path path) {
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        if (Files.isRegularFile(path)) {
            if (name.endsWith(".keras")) {
                return new UnsupportedModelException("is a Keras 3 file, which holds no graph" + RECOMMENDED);
            }
            if (name.endsWith(".h5") || name.endsWith(".hdf5")) {
                return new UnsupportedModelException("is a Keras HDF5 file, which holds no graph" + RECOMMENDED);
            }
            return new OnnxFormatException("expected a folder with " + FILE + ", found a file");
        }
        if (Files.exists(path.resolve("saved_model.pbtxt"))) {
            return new UnsupportedModelException("saved_model.pbtxt: the text form is not supported" + RECOMMENDED);
        }
        if (Files.exists(path.resolve("checkpoint"))) {
            return new UnsupportedModelException("is a checkpoint, which holds no graph" + RECOMMENDED);
        }
        return Files.isDirectory(path)
                ? new OnnxFormatException("has no " + FILE + "; expected the folder of a SavedModel" + inside(path))
                : new OnnxFormatException("no such folder");
    }

    /** Servers keep each version of a model in a folder of its own. */
    private static String inside(Path path) {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(SavedModelReader::isSavedModel)
                    .sorted()
                    .map(entry -> ", such as " + entry)
                    .findFirst()
                    .orElse("");
        } catch (IOException unreadable) {
            return "";
        }
    }
}
