package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.UnsupportedModelException;

class WeightFileTest {
    private static final OnnxTensor HALF =
            OnnxTensor.ofDoubles("a.half", OnnxType.FLOAT16, new long[] {3}, 0.5, -2, 65504);
    private static final OnnxTensor MATRIX = OnnxTensor.ofFloats("b.weight", new long[] {2, 3}, 1, 2, 3, 4, 5, 6);
    private static final OnnxTensor STEPS = OnnxTensor.ofLongs("steps", new long[0], 7);
    private static final OnnxTensor BRAIN = OnnxTensor.ofDoubles("brain", OnnxType.BFLOAT16, new long[] {2}, 1.5, -3);

    private static final OnnxTensor MISSING = OnnxTensor.ofLongs("missing", new long[0], 0);

    @TempDir
    Path folder = Path.of("");

    /** Reads an entry by the description of the format: its offsets count from the end of the header. */
    private static ByteBuffer entry(byte[] file, String name, String type, String shape) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(bytes.getLong());
        String header = new String(file, Long.BYTES, length, StandardCharsets.UTF_8);
        Matcher found = Pattern.compile("\"" + Pattern.quote(name) + "\":\\{\"dtype\":\"" + type + "\",\"shape\":\\["
                        + shape + "\\],\"data_offsets\":\\[(\\d+),(\\d+)\\]\\}")
                .matcher(header);
        assertThat(found.find()).as(header).isTrue();
        int start = Integer.parseInt(found.group(1));
        int end = Integer.parseInt(found.group(2));
        assertThat((Long.BYTES + length) % 8).isZero();
        assertThat((Long.BYTES + length + start) % (type.equals("I64") ? 8 : type.equals("F32") ? 4 : 2))
                .as("alignment of " + name)
                .isZero();
        return bytes.slice(Long.BYTES + length + start, end - start).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void safetensorsHoldTheBytesOfEachTensorAlignedAndWithoutGaps() throws IOException {
        Path file = folder.resolve("w.safetensors");
        WeightFile.write(List.of(HALF, MATRIX, STEPS, BRAIN), file, WeightFormat.SAFETENSORS, Overwrite.REFUSE);
        byte[] bytes = Files.readAllBytes(file);
        assertThat(entry(bytes, "steps", "I64", "").getLong()).isEqualTo(7);
        assertThat(entry(bytes, "a.half", "F16", "3").getShort(2)).isEqualTo((short) 0xc000);
        assertThat(entry(bytes, "brain", "BF16", "2").getShort()).isEqualTo((short) 0x3fc0);
        ByteBuffer matrix = entry(bytes, "b.weight", "F32", "2,3");
        assertThat(matrix.remaining()).isEqualTo(24);
        assertThat(matrix.getFloat(20)).isEqualTo(6);
        long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertThat(bytes).hasSize((int) (8 + header + 8 + 24 + 6 + 4));
        assertThat(new String(bytes, 8, 35, StandardCharsets.UTF_8))
                .isEqualTo("{\"__metadata__\":{\"format\":\"pt\"},\"st");
    }

    @Test
    void namesAreEscapedInTheHeader() throws IOException {
        Path file = folder.resolve("w.safetensors");
        OnnxTensor odd = MATRIX.withName("a\"b\\c\né");
        WeightFile.write(List.of(odd), file, WeightFormat.SAFETENSORS, Overwrite.REFUSE);
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                .contains("\"a\\\"b\\\\c\\u000a\u00c3\u00a9\":{");
    }

    @Test
    void npzIsAStoredArchiveOfArrays() throws IOException {
        Path file = folder.resolve("w.npz");
        WeightFile.write(List.of(HALF, MATRIX, STEPS, BRAIN), file, WeightFormat.NPZ, Overwrite.REFUSE);
        Map<String, OnnxTensor> read = NpzFile.read(file);
        assertThat(read.keySet()).containsExactly("a.half", "b.weight", "steps", "brain");
        assertThat(read.getOrDefault("b.weight", MISSING).shape()).containsExactly(2, 3);
        assertThat(read.getOrDefault("b.weight", MISSING).toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(read.getOrDefault("a.half", MISSING).type()).isEqualTo(OnnxType.FLOAT16);
        assertThat(read.getOrDefault("brain", MISSING).type()).isEqualTo(OnnxType.FLOAT);
        assertThat(read.getOrDefault("brain", MISSING).toDoubles()).containsExactly(1.5, -3);
        try (ZipFile zip = new ZipFile(file.toFile())) {
            assertThat(zip.stream()).allMatch(entry -> entry.getMethod() == ZipEntry.STORED);
        }
    }

    @Test
    void sameTensorsGiveTheSameFile() throws IOException {
        for (WeightFormat format : WeightFormat.values()) {
            Path first = folder.resolve("a" + format.extension());
            Path second = folder.resolve("b" + format.extension());
            WeightFile.write(List.of(HALF, MATRIX), first, format, Overwrite.REFUSE);
            WeightFile.write(List.of(HALF, MATRIX), second, format, Overwrite.REFUSE);
            assertThat(second).hasSameBinaryContentAs(first);
        }
    }

    @Test
    void typeThatAFormatLacksIsRefusedAndNothingIsLeft() throws IOException {
        OnnxTensor packed = OnnxTensor.ofNumbers("q", OnnxType.INT4, new long[] {2}, 1, 2);
        for (WeightFormat format : WeightFormat.values()) {
            Path file = folder.resolve("w" + format.extension());
            assertThatThrownBy(() -> WeightFile.write(List.of(packed), file, format, Overwrite.REFUSE))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessage("tensor \"q\": " + format.extension() + " files have no element type for int4");
        }
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void existingFileIsReplacedOnlyWhenAsked() throws IOException {
        Path file = Files.writeString(folder.resolve("w.npz"), "precious");
        assertThatThrownBy(() -> WeightFile.write(List.of(MATRIX), file, WeightFormat.NPZ, Overwrite.REFUSE))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasContent("precious");
        WeightFile.write(List.of(MATRIX), file, WeightFormat.NPZ, Overwrite.REPLACE);
        assertThat(NpzFile.read(file)).containsOnlyKeys("b.weight");
    }

    @Test
    void formatIsThatOfTheNameInAnyCase() {
        assertThat(WeightFormat.of(Path.of("a/b.SafeTensors"))).contains(WeightFormat.SAFETENSORS);
        assertThat(WeightFormat.of(Path.of("b.npz"))).contains(WeightFormat.NPZ);
        assertThat(WeightFormat.of(Path.of("b.pt"))).isEmpty();
    }
}
