package org.lsuv.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxWriterTest {
    private static final byte[] DATA = TestModel.littleEndian(9, 1, 2, 8);

    @TempDir
    Path root;

    private Path folder;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(root.resolve("model"));
    }

    /** A model of which 8 bytes in the middle of a data file are the weight. */
    private OnnxModel external(String... locations) throws IOException {
        TestModel model = TestModel.opset(17);
        for (int i = 0; i < locations.length; i++) {
            Path file = folder.resolve(locations[i]);
            Files.createDirectories(file.getParent());
            Files.write(file, DATA);
            model.initializer(ExternalDataTest.external(
                    "w" + i, new long[] {2}, "location", locations[i], "offset", "4", "length", "8"));
        }
        return OnnxReader.read(Files.write(folder.resolve("m.onnx"), model.bytes()));
    }

    private static OnnxModel edited(OnnxModel model) {
        return model.withWeights(Map.of("w0", OnnxTensor.ofFloats("w0", new long[] {2}, 5, 6)));
    }

    private static float[] weight(Path file, String name) throws IOException {
        return OnnxReader.read(file).graph().initializer(name).orElseThrow().toFloats();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void anUnchangedModelIsWrittenByteForByte() throws IOException {
        byte[] bytes = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 2)
                .initializer(TestModel.rawFloats("w", new long[] {2}, 1, 2))
                .node("Add", List.of("x", "w"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2)
                .bytes();
        // A field number that ONNX does not have yet, at the end of the message.
        byte[] extended = Arrays.copyOf(bytes, bytes.length + 3);
        extended[bytes.length] = (byte) 0xf8;
        extended[bytes.length + 1] = 0x3e;
        extended[bytes.length + 2] = 5;
        OnnxModel model = OnnxReader.read(Files.write(folder.resolve("m.onnx"), extended));
        OnnxWriter.write(model, root.resolve("out.onnx"), Overwrite.REFUSE);
        assertThat(root.resolve("out.onnx")).hasBinaryContent(extended);
    }

    @Test
    void dataFilesKeepTheirNamesAndGapsInAnotherFolder() throws IOException {
        OnnxModel model = edited(external("w.bin", "sub/v.bin"));
        Path other = Files.createDirectory(root.resolve("other"));
        assertThat(OnnxWriter.targets(model, other.resolve("m.onnx")))
                .containsExactlyInAnyOrder(other.resolve("w.bin"), other.resolve("sub/v.bin"), other.resolve("m.onnx"));
        OnnxWriter.write(model, other.resolve("m.onnx"), Overwrite.REFUSE);
        assertThat(files(other)).containsExactly("m.onnx", "sub/v.bin", "w.bin");
        assertThat(other.resolve("w.bin")).hasBinaryContent(TestModel.littleEndian(9, 5, 6, 8));
        assertThat(other.resolve("sub/v.bin")).hasBinaryContent(DATA);
        assertThat(other.resolve("m.onnx")).hasSameBinaryContentAs(folder.resolve("m.onnx"));
        assertThat(folder.resolve("w.bin")).hasBinaryContent(DATA);
    }

    @Test
    void dataFilesAreNamedAfterTheOutputInTheSameFolder() throws IOException {
        OnnxModel model = edited(external("m.onnx.data", "v.bin"));
        OnnxWriter.write(model, folder.resolve("out.onnx"), Overwrite.REFUSE);
        assertThat(files(folder))
                .containsExactly("m.onnx", "m.onnx.data", "out.onnx", "out.onnx.data", "out.onnx.v.bin", "v.bin");
        assertThat(weight(folder.resolve("out.onnx"), "w0")).containsExactly(5, 6);
        assertThat(weight(folder.resolve("out.onnx"), "w1")).containsExactly(1, 2);
        assertThat(weight(folder.resolve("m.onnx"), "w0")).containsExactly(1, 2);
    }

    @Test
    void aFolderIsTheSameUnderAnotherName() throws IOException {
        OnnxModel model = edited(external("m.onnx.data"));
        Path link = Files.createSymbolicLink(root.resolve("link"), folder);
        OnnxWriter.write(model, link.resolve("out.onnx"), Overwrite.REPLACE);
        assertThat(weight(folder.resolve("m.onnx"), "w0")).containsExactly(1, 2);
        assertThat(weight(folder.resolve("out.onnx"), "w0")).containsExactly(5, 6);
    }

    @Test
    void twoSpellingsOfALocationAreOneFile() throws IOException {
        OnnxModel model = edited(external("./w.bin", "w.bin"));
        Path other = Files.createDirectory(root.resolve("other"));
        OnnxWriter.write(model, other.resolve("m.onnx"), Overwrite.REFUSE);
        assertThat(weight(other.resolve("m.onnx"), "w0")).containsExactly(5, 6);
        assertThat(weight(other.resolve("m.onnx"), "w1")).containsExactly(5, 6);
    }

    @Test
    void replacesAModelInPlace() throws IOException {
        OnnxModel model = edited(external("w.bin"));
        OnnxWriter.write(model, folder.resolve("m.onnx"), Overwrite.REPLACE);
        assertThat(files(folder)).containsExactly("m.onnx", "w.bin");
        assertThat(weight(folder.resolve("m.onnx"), "w0")).containsExactly(5, 6);
    }

    @Test
    void refusesToReplaceAnyFileUnasked() throws IOException {
        OnnxModel model = edited(external("w.bin"));
        Path other = Files.createDirectory(root.resolve("other"));
        Files.write(other.resolve("w.bin"), new byte[] {1});
        assertThatThrownBy(() -> OnnxWriter.write(model, other.resolve("m.onnx"), Overwrite.REFUSE))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessage(other.resolve("w.bin") + ": exists already");
        assertThat(files(other)).containsExactly("w.bin");
        assertThat(other.resolve("w.bin")).hasBinaryContent(new byte[] {1});
        assertThatThrownBy(() -> OnnxWriter.write(model, folder.resolve("m.onnx"), Overwrite.REFUSE))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageEndingWith("exists already");
    }

    @Test
    void leavesNothingBehindWhenADataFileVanishes() throws IOException {
        OnnxModel model = edited(external("a.bin", "sub/b.bin"));
        Files.delete(folder.resolve("sub/b.bin"));
        Path other = Files.createDirectory(root.resolve("other"));
        assertThatThrownBy(() -> OnnxWriter.write(model, other.resolve("m.onnx"), Overwrite.REFUSE))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("external data \"sub/b.bin\": no such file in the folder of the model");
        try (Stream<Path> left = Files.list(other)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void namesTheFileThatCannotBeWrittenAndLeavesNothing() throws IOException {
        OnnxModel model = edited(external("w.bin"));
        Path other = Files.createDirectory(root.resolve("other"));
        // Too long a name, once there is more to it.
        Path target = other.resolve("m".repeat(250));
        assertThatThrownBy(() -> OnnxWriter.write(model, target, Overwrite.REFUSE))
                .isInstanceOf(FileSystemException.class)
                .hasMessageStartingWith(target + ": cannot be written: ");
        assertThat(files(other)).isEmpty();
    }

    @Test
    void namesTheFolderThatIsMissing() throws IOException {
        OnnxModel model = external("w.bin");
        Path target = root.resolve("missing/m.onnx");
        assertThatThrownBy(() -> OnnxWriter.write(model, target, Overwrite.REFUSE))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(root.resolve("missing") + ": no such folder");
        assertThat(root.resolve("missing")).doesNotExist();
    }

    @Test
    void everyModelOfTheTestDataSurvivesTheRoundTrip() throws IOException {
        Path testdata = Path.of(System.getProperty("lsuv.root", "..")).resolve("testdata");
        List<Path> models;
        try (Stream<Path> all = Files.isDirectory(testdata) ? Files.walk(testdata) : Stream.empty()) {
            models = all.filter(file -> file.toString().endsWith(".onnx")).toList();
        }
        for (Path file : models) {
            Path target = Files.createTempDirectory(root, "copy").resolve(String.valueOf(file.getFileName()));
            OnnxWriter.write(OnnxReader.read(file), target, Overwrite.REFUSE);
            assertThat(ModelProto.parseFrom(Files.readAllBytes(target)))
                    .as(file.toString())
                    .isEqualTo(ModelProto.parseFrom(Files.readAllBytes(file)));
        }
    }
}
