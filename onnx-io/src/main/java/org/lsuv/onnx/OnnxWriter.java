package org.lsuv.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Writes a model whole or not at all: everything goes to temporary files beside the targets, which
 * take their names at the end, the model's last.
 *
 * <p>External data keeps its layout: every data file is copied with its offsets and gaps, and only
 * the regions of changed weights differ. In another folder the data files keep their names; in the
 * same one they are named after the output ({@code out.onnx.data} for {@code model.onnx.data}). A model that was built
 * and is too large for one file gets such a file of its own.
 */
public final class OnnxWriter {
    private OnnxWriter() {}

    /**
     * Writes a model.
     *
     * @throws FileAlreadyExistsException if a target exists and must not be replaced
     * @throws NoSuchFileException if the folder of the target does not exist
     * @throws IOException if the files cannot be written
     */
    public static void write(OnnxModel model, Path target, Overwrite overwrite) throws IOException {
        Map<String, String> locations = locations(model, target);
        Path folder = folder(target);
        List<Path> targets = new ArrayList<>();
        locations.values().forEach(location -> targets.add(folder.resolve(location)));
        targets.add(target);
        requireFree(targets, overwrite);
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null, "no such folder");
        }
        List<Path> temporary = new ArrayList<>();
        Deque<Path> newFolders = new ArrayDeque<>();
        boolean written = false;
        try {
            for (Map.Entry<String, String> location : locations.entrySet()) {
                Path data = folder.resolve(location.getValue());
                createFolders(folder(data), newFolders);
                Path copy = temporary(data);
                temporary.add(copy);
                try {
                    copyData(model, location.getKey(), copy);
                } catch (IOException failure) {
                    throw cannotWrite(data, failure);
                }
            }
            Path file = temporary(target);
            temporary.add(file);
            try {
                writeProto(relocated(model, locations), file);
            } catch (IOException failure) {
                throw cannotWrite(target, failure);
            }
            for (int i = 0; i < targets.size(); i++) {
                move(temporary.get(i), targets.get(i));
            }
            written = true;
        } finally {
            if (!written) {
                temporary.forEach(OnnxWriter::discard);
                newFolders.forEach(OnnxWriter::discard);
            }
        }
    }

    /** Names the file that was to be, not the one with a temporary name nor the one that was copied. */
    private static FileSystemException cannotWrite(Path target, IOException failure) {
        String reason = failure instanceof FileSystemException named ? named.getReason() : failure.getMessage();
        reason = failure instanceof AccessDeniedException ? "permission denied" : reason;
        FileSystemException translated = new FileSystemException(
                target.toString(), null, "cannot be written" + (reason == null ? "" : ": " + reason));
        translated.initCause(failure);
        return translated;
    }

    private static void createFolders(Path folder, Deque<Path> created) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        createFolders(folder(folder), created);
        Files.createDirectory(folder);
        created.push(folder);
    }

    /** Leaves a folder that is not empty: someone else has put a file there meanwhile. */
    private static void discard(Path left) {
        try {
            Files.deleteIfExists(left);
        } catch (IOException failure) {
            // What made the writing fail is reported, and says more.
        }
    }

    /**
     * Checks that {@link #write} replaces nothing that it must not, before long work.
     *
     * @throws FileAlreadyExistsException if it would
     */
    public static void checkFree(OnnxModel model, Path target, Overwrite overwrite) throws FileAlreadyExistsException {
        requireFree(targets(model, target), overwrite);
    }

    private static void requireFree(List<Path> files, Overwrite overwrite) throws FileAlreadyExistsException {
        for (Path file : files) {
            if (overwrite == Overwrite.REFUSE && Files.exists(file)) {
                throw new FileAlreadyExistsException(file.toString(), null, "exists already");
            }
        }
    }

    /** Returns every file that {@link #write} makes. */
    public static List<Path> targets(OnnxModel model, Path target) {
        List<Path> targets = new ArrayList<>();
        locations(model, target)
                .values()
                .forEach(location -> targets.add(folder(target).resolve(location)));
        targets.add(target);
        return targets;
    }

    /** Returns the file beside a target that holds the data of a built model that one file cannot hold. */
    public static Path dataFile(Path target) {
        return target.resolveSibling(target.getFileName() + ".data");
    }

    private static Path folder(Path file) {
        Path parent = file.toAbsolutePath().normalize().getParent();
        return parent == null ? file.toAbsolutePath() : parent;
    }

    /** Resolves links: a folder that has two names must not lose its data files under one of them. */
    private static Path real(Path folder) {
        try {
            return folder.toRealPath();
        } catch (IOException missing) {
            return folder;
        }
    }

    /** Returns the location of each data file by the one that it has now. */
    private static Map<String, String> locations(OnnxModel model, Path target) {
        Set<String> used = new TreeSet<>();
        TensorRewrite.apply(model.proto(), tensor -> {
            if (ExternalData.isExternal(tensor)) {
                used.add(location(tensor));
            }
            return tensor;
        });
        Map<String, String> locations = new LinkedHashMap<>();
        if (!model.externalData().hasFiles()) {
            used.forEach(location ->
                    locations.put(location, String.valueOf(dataFile(target).getFileName())));
            return locations;
        }
        boolean sameFolder = model.source()
                .map(source -> real(folder(source)).equals(real(folder(target))))
                .orElse(false);
        boolean sameFile = sameFolder && model.label().equals(String.valueOf(target.getFileName()));
        for (String location : used) {
            locations.put(location, sameFolder && !sameFile ? renamed(location, model.label(), target) : location);
        }
        return locations;
    }

    private static String renamed(String location, String source, Path target) {
        int start = location.lastIndexOf('/') + 1;
        String name = location.substring(start);
        String output = String.valueOf(target.getFileName());
        String renamed = name.startsWith(source) ? output + name.substring(source.length()) : output + "." + name;
        return location.substring(0, start) + renamed;
    }

    private static String location(TensorProto tensor) {
        return tensor.getExternalDataList().stream()
                .filter(entry -> entry.getKey().equals("location"))
                .map(entry -> ExternalData.canonical(entry.getValue()))
                .findFirst()
                .orElse("");
    }

    private static ModelProto relocated(OnnxModel model, Map<String, String> locations) {
        if (locations.isEmpty()) {
            return model.proto();
        }
        return TensorRewrite.apply(model.proto(), tensor -> {
            if (!ExternalData.isExternal(tensor)) {
                return tensor;
            }
            TensorProto.Builder builder = tensor.toBuilder();
            for (int i = 0; i < tensor.getExternalDataCount(); i++) {
                StringStringEntryProto entry = tensor.getExternalData(i);
                if (entry.getKey().equals("location")) {
                    String from = ExternalData.canonical(entry.getValue());
                    String to = locations.getOrDefault(from, from);
                    if (!to.equals(from)) {
                        builder.setExternalData(i, entry.toBuilder().setValue(to));
                    }
                }
            }
            return builder.build();
        });
    }

    private static void copyData(OnnxModel model, String location, Path copy) throws IOException {
        if (model.externalData().hasFiles()) {
            Path source = model.externalData().path("", location);
            Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.createFile(copy);
        }
        try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
            for (Map.Entry<ExternalData.Region, OnnxTensor> edit :
                    model.externalData().edits().entrySet()) {
                if (!edit.getKey().location().equals(location)) {
                    continue;
                }
                long position = edit.getKey().offset();
                for (ByteBuffer chunk : edit.getValue().chunks()) {
                    while (chunk.hasRemaining()) {
                        position += channel.write(chunk, position);
                    }
                }
            }
        }
    }

    private static void writeProto(ModelProto proto, Path file) throws IOException {
        try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            proto.writeTo(stream);
        }
    }

    /** Names a file beside the target. Unlike {@code createTempFile} this leaves the permissions usual. */
    private static Path temporary(Path target) {
        return folder(target).resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException notHere) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
