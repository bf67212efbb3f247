package org.lsuv.onnx.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;

class DataFileTest {
    @TempDir
    private Path folder;

    @Test
    void contentDecidesWhateverTheName() throws Exception {
        byte[] npy = NpyBytes.floats("(2,)", 1, 2);
        Path array = NpyBytes.write(folder, "array.bin", npy);
        Path archive =
                NpyBytes.write(folder, "archive.npy", NpzFileTest.zip(ZipEntry.STORED, new String[] {"x.npy"}, npy));
        assertThat(DataFile.read(array)).containsOnlyKeys("");
        assertThat(DataFile.read(archive)).containsOnlyKeys("x");
    }

    @Test
    void tensorProtoIsOneArrayThatKeepsItsName() throws Exception {
        TensorProto proto = TensorProto.newBuilder()
                .setName("x")
                .setDataType(7)
                .addDims(2)
                .addInt64Data(5)
                .addInt64Data(-6)
                .build();
        OnnxTensor tensor = DataFile.read(NpyBytes.write(folder, "input_0.pb", proto.toByteArray()))
                .values()
                .iterator()
                .next();
        assertThat(tensor).hasToString("x: int64[2]");
        assertThat(tensor.toLongs()).containsExactly(5, -6);
    }

    @Test
    void tensorProtoWithDataElsewhereIsAnError() throws Exception {
        TensorProto proto = TensorProto.newBuilder()
                .setName("x")
                .setDataType(1)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue("/etc/passwd"))
                .build();
        assertFails(
                "a.pb",
                proto.toByteArray(),
                "a.pb: tensor \"x\": keeps its data in another file; expected it in the tensor itself");
    }

    @Test
    void tensorProtoOfWrongSizeIsAnError() throws Exception {
        TensorProto proto = TensorProto.newBuilder()
                .setName("x")
                .setDataType(1)
                .addDims(1L << 40)
                .addFloatData(1)
                .build();
        assertFails(
                "a.pb",
                proto.toByteArray(),
                "a.pb: tensor \"x\" float32[1099511627776]: expected 1099511627776 values, found 1");
    }

    @Test
    void knownFormatsOfOthersAreNamed() throws Exception {
        String next = "; expected .npy, .npz or a TensorProto (.pb): save the batch with numpy.save";
        assertFails("a.h5", latin("\u0089HDF\r\n\u001a\n"), "a.h5: is an HDF5 file" + next);
        assertFails("a.png", latin("\u0089PNG\r\n\u001a\n"), "a.png: is a PNG image" + next);
    }

    @Test
    void damagedFileIsExplainedByTheReaderOfItsSuffix() throws Exception {
        assertFails(
                "a.npy",
                latin("hello"),
                "a.npy: is not an .npy file: expected it to start with the bytes 93 4E 55 4D 50 59");
        assertFails("a.pb", new byte[0], "a.pb: is empty; expected a TensorProto");
        assertFails("b.pb", new byte[] {16, 0}, "b.pb: is not a TensorProto: it names no data type");
        assertFails("c.pb", new byte[] {16, 99}, "c.pb: tensor \"\": data type 99 is not one of ONNX's");
    }

    @Test
    void randomBytesEndInTheTwoKnownErrors() throws Exception {
        java.util.Random random = new java.util.Random(5);
        for (String start : List.of("", "PK\003\004", "\u0093NUMPY\001\000", "\u0093NUMPY\001\000\040\000{'descr'")) {
            for (int i = 0; i < 200; i++) {
                byte[] bytes = new byte[random.nextInt(300)];
                random.nextBytes(bytes);
                byte[] prefix = latin(start);
                System.arraycopy(prefix, 0, bytes, 0, Math.min(prefix.length, bytes.length));
                Path file = NpyBytes.write(folder, "fuzz", bytes);
                assertThatThrownBy(() -> DataFile.read(file))
                        .isInstanceOf(OnnxFormatException.class)
                        .hasMessageStartingWith("fuzz: ");
            }
        }
    }

    @Test
    void damagedByteNeverEndsInAnotherError() throws Exception {
        byte[] npy = NpyBytes.of(">i4", true, "(2, 3)", new byte[24]);
        byte[] tensor = TensorProto.newBuilder()
                .setName("x")
                .setDataType(1)
                .addDims(2)
                .addFloatData(1)
                .addFloatData(2)
                .build()
                .toByteArray();
        String[] names = {"x.npy", "y.npy"};
        List<byte[]> files = List.of(
                npy,
                tensor,
                NpzFileTest.zip(ZipEntry.STORED, names, npy, npy),
                NpzFileTest.zip(ZipEntry.DEFLATED, names, npy, npy));
        int refused = 0;
        for (byte[] file : files) {
            for (int at = 0; at < file.length; at++) {
                byte[] damaged = file.clone();
                damaged[at] ^= (byte) (1 << at % 8);
                try {
                    DataFile.read(NpyBytes.write(folder, "fuzz", damaged));
                } catch (OnnxFormatException | UnsupportedModelException problem) {
                    assertThat(problem).hasMessageStartingWith("fuzz: ");
                    refused++;
                }
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void missingFileAndFolderAreErrors() {
        assertThatThrownBy(() -> DataFile.read(folder.resolve("none.npy")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageEndingWith("none.npy: no such file");
        assertThatThrownBy(() -> DataFile.read(folder))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageEndingWith(": is not a file; expected a data batch");
    }

    private void assertFails(String name, byte[] content, String message) throws Exception {
        Path file = NpyBytes.write(folder, name, content);
        assertThatThrownBy(() -> DataFile.read(file))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(message);
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
