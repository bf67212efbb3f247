package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;

class NpzFileTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {ZipEntry.STORED, ZipEntry.DEFLATED})
    void entriesAreNamedWithoutTheSuffix(int method) throws Exception {
        byte[] zip = zip(
                method,
                new String[] {"x.npy", "scope/", "scope/y:0.npy"},
                NpyBytes.floats("(2,)", 1, 2),
                new byte[0],
                NpyBytes.of(">i2", true, "(2, 2)", new byte[] {0, 1, 0, 2, 0, 3, 0, 4}));

        Map<String, OnnxTensor> arrays = NpzFile.read(NpyBytes.write(folder, "a.npz", zip));

        assertThat(arrays).containsOnlyKeys("x", "scope/y:0");
        OnnxTensor x = Objects.requireNonNull(arrays.get("x"));
        OnnxTensor y = Objects.requireNonNull(arrays.get("scope/y:0"));
        assertThat(x.toFloats()).containsExactly(1, 2);
        assertThat(x.name()).isEqualTo("x");
        assertThat(y.toLongs()).containsExactly(1, 3, 2, 4);
    }

    @Test
    void repeatedNameIsAnError() throws Exception {
        byte[] zip = zip(
                ZipEntry.STORED,
                new String[] {"x.npy", "y.npy"},
                NpyBytes.floats("(1,)", 1),
                NpyBytes.floats("(1,)", 2));
        replaceAll(zip, "y.npy", "x.npy");
        assertFails(zip, "a.npz: has two entries \"x.npy\"");
    }

    @Test
    void entryThatIsNoArrayIsAnError() throws Exception {
        assertFails(
                zip(ZipEntry.STORED, new String[] {"notes.txt"}, new byte[3]),
                "a.npz: entry \"notes.txt\" is no array; expected names that end in .npy: remove it from the archive");
    }

    @Test
    void entryMustHoldWhatItsHeaderSays() throws Exception {
        assertFails(
                zip(ZipEntry.DEFLATED, new String[] {"x.npy"}, NpyBytes.floats("(1000000,)", 1, 2)),
                "a.npz: entry \"x.npy\": holds float32[1000000]: expected 4000000 bytes of data, found 8; the file was"
                        + " cut short");
        assertFails(
                zip(ZipEntry.DEFLATED, new String[] {"x.npy"}, NpyBytes.floats("(1,)", new float[1_000_000])),
                "a.npz: entry \"x.npy\": holds float32[1]: expected 4 bytes of data, found 4000000");
    }

    @Test
    void sizeThatDeflateCannotReachIsAnError() throws Exception {
        byte[] zip = zip(ZipEntry.DEFLATED, new String[] {"x.npy"}, NpyBytes.floats("(1,)", 1));
        ByteBuffer directory = directory(zip);
        int packed = directory.getInt(20);
        directory.putInt(24, 2_000_000_000);
        assertFails(
                zip,
                "a.npz: entry \"x.npy\": " + packed + " packed bytes in a file of " + zip.length
                        + " cannot hold the 2000000000 declared");
    }

    @Test
    void arraysBeyondTheHeapAreRefused() {
        long limit = Runtime.getRuntime().maxMemory();
        assertThatThrownBy(() -> HeapLimit.check(limit + 1))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageMatching(
                        "needs " + (limit + 1) + " bytes of memory, and Java has \\d+ left; raise -Xmx, or save"
                                + " the array as \\.npy in C order, little-endian and in the type that the model expects, which"
                                + " is mapped instead");
    }

    @Test
    void damagedDataIsAnError() throws Exception {
        byte[] stored = zip(ZipEntry.STORED, new String[] {"x.npy"}, NpyBytes.floats("(2,)", 1, 2));
        stored[directoryOffset(stored) - 1] ^= 1;
        assertFails(stored, "a.npz: entry \"x.npy\": does not match its checksum; the file is damaged");
    }

    @Test
    void fileThatIsNoArchiveIsAnError() throws Exception {
        Path file = NpyBytes.write(folder, "a.npz", "PK\003\004 not really".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> NpzFile.read(file))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageStartingWith("a.npz: is not a readable .npz archive (");
        assertFails(zip(ZipEntry.STORED, new String[] {"folder/"}, new byte[0]), "a.npz: holds no arrays");
    }

    private void assertFails(byte[] zip, String message) throws Exception {
        Path file = NpyBytes.write(folder, "a.npz", zip);
        assertThatThrownBy(() -> NpzFile.read(file))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(message);
    }

    static byte[] zip(int method, String[] names, byte[]... entries) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            for (int i = 0; i < names.length; i++) {
                ZipEntry entry = new ZipEntry(names[i]);
                entry.setMethod(names[i].endsWith("/") ? ZipEntry.STORED : method);
                CRC32 crc = new CRC32();
                crc.update(entries[i]);
                entry.setCrc(crc.getValue());
                entry.setSize(entries[i].length);
                zip.putNextEntry(entry);
                zip.write(entries[i]);
                zip.closeEntry();
            }
        }
        return out.toByteArray();
    }

    /** Returns the offset of the central directory, from the record at the end of the archive. */
    private static int directoryOffset(byte[] zip) {
        return ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).getInt(zip.length - 22 + 16);
    }

    private static ByteBuffer directory(byte[] zip) {
        int offset = directoryOffset(zip);
        return ByteBuffer.wrap(zip, offset, zip.length - offset).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void replaceAll(byte[] bytes, String from, String to) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1).replace(from, to);
        System.arraycopy(text.getBytes(StandardCharsets.ISO_8859_1), 0, bytes, 0, bytes.length);
    }
}
