package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.UnsupportedModelException;

class NpyFileTest {
    @TempDir
    private Path folder;

    /** The values 0, 1 and the largest of each type, at positions 0, 1 and 5 of a [2, 3] array. */
    @ParameterizedTest
    @CsvSource({
        "f2, FLOAT16, 3c00, 7bff, 65504",
        "f4, FLOAT, 3f800000, 7f7fffff, 3.4028234663852886e38",
        "f8, DOUBLE, 3ff0000000000000, 7fefffffffffffff, 1.7976931348623157e308",
        "i1, INT8, 01, 80, -128",
        "i2, INT16, 0001, 8000, -32768",
        "i4, INT32, 00000001, 80000000, -2147483648",
        "i8, INT64, 0000000000000001, 8000000000000000, -9223372036854775808",
        "u1, UINT8, 01, ff, 255",
        "u2, UINT16, 0001, ffff, 65535",
        "u4, UINT32, 00000001, ffffffff, 4294967295",
        "u8, UINT64, 0000000000000001, 8000000000000000, 9223372036854775808",
        "b1, BOOL, 01, 01, 1",
    })
    void everyTypeIsReadInEveryByteOrderAndLayout(
            String code, OnnxType type, String one, String extreme, double extremeValue) throws Exception {
        for (String order : List.of("<", ">", "=", "|")) {
            boolean bigEndian = order.equals(">");
            byte[] first = bytes(one, bigEndian);
            byte[] last = bytes(extreme, bigEndian);
            for (boolean fortran : new boolean[] {false, true}) {
                ByteBuffer data = ByteBuffer.allocate(6 * first.length);
                // Row-major position 1 is [0, 1]; in Fortran order that is the third element.
                data.position((fortran ? 2 : 1) * first.length).put(first);
                data.position(5 * first.length).put(last);
                Path file = NpyBytes.write(folder, "a.npy", NpyBytes.of(order + code, fortran, "(2, 3)", data.array()));

                OnnxTensor tensor = NpyFile.read(file);

                assertThat(tensor.type()).isEqualTo(type);
                assertThat(tensor.shape()).containsExactly(2, 3);
                assertThat(tensor.toDoubles())
                        .as(order + code + " fortran " + fortran)
                        .containsExactly(0, 1, 0, 0, 0, extremeValue);
            }
        }
    }

