package org.lsuv.tf.bundle;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.SharedTensors;
import org.lsuv.tf.TfTypes;
import org.tensorflow.proto.BundleEntryProto;
import org.tensorflow.proto.BundleHeaderProto;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.proto.TensorSliceProto;

/**
 * Reads checkpoints of TensorFlow: a table from keys to places ({@code variables.index}) and files with the values
 * ({@code variables.data-00000-of-00001}), as {@code tensor_bundle.proto} describes them. Values are read when they
 * are asked for, into memory that TensorFlow can share.
 */
public final class TensorBundle {
    private static final long MOST_INDEX_BYTES = 1L << 30;
    private static final int MOST_SHARDS = 100_000;
    private static final ByteString HEADER = ByteString.EMPTY;

    private final Path prefix;
    private final SortedMap<ByteString, ByteString> table;
    private final BundleHeaderProto header;
    private final Map<String, BundleEntryProto> entries = new LinkedHashMap<>();

    private TensorBundle(Path prefix, SortedMap<ByteString, ByteString> table) throws InvalidProtocolBufferException {
        this.prefix = prefix;
        this.table = table;
        ByteString first = table.get(HEADER);
        if (first == null) {
            throw new OnnxFormatException("has no header, under the empty key");
        }
        this.header = BundleHeaderProto.parseFrom(first);
        if (header.getEndianness() != BundleHeaderProto.Endianness.LITTLE) {
            throw new UnsupportedModelException("was written on a big-endian machine; write it anew on this one");
        }
        if (header.getNumShards() < 1 || header.getNumShards() > MOST_SHARDS) {
            throw new OnnxFormatException(
                    "expected 1 to " + MOST_SHARDS + " data files, found " + header.getNumShards());
        }
        for (Map.Entry<ByteString, ByteString> entry : table.entrySet()) {
            // The keys of parts start with a zero; they are found through the entry of the whole.
            if (!entry.getKey().isEmpty() && entry.getKey().byteAt(0) != 0) {
                entries.put(entry.getKey().toStringUtf8(), BundleEntryProto.parseFrom(entry.getValue()));
            }
        }
    }

    /**
     * Opens a checkpoint.
     *
     * @param prefix the common part of the names of its files, such as {@code variables/variables}
     * @throws OnnxFormatException if the index is missing or malformed; the message names the file
     */
    public static TensorBundle open(Path prefix) {
        Path index = prefix.resolveSibling(prefix.getFileName() + ".index");
        String label = label(index);
        try {
            if (!Files.isRegularFile(index)) {
                throw new OnnxFormatException(label + ": no such file");
            }
            if (Files.size(index) > MOST_INDEX_BYTES) {
                throw new UnsupportedModelException(label + ": has more than " + MOST_INDEX_BYTES + " bytes");
            }
            return new TensorBundle(prefix, SortedTable.read(ByteBuffer.wrap(Files.readAllBytes(index))));
        } catch (OnnxFormatException malformed) {
            throw malformed.in(label);
        } catch (UnsupportedModelException unsupported) {
            throw unsupported.in(label);
        } catch (IOException failure) {
            throw new OnnxFormatException(label + ": cannot be read (" + failure.getMessage() + ")", failure);
        }
    }

    private static String label(Path file) {
        Path parent = file.getParent();
        return (parent == null ? "" : parent.getFileName() + "/") + file.getFileName();
    }

    /** Returns the keys of all tensors. */
    public Set<String> keys() {
        return Set.copyOf(entries.keySet());
    }

    /** Tells whether there is a tensor of this key. */
    public boolean contains(String key) {
        return entries.containsKey(key);
    }

    /** Returns the type of a tensor. */
    public DataType type(String key) {
        return entry(key).getDtype();
    }

    /** Returns the shape of a tensor. */
    public long[] shape(String key) {
        return entry(key).getShape().getDimList().stream()
                .mapToLong(TensorShapeProto.Dim::getSize)
                .toArray();
    }

    /**
     * Returns a tensor under its key.
     *
     * @throws OnnxFormatException if there is none, or its data is missing, short or damaged
     * @throws UnsupportedModelException if its type has no counterpart
     */
    public OnnxTensor tensor(String key) {
        return tensor(key, "");
    }

    /**
     * Returns a part of a tensor.
     *
     * @param part what {@code RestoreV2} calls {@code shape_and_slices}; empty for the whole
     */
    public OnnxTensor tensor(String key, String part) {
        try {
            return part(key, TensorPart.parse(part, shape(key)));
        } catch (OnnxFormatException malformed) {
            throw new OnnxFormatException(messageFor(key, malformed), malformed);
        }
    }

    private String messageFor(String key, OnnxFormatException malformed) {
        String message = String.valueOf(malformed.getMessage());
        return message.contains("\"" + key + "\"") ? message : label(prefix) + ": tensor \"" + key + "\": " + message;
    }

