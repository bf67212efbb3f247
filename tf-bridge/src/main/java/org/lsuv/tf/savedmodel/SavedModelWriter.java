package org.lsuv.tf.savedmodel;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.Overwrite;
import org.lsuv.tf.bundle.TensorBundle;
import org.lsuv.tf.nodes.ConstantTensors;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Writes a SavedModel with new weights, whole or not at all: it is made in a folder beside the target, which takes its
 * name at the end.
 *
 * <p>Everything is copied byte for byte: only the new values lie in their places in the data files, with their checksums
 * in the index, and constants that are weights have new values in {@code saved_model.pb}. Variables that training
 * alone needs, such as an optimizer's, stay as they are. {@code fingerprint.pb} holds hashes of what has changed; as
 * TensorFlow can do without it, and a wrong one would take the new model for the old, it is left out.
 */
public final class SavedModelWriter {
    private static final String FINGERPRINT = "fingerprint.pb";

    private final SavedNetwork network;
    private final Map<String, OnnxTensor> weights;

    private SavedModelWriter(SavedNetwork network, Map<String, OnnxTensor> weights) {
        this.network = network;
        this.weights = weights;
    }

    /**
     * Writes a model.
     *
     * @param network the model that was imported
     * @param weights new values by the names of weights, of the types and shapes that they have; the others stay
     * @param target the folder
     * @throws FileAlreadyExistsException if the target exists and must not be replaced
     * @throws DirectoryNotEmptyException if it is to be replaced, but holds something else than a SavedModel
     * @throws NoSuchFileException if the folder around the target does not exist
     * @throws IOException if the files cannot be written
     * @throws IllegalArgumentException if a name is no weight's, or a type or shape differs
     */
    public static void write(SavedNetwork network, Map<String, OnnxTensor> weights, Path target, Overwrite overwrite)
            throws IOException {
        Path folder = target.toAbsolutePath().normalize();
        checkFree(network.saved(), folder, overwrite);
        weights.forEach((name, value) -> {
            OnnxTensor old = network.model().weight(name).value();
            if (old.type() != value.type() || !Arrays.equals(old.shape(), value.shape())) {
                throw new IllegalArgumentException("weight \"" + name + "\": expected " + old + ", got " + value);
            }
        });
        Path made = beside(folder);
        try {
            new SavedModelWriter(network, weights).writeTo(made);
            replace(folder, made);
        } finally {
            delete(made);
        }
    }