    private static byte[] bytes(String hex, boolean bigEndian) {
        byte[] result = new byte[hex.length() / 2];
        for (int i = 0; i < result.length; i++) {
            int at = bigEndian ? i : result.length - 1 - i;
            result[at] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return result;
    }

    @Test
    void fortranOrderOfThreeAxesIsTransposed() throws Exception {
        byte[] data = new byte[24];
        // The value at [i, j, k] is 12i + 4j + k, its row-major position; the first index runs fastest.
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 3; j++) {
                for (int k = 0; k < 4; k++) {
                    data[i + 2 * j + 6 * k] = (byte) (12 * i + 4 * j + k);
                }
            }
        }
        Path file = NpyBytes.write(folder, "a.npy", NpyBytes.of("|u1", true, "(2, 3, 4)", data));
        long[] expected = new long[24];
        for (int i = 0; i < 24; i++) {
            expected[i] = i;
        }
        assertThat(NpyFile.read(file).toLongs()).containsExactly(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void everyVersionIsRead(int version) throws Exception {
        String header = "{\"shape\":(1L,2,),\"fortran_order\":False,\"descr\":\"<u1\"}";
        Path file = NpyBytes.write(folder, "a.npy", NpyBytes.of(version, header, new byte[] {7, 9}));
        assertThat(NpyFile.read(file).toLongs()).containsExactly(7, 9);
        assertThat(NpyFile.read(file).shape()).containsExactly(1, 2);
    }

    @Test
    void scalarAndEmptyArraysAreRead() throws Exception {
        Path scalar = NpyBytes.write(folder, "s.npy", NpyBytes.floats("()", 4f));
        assertThat(NpyFile.read(scalar).shape()).isEmpty();
        assertThat(NpyFile.read(scalar).toFloats()).containsExactly(4f);
        Path empty = NpyBytes.write(folder, "e.npy", NpyBytes.of(">f4", true, "(0, 3, 5)", new byte[0]));
        assertThat(NpyFile.read(empty).shape()).containsExactly(0, 3, 5);
    }

    @Test
    void littleEndianRowMajorFileIsMapped() throws Exception {
        Path file = NpyBytes.write(folder, "a.npy", NpyBytes.floats("(2,)", 1f, 2f));
        assertThat(NpyFile.read(file).chunks()).singleElement().matches(ByteBuffer::isDirect);
    }

    @Test
    void fileBeyondTwoGigabytesIsMappedInChunks() throws Exception {
        long size = 2_200_000_000L;
        byte[] start = NpyBytes.of("|i1", false, "(220, 10000000)", new byte[0]);
        Path file = NpyBytes.write(folder, "large.npy", start);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(start.length + size);
            sparse.seek(start.length + size - 1);
            sparse.write(-5);
        }
        OnnxTensor tensor = NpyFile.read(file);
        assertThat(tensor.byteCount()).isEqualTo(size);
        assertThat(tensor.chunks()).hasSize(3);
        assertThat(tensor.rows(219, 220).toLongs()).endsWith(0, -5);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT16, f2", "FLOAT, f4", "DOUBLE, f8", "INT8, i1", "INT16, i2", "INT32, i4", "INT64, i8"})
    void writtenFileIsReadBack(OnnxType type, String code) throws Exception {
        byte[] data = new byte[6 * type.bits() / 8];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 7 + 1);
        }
        OnnxTensor tensor = OnnxTensor.of("x", type, new long[] {3, 2}, List.of(ByteBuffer.wrap(data)));
        Path file = folder.resolve("out.npy");
        NpyFile.write(tensor, file, Overwrite.REFUSE);

        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                .contains(code + "', 'fortran_order': False, 'shape': (3, 2), }");
        assertThat((Files.size(file) - data.length) % 64).isZero();
        OnnxTensor back = NpyFile.read(file);
        assertThat(back.type()).isEqualTo(type);
        assertThat(back.chunks()).containsExactly(ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void shapesOfRankZeroAndOneAreWrittenAsPythonTuples() throws Exception {
        Path file = folder.resolve("out.npy");
        NpyFile.write(OnnxTensor.ofFloats("", new long[0], 3f), file, Overwrite.REFUSE);
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).contains("'shape': (), }");
        NpyFile.write(OnnxTensor.ofFloats("", new long[] {1}, 3f), file, Overwrite.REPLACE);
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).contains("'shape': (1,), }");
        assertThat(NpyFile.read(file).toFloats()).containsExactly(3f);
    }

    @Test
    void longHeaderIsWrittenAsVersionTwo() throws Exception {
        long[] shape = new long[30_000];
        java.util.Arrays.fill(shape, 1);
        Path file = folder.resolve("out.npy");
        NpyFile.write(OnnxTensor.ofFloats("", shape, 3f), file, Overwrite.REFUSE);
        assertThat(Files.readAllBytes(file)[6]).isEqualTo((byte) 2);
        assertThat(NpyFile.read(file).rank()).isEqualTo(30_000);
    }

    @Test
    void existingFileIsKeptUnlessReplaced() throws Exception {
        Path file = Files.writeString(folder.resolve("out.npy"), "precious");
        OnnxTensor tensor = OnnxTensor.ofFloats("", new long[] {1}, 3f);
        assertThatThrownBy(() -> NpyFile.write(tensor, file, Overwrite.REFUSE))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).hasContent("precious");
    }

    @Test
    void typeUnknownToNumpyIsNotWritten() {
        OnnxTensor tensor = OnnxTensor.ofDoubles("w", OnnxType.BFLOAT16, new long[] {1}, 1);
        assertThatThrownBy(() -> NpyFile.write(tensor, folder.resolve("out.npy"), Overwrite.REFUSE))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("tensor \"w\": NumPy has no element type for bfloat16; convert it to float32 first");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void boolOtherThanZeroOrOneIsAnError() throws Exception {
        Path file = NpyBytes.write(folder, "a.npy", NpyBytes.of("|b1", false, "(2,)", new byte[] {1, 2}));
        assertThatThrownBy(() -> NpyFile.read(file))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("a.npy: holds a bool of value 2; expected 0 or 1");
    }
}