    private OnnxTensor part(String key, TensorPart wanted) {
        BundleEntryProto entry = entry(key);
        long[] shape = shape(key);
        if (entry.getSlicesCount() == 0) {
            OnnxTensor whole = read(key, entry);
            return wanted.equals(TensorPart.whole(shape)) ? whole : wanted.of(whole);
        }
        Optional<BundleEntryProto> exact = stored(key, wanted.toProto(shape));
        return exact.map(found -> read(key, found)).orElseGet(() -> wanted.of(assembled(key, entry)));
    }

    private OnnxTensor assembled(String key, BundleEntryProto entry) {
        long[] shape = shape(key);
        OnnxType type = type(key, entry);
        long covered = 0;
        OnnxTensor whole = OnnxTensor.fill(key, type, shape, ByteBuffer::allocate);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(whole.byteCount()));
        for (TensorSliceProto slice : entry.getSlicesList()) {
            OnnxTensor block = read(key, storedOrThrow(key, slice));
            TensorPart part = TensorPart.of(slice, shape);
            if (!part.equals(
                    new TensorPart(part.start(), TensorPart.whole(block.shape()).size()))) {
                throw new OnnxFormatException(
                        "tensor \"" + key + "\": the part " + part + " holds " + block + " of another shape");
            }
            part.into(bytes, shape, block);
            covered += block.elementCount();
        }
        if (covered != whole.elementCount()) {
            throw new OnnxFormatException("tensor \"" + key + "\": its parts hold " + covered + " of its "
                    + whole.elementCount() + " elements");
        }
        return OnnxTensor.of(key, type, shape, bytes.hasRemaining() ? List.of(bytes) : List.of());
    }

    private Optional<BundleEntryProto> stored(String key, TensorSliceProto slice) {
        ByteString found = table.get(OrderedCode.key(key, slice));
        try {
            return found == null ? Optional.empty() : Optional.of(BundleEntryProto.parseFrom(found));
        } catch (InvalidProtocolBufferException malformed) {
            throw new OnnxFormatException("tensor \"" + key + "\": the entry of a part is malformed", malformed);
        }
    }

    private BundleEntryProto storedOrThrow(String key, TensorSliceProto slice) {
        return stored(key, slice)
                .orElseThrow(() -> new OnnxFormatException(
                        "tensor \"" + key + "\": the part " + TensorPart.of(slice, shape(key)) + " is missing"));
    }

    private BundleEntryProto entry(String key) {
        BundleEntryProto entry = entries.get(key);
        if (entry == null) {
            throw new OnnxFormatException(label(prefix) + ".index: has no tensor \"" + key + "\"");
        }
        return entry;
    }

    private static OnnxType type(String key, BundleEntryProto entry) {
        try {
            return TfTypes.onnxType(entry.getDtype());
        } catch (UnsupportedModelException unsupported) {
            throw unsupported.in("tensor \"" + key + "\"");
        }
    }

    private OnnxTensor read(String key, BundleEntryProto entry) {
        OnnxType type = type(key, entry);
        if (type == OnnxType.STRING) {
            throw new UnsupportedModelException("tensor \"" + key + "\": strings are not read");
        }
        long[] shape = entry.getShape().getDimList().stream()
                .mapToLong(TensorShapeProto.Dim::getSize)
                .toArray();
        long expected = OnnxTensor.byteCount(key, type, shape);
        if (expected != entry.getSize()) {
            throw new OnnxFormatException(
                    "tensor \"" + key + "\": expected " + expected + " bytes of data, found " + entry.getSize());
        }
        return OnnxTensor.of(key, type, shape, bytes(key, entry));
    }

    /** Returns the bytes of an entry, checked against its checksum. */
    List<ByteBuffer> bytes(String key, BundleEntryProto entry) {
        Path shard = shard(entry.getShardId());
        String where = label(shard) + ": tensor \"" + key + "\": ";
        List<ByteBuffer> chunks = new ArrayList<>();
        try (FileChannel file = FileChannel.open(shard, StandardOpenOption.READ)) {
            long end = file.size();
            if (entry.getOffset() < 0 || entry.getSize() < 0 || entry.getOffset() > end - entry.getSize()) {
                throw new OnnxFormatException(where + "expected " + entry.getSize() + " bytes at " + entry.getOffset()
                        + ", but the file has " + end);
            }
            for (long done = 0; done < entry.getSize(); done += OnnxTensor.CHUNK_BYTES) {
                int length = (int) Math.min(OnnxTensor.CHUNK_BYTES, entry.getSize() - done);
                ByteBuffer chunk = SharedTensors.allocate(length);
                while (chunk.hasRemaining()) {
                    if (file.read(chunk, entry.getOffset() + done + chunk.position()) < 0) {
                        throw new OnnxFormatException(where + "the file became shorter while it was read");
                    }
                }
                chunks.add(chunk.flip());
            }
        } catch (IOException failure) {
            throw new OnnxFormatException(
                    where + (Files.exists(shard) ? "cannot be read (" + failure.getMessage() + ")" : "no such file"),
                    failure);
        }
        int found = MaskedCrc.of(chunks);
        if (entry.getDtype() != DataType.DT_STRING && found != entry.getCrc32C()) {
            throw new OnnxFormatException(String.format(
                    "%sis damaged: expected the checksum %08x, found %08x", where, entry.getCrc32C(), found));
        }
        return chunks;
    }

    /** Returns a data file; its name is made here, so that it cannot lie elsewhere. */
    private Path shard(int number) {
        if (number < 0 || number >= header.getNumShards()) {
            throw new OnnxFormatException(
                    label(prefix) + ".index: names data file " + number + " of " + header.getNumShards());
        }
        return prefix.resolveSibling(shardName(number));
    }

    private String shardName(int number) {
        return String.format("%s.data-%05d-of-%05d", prefix.getFileName(), number, header.getNumShards());
    }

    /** Returns the names of the data files that hold tensors. */
    Set<String> shardNames() {
        Set<String> names = new TreeSet<>();
        entries.values().forEach(entry -> names.add(shardName(entry.getShardId())));
        return names;
    }

    /**
     * Returns a string, as the graph of objects in a checkpoint is one; nothing where there is no such key.
     *
     * @throws OnnxFormatException if it is malformed
     */
    public Optional<ByteString> string(String key) {
        BundleEntryProto entry = entries.get(key);
        if (entry == null
                || entry.getDtype() != DataType.DT_STRING
                || entry.getShape().getDimCount() != 0
                || entry.getSize() > MOST_INDEX_BYTES) {
            return Optional.empty();
        }
        // The length, a checksum of the lengths, and the bytes.
        ByteBuffer bytes = bytes(key, entry).get(0);
        long length = Varints.next(bytes);
        if (bytes.remaining() < Integer.BYTES || length != bytes.remaining() - Integer.BYTES) {
            throw new OnnxFormatException("tensor \"" + key + "\": expected a string of " + length + " bytes");
        }
        bytes.getInt();
        return Optional.of(ByteString.copyFrom(bytes));
    }

    /**
     * Describes bytes in a data file that are to change.
     *
     * @param shard the name of the file
     * @param offset the first byte
     * @param entry the key of the entry in the table
     * @param value the new values
     */
    public record Change(String shard, long offset, ByteString entry, OnnxTensor value) {}

    /**
     * Returns what changes where parts of a tensor get new values.
     *
     * @param parts the new values by what {@code RestoreV2} calls their parts
     */
    public List<Change> changes(String key, Map<String, OnnxTensor> parts) {
        BundleEntryProto entry = entry(key);
        long[] shape = shape(key);
        List<Change> changes = new ArrayList<>();
        Map<TensorPart, OnnxTensor> others = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxTensor> given : parts.entrySet()) {
            TensorPart part = TensorPart.parse(given.getKey(), shape);
            TensorSliceProto slice = part.toProto(shape);
            Optional<BundleEntryProto> exact = stored(key, slice);
            if (entry.getSlicesCount() > 0 && exact.isPresent()) {
                changes.add(change(OrderedCode.key(key, slice), exact.get(), given.getValue()));
            } else if (entry.getSlicesCount() == 0 && part.equals(TensorPart.whole(shape))) {
                changes.add(change(ByteString.copyFromUtf8(key), entry, given.getValue()));
            } else {
                others.put(part, given.getValue());
            }
        }
        if (!others.isEmpty()) {
            changes.addAll(pasted(key, entry, others));
        }
        return changes;
    }

    /** What is read in other parts than it is stored in is written whole. */
    private List<Change> pasted(String key, BundleEntryProto entry, Map<TensorPart, OnnxTensor> parts) {
        OnnxTensor old = entry.getSlicesCount() == 0 ? read(key, entry) : assembled(key, entry);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(old.byteCount()));
        bytes.put(TensorPart.onlyChunk(old)).flip();
        parts.forEach((part, value) -> part.into(bytes, old.shape(), value));
        OnnxTensor whole = OnnxTensor.of(key, old.type(), old.shape(), List.of(bytes));
        if (entry.getSlicesCount() == 0) {
            return List.of(change(ByteString.copyFromUtf8(key), entry, whole));
        }
        List<Change> changes = new ArrayList<>();
        for (TensorSliceProto slice : entry.getSlicesList()) {
            OnnxTensor block = TensorPart.of(slice, old.shape()).of(whole);
            changes.add(change(OrderedCode.key(key, slice), storedOrThrow(key, slice), block));
        }
        return changes;
    }

    private Change change(ByteString key, BundleEntryProto entry, OnnxTensor value) {
        return new Change(shardName(entry.getShardId()), entry.getOffset(), key, value);
    }

    /** Returns the index with the checksums of the new values. */
    public byte[] index(List<Change> changes) {
        SortedMap<ByteString, ByteString> changed = new TreeMap<>(table);
        for (Change change : changes) {
            try {
                BundleEntryProto entry = BundleEntryProto.parseFrom(changed.get(change.entry()));
                changed.put(
                        change.entry(),
                        entry.toBuilder()
                                .setCrc32C(MaskedCrc.of(change.value().chunks()))
                                .build()
                                .toByteString());
            } catch (InvalidProtocolBufferException malformed) {
                throw new IllegalStateException("was read before", malformed);
            }
        }
        return SortedTable.write(changed);
    }
}
