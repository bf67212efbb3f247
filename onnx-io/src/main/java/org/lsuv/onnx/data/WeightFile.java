package org.lsuv.onnx.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.UnsupportedModelException;

/** Writes many tensors by name into one file. */
public final class WeightFile {
    private WeightFile() {}

    /**
     * Writes tensors under their names. The file appears whole or not at all, and one tensor after the other
     * is read while it is written.
     *
     * @throws UnsupportedModelException if the format has no type for a tensor
     * @throws IllegalArgumentException if two tensors have one name
     * @throws FileAlreadyExistsException if the file exists and must not be replaced
     * @throws IOException if the file cannot be written
     */
    public static void write(List<OnnxTensor> tensors, Path file, WeightFormat format, Overwrite overwrite)
            throws IOException {
        Set<String> names = new HashSet<>();
        for (OnnxTensor tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("two tensors are called \"" + tensor.name() + "\"");
            }
        }
        List<OnnxTensor> storable = tensors.stream()
                .map(tensor -> format.storable(tensor)
                        .orElseThrow(() -> new UnsupportedModelException("tensor \"" + tensor.name() + "\": "
                                + format.extension() + " files have no element type for "
                                + tensor.type().label())))
                .toList();
        if (overwrite == Overwrite.REFUSE && Files.exists(file)) {
            throw new FileAlreadyExistsException(file.toString(), null, "exists already");
        }
        Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                switch (format) {
                    case SAFETENSORS -> SafetensorsWriter.write(storable, channel);
                    case NPZ -> NpzWriter.write(storable, channel);
                }
            }
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
