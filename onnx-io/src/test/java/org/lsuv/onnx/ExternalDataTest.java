package org.lsuv.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExternalDataTest {
    @TempDir
    Path root;

    private Path folder;

    @BeforeEach
    void makeFiles() throws IOException {
        folder = Files.createDirectory(root.resolve("model"));
        Files.write(folder.resolve("w.bin"), TestModel.littleEndian(9, 1, 2, 8));
        Files.write(root.resolve("outside.bin"), TestModel.littleEndian(1, 2));
    }

    static TensorProto external(String name, long[] shape, String... entries) {
        TensorProto.Builder tensor =
                TestModel.tensor(name, OnnxType.FLOAT, shape).setDataLocation(DataLocation.EXTERNAL);
        for (int i = 0; i < entries.length; i += 2) {
            tensor.addExternalData(
                    StringStringEntryProto.newBuilder().setKey(entries[i]).setValue(entries[i + 1]));
        }
        return tensor.build();
    }

    private OnnxModel read(String... entries) throws IOException {
        TestModel model = TestModel.opset(17)
                .initializer(external("w", new long[] {2}, entries))
                .node("Relu", List.of("w"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2);
        return OnnxReader.read(Files.write(folder.resolve("m.onnx"), model.bytes()));
    }

    private void refuses(String message, String... entries) {
        assertThatThrownBy(() -> read(entries))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("m.onnx: tensor \"w\": external data " + message);
    }

    @Test
    void readsTheRegionThatTheTensorNames() throws IOException {
        OnnxTensor w = Objects.requireNonNull(read("location", "w.bin", "offset", "4", "length", "8", "checksum", "x")
                .graph()
                .initializer("w")
                .orElse(null));
        assertThat(w.toFloats()).containsExactly(1, 2);
        OnnxTensor rest = Objects.requireNonNull(read("location", "./w.bin", "offset", "8")
                .graph()
                .initializer("w")
                .orElse(null));
        assertThat(rest.toFloats()).containsExactly(2, 8);
    }

    @Test
    void staysInsideTheFolderOfTheModel() throws IOException {
        refuses("\"../outside.bin\": lies outside the folder of the model", "location", "../outside.bin");
        refuses("\"x/../../outside.bin\": lies outside the folder of the model", "location", "x/../../outside.bin");
        String absolute = root.resolve("outside.bin").toString();
        refuses("\"" + absolute + "\": lies outside the folder of the model", "location", absolute);
        Files.createSymbolicLink(folder.resolve("link.bin"), root.resolve("outside.bin"));
        refuses("\"link.bin\": is a link to outside the folder of the model", "location", "link.bin");
        Files.createSymbolicLink(folder.resolve("up"), root);
        refuses("\"up/outside.bin\": is a link to outside the folder of the model", "location", "up/outside.bin");
    }

    @Test
    void followsLinksInsideTheFolder() throws IOException {
        Files.createSymbolicLink(folder.resolve("link.bin"), Path.of("w.bin"));
        assertThat(read("location", "link.bin", "length", "8").graph().initializer("w"))
                .get()
                .extracting(OnnxTensor::toFloats)
                .isEqualTo(new float[] {9, 1});
    }

    @Test
    void refusesFilesThatAreNotThere() {
        refuses("\"gone.bin\": no such file in the folder of the model", "location", "gone.bin");
        refuses("\".\": no such file in the folder of the model", "location", ".");
        refuses("\"\": has no location", "offset", "0");
        refuses("\"a\\u0000b\": is not a file name", "location", "a\0b");
    }

    @Test
    void refusesRegionsThatDoNotFit() {
        refuses(
                "\"w.bin\": bytes 17 to 17+8 lie outside the file of 16 bytes",
                "location",
                "w.bin",
                "offset",
                "17",
                "length",
                "8");
        refuses(
                "\"w.bin\": bytes 12 to 12+8 lie outside the file of 16 bytes",
                "location",
                "w.bin",
                "offset",
                "12",
                "length",
                "8");
        refuses(
                "\"w.bin\": bytes 9223372036854775807 to 9223372036854775807+8 lie outside the file of 16 bytes",
                "location",
                "w.bin",
                "offset",
                "9223372036854775807",
                "length",
                "8");
        refuses("\"w.bin\": expected 8 bytes, found 4", "location", "w.bin", "length", "4");
        refuses("\"w.bin\": expected 8 bytes, found 16", "location", "w.bin");
        refuses("offset: expected a number of bytes, found \"-4\"", "location", "w.bin", "offset", "-4");
        refuses("offset: expected a number of bytes, found \"4 KB\"", "location", "w.bin", "offset", "4 KB");
        refuses(
                "length: expected a number of bytes, found \"99999999999999999999\"",
                "location",
                "w.bin",
                "length",
                "99999999999999999999");
        refuses("location: is given twice", "location", "w.bin", "location", "v.bin");
    }

    @Test
    void aModelFromBytesHasNoFolder() {
        TestModel model = TestModel.opset(17).initializer(external("w", new long[] {2}, "location", "w.bin"));
        assertThatThrownBy(() -> OnnxReader.read(model.bytes()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("tensor \"w\": external data \"w.bin\": the model was not read from a folder");
    }

    @Test
    void acceptsTensorsWithoutElements() throws IOException {
        Files.write(folder.resolve("empty.bin"), new byte[0]);
        TestModel model = TestModel.opset(17)
                .initializer(external("w", new long[] {0, 3}, "location", "empty.bin", "length", "0"));
        OnnxModel read = OnnxReader.read(Files.write(folder.resolve("m.onnx"), model.bytes()));
        assertThat(read.graph().initializer("w"))
                .get()
                .extracting(OnnxTensor::toFloats)
                .isEqualTo(new float[0]);
    }

    @Test
    void mapsAWeightOnlyWhenItsBytesAreAskedFor() throws IOException {
        OnnxTensor w = weight();
        Files.write(folder.resolve("w.bin"), TestModel.littleEndian(9));
        assertThatThrownBy(w::chunks)
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageStartingWith("tensor \"w\": external data \"w.bin\": cannot be read (");
    }

    @Test
    void readsTheFileThatWasThereWhenItIsReplaced() throws IOException {
        OnnxTensor w = weight();
        Path other = Files.write(root.resolve("other.bin"), TestModel.littleEndian(9, 5, 6, 8));
        Files.move(other, folder.resolve("w.bin"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(w.toFloats()).containsExactly(1, 2);
        assertThat(weight().toFloats()).containsExactly(5, 6);
    }

    private OnnxTensor weight() throws IOException {
        return Objects.requireNonNull(read("location", "w.bin", "offset", "4", "length", "8")
                .graph()
                .initializer("w")
                .orElse(null));
    }
}
