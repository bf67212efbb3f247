package org.lsuv.tf.savedmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.nodes.TestNodes.call;
import static org.lsuv.tf.nodes.TestNodes.constant;
import static org.lsuv.tf.nodes.TestNodes.define;
import static org.lsuv.tf.nodes.TestNodes.node;
import static org.lsuv.tf.nodes.TestNodes.read;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.Overwrite;
import org.lsuv.tf.bundle.TensorBundle;
import org.lsuv.tf.bundle.TestCheckpoint;
import org.tensorflow.proto.DataType;

class SavedModelWriterTest {
    private static final DataType FLOAT = DataType.DT_FLOAT;
    private static final OnnxTensor NEW_KERNEL = TestCheckpoint.random(11, 4, 3);
    private static final OnnxTensor NEW_CONSTANT = TestCheckpoint.random(12, 3, 2);

    @TempDir
    Path folder;

    private Path source;
    private SavedNetwork network;

    @BeforeEach
    void build() throws IOException {
        source = new TestSavedModel()
                .resource("kernel", TestCheckpoint.random(1, 4, 3))
                .resource("optimizer/slot", TestCheckpoint.random(2, 4, 3))
                .input("x", -1, 4)
                .add(
                        read("read", "kernel"),
                        node("MatMul", "product", List.of("feed_x", "read"), "T", FLOAT),
                        call("head", "head_function", List.of("product"), List.of(FLOAT), List.of(FLOAT)))
                .add(define(
                        "head_function",
                        List.of("x:float"),
                        List.of("out:float=product:product:0"),
                        constant("w", TestCheckpoint.random(3, 3, 2)),
                        node("MatMul", "product", List.of("x", "w:output:0"), "T", FLOAT)))
                .output("y", "head:0")
                .write(folder.resolve("source"));
        Files.createDirectories(source.resolve("assets"));
        Files.writeString(source.resolve("assets/vocabulary.txt"), "one\ntwo\n");
        Files.writeString(source.resolve("fingerprint.pb"), "hashes");
        network = SavedModelImporter.open(SavedModelReader.read(source), SavedModelOptions.defaults());
    }

    @Test
    void newWeightsAreWhatTensorFlowComputesWith() throws IOException {
        Path target = folder.resolve("target");

        SavedModelWriter.write(network, Map.of("kernel", NEW_KERNEL, "head/w", NEW_CONSTANT), target, Overwrite.REFUSE);

        SavedNetwork written = SavedModelImporter.open(SavedModelReader.read(target), SavedModelOptions.defaults());
        assertThat(written.model().weight("kernel").value().toFloats()).isEqualTo(NEW_KERNEL.toFloats());
        assertThat(written.model().weight("head/w").value().toFloats()).isEqualTo(NEW_CONSTANT.toFloats());
        Map<String, OnnxTensor> batch = Reference.batch(network.model(), 1);
        Signature signature = written.saved().signature(SavedModelOptions.defaults());
        OnnxTensor reference = output(Reference.run(target, "serve", signature, batch));
        assertThat(output(Reference.run(written.model(), batch)).toFloats()).isEqualTo(reference.toFloats());
        assertThat(output(Reference.run(network.model(), batch)).toFloats()).isNotEqualTo(reference.toFloats());
    }

    @Test
    void onlyTheBytesOfTheWeightChange() throws IOException {
        Path target = folder.resolve("target");

        SavedModelWriter.write(network, Map.of("kernel", NEW_KERNEL), target, Overwrite.REFUSE);

        assertThat(target.resolve("saved_model.pb")).hasSameBinaryContentAs(source.resolve("saved_model.pb"));
        assertThat(target.resolve("assets/vocabulary.txt"))
                .hasSameBinaryContentAs(source.resolve("assets/vocabulary.txt"));
        assertThat(target.resolve("fingerprint.pb")).doesNotExist();
        TensorBundle before = TensorBundle.open(source.resolve("variables/variables"));
        TensorBundle after = TensorBundle.open(target.resolve("variables/variables"));
        assertThat(after.tensor("optimizer/slot/key").chunks())
                .isEqualTo(before.tensor("optimizer/slot/key").chunks());
        assertThat(after.tensor("kernel/key").toFloats()).isEqualTo(NEW_KERNEL.toFloats());
    }

    @Test
    void nothingChangesWithoutNewWeights() throws IOException {
        Path target = folder.resolve("target");

        SavedModelWriter.write(network, Map.of(), target, Overwrite.REFUSE);

        try (Stream<Path> files = Files.walk(source)) {
            assertThat(files.filter(Files::isRegularFile).toList())
                    .hasSize(5)
                    .allSatisfy(file -> assertThat(
                                    target.resolve(source.relativize(file).toString()))
                            .hasSameBinaryContentAs(file));
        }
    }

