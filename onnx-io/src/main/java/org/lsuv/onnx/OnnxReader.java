package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads ONNX files up to IR version 13, weights memory-mapped, and checks them before use. */
public final class OnnxReader {
    /** The newest version of the file format that is understood. */
    public static final long MAX_IR_VERSION = 13;

    private OnnxReader() {}

    /**
     * Reads a model and checks its structure: sizes, external data, names, order.
     *
     * @throws OnnxFormatException if the file is not a well-formed ONNX model
     * @throws UnsupportedModelException if the file is of a later format version
     * @throws IOException if the file cannot be read
     */
    public static OnnxModel read(Path file) throws IOException {
        String label = String.valueOf(file.getFileName());
        try {
            if (!Files.exists(file)) {
                throw new NoSuchFileException(file.toString(), null, "no such file");
            }
            if (!Files.isRegularFile(file)) {
                throw new OnnxFormatException("is not a file; expected an ONNX model");
            }
            Path folder = file.toAbsolutePath().normalize().getParent();
            OnnxModel model = model(file, parse(file, "an ONNX model", ModelProto::parseFrom), folder);
            ModelCheck.check(model);
            return model;
        } catch (OnnxFormatException problem) {
            throw problem.in(label);
        } catch (UnsupportedModelException problem) {
            throw problem.in(label);
        } catch (StackOverflowError tooDeep) {
            throw tooDeep(tooDeep).in(label);
        }
    }

    /** Reads a model without external data from bytes, with the checks of {@link #read(Path)}. */
    public static OnnxModel read(byte[] bytes) {
        try {
            OnnxModel model = model(
                    null, parse(CodedInputStream.newInstance(bytes), "an ONNX model", ModelProto::parseFrom), null);
            ModelCheck.check(model);
            return model;
        } catch (StackOverflowError tooDeep) {
            throw tooDeep(tooDeep);
        }
    }

    private static OnnxFormatException tooDeep(Throwable cause) {
        return new OnnxFormatException("graphs are nested too deeply", cause);
    }

    /**
     * Reads one tensor from a file that holds a {@code TensorProto}, as ONNX's own test cases do.
     *
     * @throws OnnxFormatException if the file is no well-formed tensor, or the tensor keeps its data in
     *     another file
     * @throws IOException if the file cannot be read
     */
    public static OnnxTensor readTensor(Path file) throws IOException {
        try {
            TensorProto tensor = parse(file, "a TensorProto", TensorProto::parseFrom);
            if (tensor.getDataType() == 0) {
                throw new OnnxFormatException("is not a TensorProto: it names no data type");
            }
            if (ExternalData.isExternal(tensor)) {
                throw new OnnxFormatException("tensor \"" + tensor.getName()
                        + "\": keeps its data in another file; expected it in the tensor itself");
            }
            return TensorCodec.decode(tensor, new ExternalData(null, Map.of()));
        } catch (OnnxFormatException problem) {
            throw problem.in(String.valueOf(file.getFileName()));
        }
    }

    private static OnnxModel model(@Nullable Path file, ModelProto proto, @Nullable Path folder) {
        if (!proto.hasGraph()) {
            throw new OnnxFormatException("holds no graph; expected an ONNX model");
        }
        if (proto.getIrVersion() > MAX_IR_VERSION) {
            throw new UnsupportedModelException("IR version " + proto.getIrVersion() + " is newer than the supported "
                    + MAX_IR_VERSION + "; export the model with an older opset");
        }
        if (proto.getIrVersion() >= 3 && proto.getOpsetImportCount() == 0) {
            throw new OnnxFormatException("imports no operator set; was it cut short?");
        }
        return new OnnxModel(file, proto, new ExternalData(folder, Map.of()));
    }

    private interface Parser<T> {
        T parse(CodedInputStream input) throws IOException;
    }

    private static <T> T parse(Path file, String what, Parser<T> parser) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size == 0) {
                throw new OnnxFormatException("is empty; expected " + what);
            }
            if (size > Integer.MAX_VALUE) {
                throw new OnnxFormatException("has " + size
                        + " bytes, more than the 2 GB that a Protobuf message may have; expected external data");
            }
            CodedInputStream input = UnsafeByteOperations.unsafeWrap(
                            channel.map(FileChannel.MapMode.READ_ONLY, 0, size))
                    .newCodedInput();
            // Weights stay in the mapped file instead of being copied to the heap.
            input.enableAliasing(true);
            return parse(input, what, parser);
        }
    }

    private static <T> T parse(CodedInputStream input, String what, Parser<T> parser) {
        try {
            return parser.parse(input);
        } catch (IOException failure) {
            // Protobuf stops at 100 messages, which is 32 graphs, and has no exception type for it.
            if (String.valueOf(failure.getMessage()).contains("too many levels of nesting")) {
                throw tooDeep(failure);
            }
            throw new OnnxFormatException(
                    "is not " + what + ", or was cut short (" + failure.getMessage() + ")", failure);
        }
    }
}
