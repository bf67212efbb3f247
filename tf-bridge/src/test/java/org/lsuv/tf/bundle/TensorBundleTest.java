package org.lsuv.tf.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;

class TensorBundleTest {
    @TempDir
    Path folder;

    private Path prefix;
    private Path index;
    private Path data;

    @BeforeEach
    void names() {
        prefix = folder.resolve("variables");
        index = folder.resolve("variables.index");
        data = folder.resolve("variables.data-00000-of-00001");
    }

    @Test
    void valuesThatTensorFlowWroteComeBack() {
        Map<String, OnnxTensor> written = new LinkedHashMap<>();
        for (int i = 0; i < 300; i++) {
            written.put("layer_" + i + "/kernel", TestCheckpoint.random(i, 1 + i % 5, 3));
        }
        written.put("scalar", TestCheckpoint.random(1000));
        TestCheckpoint.save(prefix, written, Map.of());

        TensorBundle bundle = TensorBundle.open(prefix);

        assertThat(bundle.keys()).isEqualTo(written.keySet());
        written.forEach((key, value) -> {
            assertThat(bundle.shape(key)).isEqualTo(value.shape());
            assertThat(bundle.tensor(key).toFloats()).isEqualTo(value.toFloats());
        });
    }

    @Test
    void partsOfATensorAreReadAloneTogetherAndAcross() {
        OnnxTensor whole = TestCheckpoint.random(1, 300, 4);
        TestCheckpoint.save(
                prefix,
                Map.of("w#0", whole.rows(0, 100), "w#1", whole.rows(100, 300)),
                Map.of("w#0", "300 4 0,100:-", "w#1", "300 4 100,200:-"));

        TensorBundle bundle = TensorBundle.open(prefix);

        assertThat(bundle.keys()).containsExactly("w");
        assertThat(bundle.tensor("w").toFloats()).isEqualTo(whole.toFloats());
        assertThat(bundle.tensor("w", "300 4 100,200:-").toFloats())
                .isEqualTo(whole.rows(100, 300).toFloats());
        float[] across = bundle.tensor("w", "300 4 99,2:1,2").toFloats();
        float[] all = whole.toFloats();
        assertThat(across).containsExactly(all[99 * 4 + 1], all[99 * 4 + 2], all[100 * 4 + 1], all[100 * 4 + 2]);
    }

    @Test
    void compressedBlocksAreRead() throws IOException {
        Map<String, OnnxTensor> written = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            written.put("layer_with_weights-" + i + "/kernel", TestCheckpoint.random(i, 2, 3));
        }
        TestCheckpoint.save(prefix, written, Map.of());
        byte[] compressed = CompressedTable.of(SortedTable.read(ByteBuffer.wrap(Files.readAllBytes(index))));
        // Whole keys alone would be longer than the file.
        assertThat(compressed.length).isLessThan((int) Files.size(index));
        Files.write(index, compressed);

        TensorBundle bundle = TensorBundle.open(prefix);

        written.forEach(
                (key, value) -> assertThat(bundle.tensor(key).toFloats()).isEqualTo(value.toFloats()));
    }

    @Test
    void tablesThatAreWrittenAreReadAgain() {
        Map<String, OnnxTensor> written = new LinkedHashMap<>();
        for (int i = 0; i < 500; i++) {
            written.put("some/long/name/of/a/layer_" + i, TestCheckpoint.random(i, 1));
        }
        TestCheckpoint.save(prefix, written, Map.of());
        var entries = SortedTable.read(ByteBuffer.wrap(read(index)));

        assertThat(SortedTable.read(ByteBuffer.wrap(SortedTable.write(entries))))
                .isEqualTo(entries);
    }

    @Test
    void damagedIndexIsReported() throws IOException {
        TestCheckpoint.save(prefix, Map.of("w", TestCheckpoint.random(1, 2)), Map.of());
        byte[] bytes = read(index);
        bytes[3] ^= 1;
        Files.write(index, bytes);

        assertThatThrownBy(() -> TensorBundle.open(prefix))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("variables.index: the block at 0 is damaged: expected the checksum");
    }

    @Test
    void otherFilesAreNoIndex() throws IOException {
        Files.write(index, new byte[100]);

        assertThatThrownBy(() -> TensorBundle.open(prefix))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("variables.index: expected a table that ends in LevelDB's magic number");
    }

    @Test
    void everyDamageOfTheIndexIsReported() throws IOException {
        TestCheckpoint.save(
                prefix, Map.of("w", TestCheckpoint.random(1, 2), "v", TestCheckpoint.random(1, 5)), Map.of());
        byte[] bytes = read(index);
        for (int at = 0; at < bytes.length; at++) {
            for (int bit : new int[] {1, 128}) {
                byte[] damaged = bytes.clone();
                damaged[at] ^= (byte) bit;
                Files.write(index, damaged);
                try {
                    TensorBundle.open(prefix).keys();
                } catch (OnnxFormatException reported) {
                    assertThat(reported).hasMessageContaining("variables.index: ");
                }
            }
            Files.write(index, Arrays.copyOf(bytes, at));
            assertThatThrownBy(() -> TensorBundle.open(prefix)).isInstanceOf(OnnxFormatException.class);
        }
    }

    @Test
    void damagedShortAndMissingDataIsReported() throws IOException {
        TestCheckpoint.save(prefix, Map.of("w", TestCheckpoint.random(1, 2)), Map.of());
        byte[] bytes = read(data);
        bytes[5] ^= 1;
        Files.write(data, bytes);
        assertThatThrownBy(() -> TensorBundle.open(prefix).tensor("w"))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("variables.data-00000-of-00001: tensor \"w\": is damaged: expected the checksum");

        Files.write(data, Arrays.copyOf(bytes, 7));
        assertThatThrownBy(() -> TensorBundle.open(prefix).tensor("w"))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("tensor \"w\": expected 8 bytes at 0, but the file has 7");

        Files.delete(data);
        assertThatThrownBy(() -> TensorBundle.open(prefix).tensor("w"))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("variables.data-00000-of-00001: tensor \"w\": no such file");
    }

    @Test
    void missingTensorsAreNamed() {
        TestCheckpoint.save(prefix, Map.of("w", TestCheckpoint.random(1, 2)), Map.of());

        assertThatThrownBy(() -> TensorBundle.open(prefix).tensor("v"))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("variables.index: has no tensor \"v\"");
        assertThatThrownBy(() -> TensorBundle.open(prefix).tensor("w", "2 1,2"))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("lies outside of a tensor of shape [2]");
    }

    @Test
    void snappyRepeatsWhatItHasJustWritten() {
        // "ab", then eight bytes from two back: the copy overlaps itself.
        ByteBuffer block = ByteBuffer.wrap(new byte[] {10, 1 << 2, 'a', 'b', (8 - 4) << 2 | 1, 2});

        assertThat(Snappy.decompress(block).array())
                .isEqualTo("ababababab".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    @Test
    void snappyBlocksThatClaimTooMuchAreRefused() {
        ByteBuffer huge = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
        huge.put(new byte[] {-1, -1, -1, -1, 7, 0}).flip();
        ByteBuffer before = ByteBuffer.wrap(new byte[] {10, 0, 'a', (8 - 4) << 2 | 1, 2});

        assertThatThrownBy(() -> Snappy.decompress(huge)).hasMessageContaining("claims 2147483647 bytes");
        assertThatThrownBy(() -> Snappy.decompress(before)).hasMessageContaining("its copy runs out of the block");
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}
