package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tensor data that a model keeps in files of its own, memory-mapped.
 *
 * <p>A mapping lasts as long as someone uses its bytes: together, the mappings of all weights would take as much
 * memory as the weights. The files stay open, so that one that is replaced can still be read.
 *
 * <p>A location is relative to the folder of the model and must stay inside it, links resolved
 * (CVE-2022-25882, CVE-2024-27318 and CVE-2024-5187 are this hole in other readers). New values for
 * external tensors are kept beside the files until the model is written. A model that was built has no files yet, only
 * such values.
 */
final class ExternalData {
    /** The location of the values of a model that was built, until they are written to a file. */
    static final String UNWRITTEN = "unwritten";

    /**
     * Names a region of a data file.
     *
     * @param location the file, relative to the folder of the model
     * @param offset the first byte
     * @param length the number of bytes
     */
    record Region(String location, long offset, long length) {}

    private final @Nullable Path folder;
    private final Map<Region, OnnxTensor> edits;
    private final Map<String, FileChannel> open;

    ExternalData(@Nullable Path folder, Map<Region, OnnxTensor> edits) {
        this(folder, edits, new ConcurrentHashMap<>());
    }

    private ExternalData(@Nullable Path folder, Map<Region, OnnxTensor> edits, Map<String, FileChannel> open) {
        this.folder = folder;
        this.edits = Map.copyOf(edits);
        this.open = open;
    }

    static boolean isExternal(TensorProto tensor) {
        return tensor.hasDataLocation() && tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }

    ExternalData with(Map<Region, OnnxTensor> changes) {
        Map<Region, OnnxTensor> all = new HashMap<>(edits);
        all.putAll(changes);
        return new ExternalData(folder, all, open);
    }

    Map<Region, OnnxTensor> edits() {
        return edits;
    }

    /** Tells whether there are files, and not only values that are to be written. */
    boolean hasFiles() {
        return folder != null;
    }

    /** Returns where the data of a tensor lies, offsets and length checked against the file. */
    Region region(TensorProto tensor, long expectedBytes) {
        String location = "";
        long offset = 0;
        long length = -1;
        Set<String> keys = new HashSet<>();
        for (StringStringEntryProto entry : tensor.getExternalDataList()) {
            if (!keys.add(entry.getKey())) {
                throw new OnnxFormatException(
                        "tensor \"" + tensor.getName() + "\": external data " + entry.getKey() + ": is given twice");
            }
            switch (entry.getKey()) {
                case "location" -> location = entry.getValue();
                case "offset" -> offset = number(tensor, entry);
                case "length" -> length = number(tensor, entry);
                default -> {
                    // "checksum" and keys of later versions say nothing about where the data lies.
                }
            }
        }
        Region unwritten = new Region(location, offset, length);
        if (folder == null && length == expectedBytes && edits.containsKey(unwritten)) {
            return unwritten;
        }
        long size;
        try {
            size = Files.size(path(tensor.getName(), location));
        } catch (IOException failure) {
            throw new OnnxFormatException(
                    prefix(tensor, location) + ": cannot be read (" + failure.getMessage() + ")", failure);
        }
        // Without a length the data runs to the end of the file.
        long found = length >= 0 ? length : size - offset;
        if (offset > size || found > size - offset) {
            throw new OnnxFormatException(prefix(tensor, location) + ": bytes " + offset + " to " + offset + "+" + found
                    + " lie outside the file of " + size + " bytes");
        }
        if (found != expectedBytes) {
            throw new OnnxFormatException(
                    prefix(tensor, location) + ": expected " + expectedBytes + " bytes, found " + found);
        }
        return new Region(canonical(location), offset, found);
    }

    /** Returns one spelling for all that name the same file: {@code ./a//b} is {@code a/b}. */
    static String canonical(String location) {
        try {
            return Path.of(location).normalize().toString().replace('\\', '/');
        } catch (InvalidPathException invalid) {
            return location;
        }
    }

    private static long number(TensorProto tensor, StringStringEntryProto entry) {
        try {
            long value = Long.parseLong(entry.getValue());
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // Reported below, together with negative numbers.
        }
        throw new OnnxFormatException("tensor \"" + tensor.getName() + "\": external data " + entry.getKey()
                + ": expected a number of bytes, found \"" + entry.getValue() + "\"");
    }

    /** Returns what maps a region each time that it is asked, the file being open already. */
    Supplier<List<ByteBuffer>> reader(TensorProto tensor, Region region) {
        OnnxTensor edited = edits.get(region);
        if (edited != null) {
            return edited::chunks;
        }
        String name = tensor.getName();
        FileChannel file = open(name, region.location());
        return () -> {
            try {
                return map(file, region.offset(), region.length());
            } catch (IOException failure) {
                throw unreadable(name, region.location(), failure);
            }
        };
    }

    private FileChannel open(String tensorName, String location) {
        Path path = path(tensorName, location);
        return open.computeIfAbsent(location, key -> {
            try {
                return FileChannel.open(path, StandardOpenOption.READ);
            } catch (IOException failure) {
                throw unreadable(tensorName, location, failure);
            }
        });
    }

    private static OnnxFormatException unreadable(String tensorName, String location, IOException failure) {
        return new OnnxFormatException(
                prefix(tensorName, location) + ": cannot be read (" + failure.getMessage() + ")", failure);
    }

    private static List<ByteBuffer> map(FileChannel file, long offset, long length) throws IOException {
        List<ByteBuffer> chunks = new ArrayList<>();
        for (long done = 0; done < length; done += OnnxTensor.CHUNK_BYTES) {
            long count = Math.min(OnnxTensor.CHUNK_BYTES, length - done);
            chunks.add(file.map(FileChannel.MapMode.READ_ONLY, offset + done, count));
        }
        return chunks;
    }

    /** Resolves a location to a file inside the model's folder. */
    Path path(String tensorName, String location) {
        String prefix = prefix(tensorName, location);
        if (folder == null) {
            throw new OnnxFormatException(prefix + ": the model was not read from a folder");
        }
        if (location.isEmpty()) {
            throw new OnnxFormatException(prefix + ": has no location");
        }
        try {
            Path relative = Path.of(location);
            Path resolved = folder.resolve(relative).normalize();
            if (relative.isAbsolute() || !resolved.startsWith(folder.normalize())) {
                throw new OnnxFormatException(prefix + ": lies outside the folder of the model");
            }
            if (!Files.isRegularFile(resolved)) {
                throw new OnnxFormatException(prefix + ": no such file in the folder of the model");
            }
            if (!resolved.toRealPath().startsWith(folder.toRealPath())) {
                throw new OnnxFormatException(prefix + ": is a link to outside the folder of the model");
            }
            return resolved;
        } catch (InvalidPathException invalid) {
            throw new OnnxFormatException(prefix + ": is not a file name", invalid);
        } catch (IOException failure) {
            throw new OnnxFormatException(prefix + ": cannot be read (" + failure.getMessage() + ")", failure);
        }
    }

    private static String prefix(TensorProto tensor, String location) {
        return prefix(tensor.getName(), location);
    }

    private static String prefix(String tensorName, String location) {
        return (tensorName.isEmpty() ? "" : "tensor \"" + tensorName + "\": ") + "external data \"" + location + "\"";
    }
}