    /** Checks whether {@link #write} would find its target free, for before long work. */
    public static void checkFree(SavedModel saved, Path target, Overwrite overwrite) throws IOException {
        Path folder = target.toAbsolutePath().normalize();
        Path parent = folder.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new NoSuchFileException(String.valueOf(parent), null, "no such folder");
        }
        Path real = parent.toRealPath().resolve(folder.getFileName());
        Path source = saved.folder().toRealPath();
        if (real.startsWith(source) && !real.equals(source)) {
            throw new FileAlreadyExistsException(target.toString(), null, "lies inside of the model that is read");
        }
        if (!Files.exists(folder)) {
            return;
        }
        if (overwrite == Overwrite.REFUSE) {
            throw new FileAlreadyExistsException(target.toString(), null, "exists already");
        }
        if (!SavedModelReader.isSavedModel(folder) && !isEmpty(folder)) {
            throw new DirectoryNotEmptyException(target + ": is no SavedModel, and is not replaced by one");
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.findAny().isEmpty();
        }
    }

    private static Path beside(Path folder) {
        return folder.resolveSibling("." + folder.getFileName() + "." + UUID.randomUUID() + ".tmp");
    }

    private static void replace(Path folder, Path made) throws IOException {
        if (!Files.exists(folder)) {
            Files.move(made, folder);
            return;
        }
        Path old = beside(folder);
        Files.move(folder, old);
        try {
            Files.move(made, folder);
        } catch (IOException failure) {
            Files.move(old, folder);
            throw failure;
        }
        delete(old);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(folder)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(entry);
            }
        }
    }

    private void writeTo(Path made) throws IOException {
        Map<String, Map<String, OnnxTensor>> variables = new LinkedHashMap<>();
        Map<SavedNetwork.InGraph, OnnxTensor> constants = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxTensor> weight : weights.entrySet()) {
            SavedNetwork.WeightPlace place = network.places().get(weight.getKey());
            if (place instanceof SavedNetwork.InCheckpoint stored) {
                variables
                        .computeIfAbsent(stored.key(), none -> new LinkedHashMap<>())
                        .put(stored.part(), weight.getValue());
            } else if (place instanceof SavedNetwork.InGraph constant) {
                constants.put(constant, weight.getValue());
            }
        }
        copyAll(made);
        if (!variables.isEmpty()) {
            putVariables(made.resolve("variables"), variables);
        }
        if (!constants.isEmpty()) {
            Path file = made.resolve(SavedModelReader.FILE);
            try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
                withConstants(constants).writeTo(stream);
            }
        }
        if (!weights.isEmpty()) {
            Files.deleteIfExists(made.resolve(FINGERPRINT));
        }
    }

    private void putVariables(Path folder, Map<String, Map<String, OnnxTensor>> variables) throws IOException {
        TensorBundle bundle = network.saved().bundle().orElseThrow();
        List<TensorBundle.Change> changes = new ArrayList<>();
        variables.forEach((key, parts) -> changes.addAll(bundle.changes(key, parts)));
        for (TensorBundle.Change change : changes) {
            put(folder.resolve(change.shard()), change.offset(), change.value());
        }
        Files.write(folder.resolve("variables.index"), bundle.index(changes));
    }

    /** Follows links: model stores keep their files elsewhere. */
    private void copyAll(Path made) throws IOException {
        Path source = network.saved().folder();
        try (Stream<Path> entries = Files.walk(source, FileVisitOption.FOLLOW_LINKS)) {
            for (Path entry : entries.toList()) {
                Path copy = made.resolve(source.relativize(entry).toString());
                if (Files.isDirectory(entry)) {
                    Files.createDirectories(copy);
                } else {
                    // A stream, so that what may be read only can be written here.
                    try (OutputStream out = Files.newOutputStream(copy)) {
                        Files.copy(entry, out);
                    }
                }
            }
        }
    }

    private static void put(Path file, long offset, OnnxTensor value) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            long position = offset;
            for (ByteBuffer chunk : value.chunks()) {
                while (chunk.hasRemaining()) {
                    position += channel.write(chunk, position);
                }
            }
        }
    }

    private org.tensorflow.proto.SavedModel withConstants(Map<SavedNetwork.InGraph, OnnxTensor> constants) {
        org.tensorflow.proto.SavedModel.Builder proto = network.saved().proto().toBuilder();
        GraphDef.Builder graph = proto.getMetaGraphsBuilder(network.saved().graphIndex(network.options()))
                .getGraphDefBuilder();
        constants.forEach((place, value) -> {
            if (place.function().isEmpty()) {
                graph.getNodeBuilderList().forEach(node -> set(node, place, value));
            } else {
                graph.getLibraryBuilder().getFunctionBuilderList().stream()
                        .filter(function -> function.getSignature().getName().equals(place.function()))
                        .forEach(function -> function.getNodeDefBuilderList().forEach(node -> set(node, place, value)));
            }
        });
        return proto.build();
    }

    private static void set(NodeDef.Builder node, SavedNetwork.InGraph place, OnnxTensor value) {
        if (node.getName().equals(place.node())) {
            AttrValue.Builder attribute = node.getAttrOrThrow("value").toBuilder();
            attribute.setTensor(ConstantTensors.proto(attribute.getTensor().getDtype(), value));
            node.putAttr("value", attribute.build());
        }
    }
}
