package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Holds a model as an engine takes it from memory: its message, where its data files lie, and the
 * initializers whose values in those files are out of date.
 *
 * @param bytes the serialised message in a direct buffer, external data referred to by location
 * @param folder the folder of the data files; empty for a model that came from bytes
 * @param changedInitializers new values, by name, for initializers with data outside the message
 */
public record EngineModel(ByteBuffer bytes, Optional<Path> folder, Map<String, OnnxTensor> changedInitializers) {

    public EngineModel {
        changedInitializers = Map.copyOf(changedInitializers);
    }

    /** Returns the serialised message, positioned at its start. */
    @Override
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    static EngineModel of(OnnxModel model) {
        Map<String, OnnxTensor> changed = new HashMap<>();
        ModelProto proto = model.proto();
        if (!model.externalData().edits().isEmpty()) {
            for (TensorProto tensor : proto.getGraph().getInitializerList()) {
                edit(model, tensor).ifPresent(value -> changed.put(tensor.getName(), value));
            }
            // Engines replace initializers only; any other tensor moves into the message.
            proto = TensorRewrite.apply(
                    proto,
                    tensor -> changed.containsKey(tensor.getName())
                            ? tensor
                            : edit(model, tensor)
                                    .map(value -> TensorCodec.encode(value.withName(tensor.getName())))
                                    .orElse(tensor));
        }
        Optional<Path> folder =
                model.source().map(source -> source.toAbsolutePath().normalize().getParent());
        return new EngineModel(serialise(proto), folder, changed);
    }

    private static Optional<OnnxTensor> edit(OnnxModel model, TensorProto tensor) {
        if (!ExternalData.isExternal(tensor)) {
            return Optional.empty();
        }
        OnnxType type = TensorCodec.type(tensor);
        long bytes = OnnxTensor.byteCount(tensor.getName(), type, TensorCodec.shape(tensor));
        ExternalData.Region region = model.externalData().region(tensor, bytes);
        // Tensors may share a region under different shapes.
        return Optional.ofNullable(model.externalData().edits().get(region))
                .map(value -> OnnxTensor.of(tensor.getName(), type, TensorCodec.shape(tensor), value.chunks()));
    }

    private static ByteBuffer serialise(ModelProto proto) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(proto.getSerializedSize());
        CodedOutputStream output = CodedOutputStream.newInstance(bytes);
        try {
            proto.writeTo(output);
            output.flush();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return bytes.rewind();
    }
}
