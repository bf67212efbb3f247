package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds a model as an engine takes it from memory: its message, where its data files lie, and the
 * initializers that are handed over beside the message: large ones, which a message would only copy, and those
 * whose values in the data files are out of date.
 *
 * @param bytes the serialised message in a direct buffer, external data referred to by location
 * @param folder the folder of the data files; empty for a model that came from bytes
 * @param initializers values, by name, of initializers with data outside the message
 * @param bytesInFiles the size of the initializers that an engine reads from the data files
 */
public record EngineModel(
        ByteBuffer bytes, Optional<Path> folder, Map<String, OnnxTensor> initializers, long bytesInFiles) {
    /** From this size on an initializer does not travel in the message. */
    private static final int LARGE_BYTES = 1 << 16;

    /** A location that is never opened. */
    private static final StringStringEntryProto NOWHERE = StringStringEntryProto.newBuilder()
            .setKey("location")
            .setValue("in memory")
            .build();

    public EngineModel {
        initializers = Map.copyOf(initializers);
    }

    /** Returns the serialised message, positioned at its start. */
    @Override
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    static EngineModel of(OnnxModel model) {
        Map<String, OnnxTensor> given = new HashMap<>();
        ModelProto proto = model.proto();
        if (!model.externalData().edits().isEmpty()) {
            for (TensorProto tensor : proto.getGraph().getInitializerList()) {
                edit(model, tensor).ifPresent(value -> given.put(tensor.getName(), value));
            }
            // Engines replace initializers only; any other tensor moves into the message.
            proto = TensorRewrite.apply(
                    proto,
                    tensor -> given.containsKey(tensor.getName())
                            ? tensor
                            : edit(model, tensor)
                                    .map(value -> TensorCodec.encode(value.withName(tensor.getName())))
                                    .orElse(tensor));
        }
        proto = proto.toBuilder()
                .setGraph(withoutLarge(proto.getGraph(), model.externalData(), given))
                .build();
        Optional<Path> folder =
                model.source().map(source -> source.toAbsolutePath().normalize().getParent());
        return new EngineModel(serialise(proto), folder, given, bytesInFiles(proto.getGraph(), given.keySet()));
    }

    /** Moves floating-point initializers with much data out of a graph. */
    private static GraphProto withoutLarge(GraphProto graph, ExternalData data, Map<String, OnnxTensor> moved) {
        GraphProto.Builder builder = graph.toBuilder();
        for (int i = 0; i < graph.getInitializerCount(); i++) {
            TensorProto tensor = graph.getInitializer(i);
            if (tensor.getRawData().size() >= LARGE_BYTES
                    && TensorCodec.type(tensor).isFloating()) {
                moved.put(tensor.getName(), TensorCodec.decode(tensor, data));
                builder.setInitializer(
                        i,
                        tensor.toBuilder()
                                .clearRawData()
                                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                                .addExternalData(NOWHERE));
            }
        }
        return builder.build();
    }

    private static long bytesInFiles(GraphProto graph, Set<String> given) {
        return graph.getInitializerList().stream()
                .filter(tensor -> ExternalData.isExternal(tensor) && !given.contains(tensor.getName()))
                .mapToLong(tensor ->
                        OnnxTensor.byteCount(tensor.getName(), TensorCodec.type(tensor), TensorCodec.shape(tensor)))
                .sum();
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