    @Test
    void modelsAreReplacedOnlyWhenAskedAndOtherFoldersNever() throws IOException {
        Path target = folder.resolve("target");
        SavedModelWriter.write(network, Map.of(), target, Overwrite.REFUSE);
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.writeString(other.resolve("precious.txt"), "");
        Map<String, OnnxTensor> weights = Map.of("kernel", NEW_KERNEL);

        assertThatThrownBy(() -> SavedModelWriter.write(network, weights, target, Overwrite.REFUSE))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> SavedModelWriter.write(network, weights, other, Overwrite.REPLACE))
                .isInstanceOf(DirectoryNotEmptyException.class)
                .hasMessageContaining("is no SavedModel, and is not replaced by one");
        assertThatThrownBy(() -> SavedModelWriter.write(network, weights, source.resolve("inside"), Overwrite.REFUSE))
                .isInstanceOf(FileAlreadyExistsException.class)
                .hasMessageContaining("lies inside of the model that is read");
        assertThatThrownBy(() -> SavedModelWriter.write(network, weights, folder.resolve("no/where"), Overwrite.REFUSE))
                .isInstanceOf(NoSuchFileException.class);

        SavedModelWriter.write(network, weights, target, Overwrite.REPLACE);
        assertThat(TensorBundle.open(target.resolve("variables/variables"))
                        .tensor("kernel/key")
                        .toFloats())
                .isEqualTo(NEW_KERNEL.toFloats());
        assertThat(folder).isDirectoryContaining(path -> path.equals(other));
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("source", "target", "other");
        }
    }

    @Test
    void modelsCanBeReplacedByThemselves() throws IOException {
        SavedModelWriter.write(network, Map.of("kernel", NEW_KERNEL), source, Overwrite.REPLACE);

        assertThat(TensorBundle.open(source.resolve("variables/variables"))
                        .tensor("kernel/key")
                        .toFloats())
                .isEqualTo(NEW_KERNEL.toFloats());
    }

    @Test
    void weightsOfOtherShapesAndNamesAreRefused() {
        Path target = folder.resolve("target");

        assertThatThrownBy(() -> SavedModelWriter.write(
                        network, Map.of("kernel", TestCheckpoint.random(1, 3, 4)), target, Overwrite.REFUSE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weight \"kernel\": expected kernel: float32[4, 3], got random: float32[3, 4]");
        assertThatThrownBy(() ->
                        SavedModelWriter.write(network, Map.of("optimizer", NEW_KERNEL), target, Overwrite.REFUSE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"optimizer\" is no weight of source");
        assertThat(target).doesNotExist();
    }

    @Test
    void partsOfATensorAreWrittenWhereTheyLie() {
        OnnxTensor whole = TestCheckpoint.random(1, 6, 4);
        OnnxTensor rows = TestCheckpoint.random(2, 4, 4);
        TestCheckpoint.save(
                folder.resolve("parts"),
                Map.of("w#0", whole.rows(0, 2), "w#1", whole.rows(2, 6)),
                Map.of("w#0", "6 4 0,2:-", "w#1", "6 4 2,4:-"));
        TensorBundle bundle = TensorBundle.open(folder.resolve("parts"));

        assertThat(bundle.changes("w", Map.of("6 4 2,4:-", rows)))
                .singleElement()
                .satisfies(change -> assertThat(change.value().toFloats()).isEqualTo(rows.toFloats()));
        List<TensorBundle.Change> across = bundle.changes("w", Map.of("6 4 1,4:-", rows));
        assertThat(across).hasSize(2);
        OnnxTensor first = value(across, 2);
        OnnxTensor second = value(across, 4);
        assertThat(first.rows(0, 1).toFloats()).isEqualTo(whole.rows(0, 1).toFloats());
        assertThat(first.rows(1, 2).toFloats()).isEqualTo(rows.rows(0, 1).toFloats());
        assertThat(second.rows(0, 3).toFloats()).isEqualTo(rows.rows(1, 4).toFloats());
        assertThat(second.rows(3, 4).toFloats()).isEqualTo(whole.rows(5, 6).toFloats());
    }

    private static OnnxTensor value(List<TensorBundle.Change> changes, long rows) {
        return changes.stream()
                .map(TensorBundle.Change::value)
                .filter(value -> value.shape()[0] == rows)
                .findFirst()
                .orElseThrow();
    }

    private static OnnxTensor output(Map<String, OnnxTensor> outputs) {
        return Objects.requireNonNull(outputs.get("y"));
    }
}
