package org.lsuv.tf.savedmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.nodes.TestNodes.binary;
import static org.lsuv.tf.nodes.TestNodes.call;
import static org.lsuv.tf.nodes.TestNodes.constant;
import static org.lsuv.tf.nodes.TestNodes.define;
import static org.lsuv.tf.nodes.TestNodes.node;
import static org.lsuv.tf.nodes.TestNodes.read;
import static org.lsuv.tf.nodes.TestNodes.scalar;
import static org.lsuv.tf.nodes.TestNodes.unary;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.bundle.TestCheckpoint;
import org.lsuv.tf.nodes.AttrValues;
import org.lsuv.tf.nodes.ConstantTensors;
import org.lsuv.tf.nodes.TestNodes;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;

/** Models compute the same as TensorFlow's own loader makes of them, where nothing random is in them. */
class SavedModelImporterTest {
    private static final DataType FLOAT = DataType.DT_FLOAT;
    private static final DataType RESOURCE = DataType.DT_RESOURCE;
    private static final OnnxTensor KERNEL = TestCheckpoint.random(1, 4, 3);
    private static final OnnxTensor BIAS = TestCheckpoint.random(2, 3);

    @TempDir
    Path folder;

    private static NodeDef matMul(String name, String one, String other) {
        return node("MatMul", name, List.of(one, other), "T", FLOAT);
    }

    @Test
    void variablesThatFunctionsReadAreWeights() throws IOException {
        TestSavedModel dense = new TestSavedModel()
                .resource("dense/kernel", KERNEL)
                .resource("dense/bias", BIAS)
                .input("x", -1, 4)
                .add(
                        define(
                                "layer",
                                List.of("x:float", "k:resource", "b:resource"),
                                List.of("out:float=dense/add:z:0"),
                                read("dense/MatMul/Read", "k"),
                                matMul("dense/MatMul", "x", "dense/MatMul/Read:value:0"),
                                read("dense/add/Read", "b"),
                                binary("AddV2", "dense/add", "dense/MatMul:product:0", "dense/add/Read:value:0")),
                        define(
                                "wrapper",
                                List.of("x:float", "k:resource", "b:resource"),
                                List.of("out:float=inner:output:0"),
                                call(
                                        "inner",
                                        "layer",
                                        List.of("x", "k", "b"),
                                        List.of(FLOAT, RESOURCE, RESOURCE),
                                        List.of(FLOAT))))
                .add(call(
                        "StatefulPartitionedCall",
                        "wrapper",
                        List.of("feed_x", "dense/kernel", "dense/bias"),
                        List.of(FLOAT, RESOURCE, RESOURCE),
                        List.of(FLOAT)))
                .output("y", "StatefulPartitionedCall:0");

        TfModel model = assertSame(dense);

        assertThat(model.weights()).containsOnlyKeys("dense/kernel", "dense/bias");
        assertThat(model.weight("dense/kernel").value().toFloats()).isEqualTo(KERNEL.toFloats());
        assertThat(model.values()).containsKey("inner/dense/MatMul");
        assertThat(model.graph().getLibrary().getFunctionCount()).isZero();
    }

    @Test
    void variablesOfTensorFlow1AreWeights() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .reference("w", KERNEL)
                .reference("unused", BIAS)
                .input("x", -1, 4)
                .add(unary("Identity", "w/read", "w"), matMul("y", "feed_x", "w/read"))
                .output("y", "y:0");

        assertThat(assertSame(model).weights()).containsOnlyKeys("w");
    }

    @Test
    void constantsOfAtLeastOneDimensionAreWeights() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .input("x", -1, 4)
                .add(
                        constant("w", KERNEL),
                        constant("b", BIAS),
                        scalar("half", 0.5f),
                        matMul("product", "feed_x", "w"),
                        binary("AddV2", "sum", "product", "b"),
                        binary("Mul", "y", "sum", "half"))
                .output("y", "y:0");

        assertThat(assertSame(model).weights()).containsOnlyKeys("w", "b");
    }

    @Test
    void constantOfAFunctionThatIsCalledTwiceIsOneWeight() throws IOException {
        OnnxTensor square = TestCheckpoint.random(5, 4, 4);
        TestSavedModel model = new TestSavedModel()
                .input("x", -1, 4)
                .add(define(
                        "layer",
                        List.of("x:float"),
                        List.of("out:float=product:product:0"),
                        constant("w", square),
                        matMul("product", "x", "w:output:0")))
                .add(
                        call("one", "layer", List.of("feed_x"), List.of(FLOAT), List.of(FLOAT)),
                        call("two", "layer", List.of("one"), List.of(FLOAT), List.of(FLOAT)))
                .output("y", "two:0");

        assertThat(assertSame(model).weights()).containsOnlyKeys("one/w");
    }

    @Test
    void loopsThatReadVariablesGetTheirValues() throws IOException {
        OnnxTensor square = TestCheckpoint.random(5, 4, 4);
        TestSavedModel model = new TestSavedModel()
                .resource("kernel", square)
                .input("x", -1, 4)
                .add(
                        define(
                                "condition",
                                List.of("i:float", "a:float", "k:resource"),
                                List.of("out:bool=less:z:0"),
                                scalar("end", 3),
                                binary("Less", "less", "i", "end:output:0")),
                        define(
                                "body",
                                List.of("i:float", "a:float", "k:resource"),
                                List.of("next:float=next_i:z:0", "value:float=product:product:0", "k2:resource=k"),
                                scalar("one", 1),
                                binary("AddV2", "next_i", "i", "one:output:0"),
                                read("read", "k"),
                                matMul("product", "a", "read:value:0")))
                .add(
                        scalar("zero", 0),
                        node(
                                "While",
                                "loop",
                                List.of("zero", "feed_x", "kernel"),
                                "T",
                                List.of(FLOAT, FLOAT, RESOURCE),
                                "cond",
                                TestNodes.function("condition"),
                                "body",
                                TestNodes.function("body")),
                        unary("Identity", "y", "loop:1"))
                .output("y", "y:0");

        TfModel imported = assertSame(model);

        assertThat(imported.weights()).containsOnlyKeys("kernel");
        assertThat(imported.graph().toString()).doesNotContain("DT_RESOURCE");
    }

    @Test
    void loopsOfTensorFlow1KeepTheirFrames() throws IOException {
        OnnxTensor square = TestCheckpoint.random(5, 4, 4);
        TestSavedModel model = new TestSavedModel()
                .resource("kernel", square)
                .input("x", -1, 4)
                .add(
                        scalar("zero", 0),
                        enter("i/enter", "zero", FLOAT, false),
                        enter("a/enter", "feed_x", FLOAT, false),
                        enter("k/enter", "kernel", RESOURCE, true),
                        node("Merge", "i/merge", List.of("i/enter", "i/next"), "T", FLOAT, "N", 2),
                        node("Merge", "a/merge", List.of("a/enter", "a/next"), "T", FLOAT, "N", 2),
                        scalar("end", 3).toBuilder().addInput("^i/merge").build(),
                        binary("Less", "less", "i/merge", "end"),
                        node("LoopCond", "holds", List.of("less")),
                        node("Switch", "i/switch", List.of("i/merge", "holds"), "T", FLOAT),
                        node("Switch", "a/switch", List.of("a/merge", "holds"), "T", FLOAT),
                        unary("Identity", "i/body", "i/switch:1"),
                        scalar("one", 1).toBuilder().addInput("^i/body").build(),
                        binary("AddV2", "i/increased", "i/body", "one"),
                        read("read", "k/enter").toBuilder().addInput("^i/body").build(),
                        matMul("product", "a/switch:1", "read"),
                        unary("NextIteration", "i/next", "i/increased"),
                        unary("NextIteration", "a/next", "product"),
                        unary("Exit", "y", "a/switch"))
                .output("y", "y:0");

        assertThat(assertSame(model).weights()).containsOnlyKeys("kernel");
    }

    private static NodeDef enter(String name, String value, DataType type, boolean constant) {
        return node("Enter", name, List.of(value), "T", type, "frame_name", "loop", "is_constant", constant);
    }

    @Test
    void outputsThatNeedTablesAreLeftOut() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .input("x", -1, 4)
                .add(
                        node("HashTableV2", "labels", List.of(), "key_dtype", DataType.DT_FLOAT, "value_dtype", FLOAT),
                        scalar("unknown", -1),
                        node(
                                "LookupTableFindV2",
                                "lookup",
                                List.of("labels", "feed_x", "unknown"),
                                "Tin",
                                FLOAT,
                                "Tout",
                                FLOAT),
                        unary("Neg", "y", "feed_x"))
                .output("label", "lookup:0")
                .output("y", "y:0");

        TfModel imported = load(model);

        assertThat(imported.outputs()).containsOnlyKeys("y");
        assertThat(imported.notes()).containsExactly("output \"label\" is left out: it needs the table \"labels\"");
    }

    @Test
    void halfPrecisionWeightsAreFedInFullAndCast() throws IOException {
        OnnxTensor half =
                OnnxTensor.ofDoubles("w", org.lsuv.onnx.OnnxType.FLOAT16, new long[] {4, 3}, KERNEL.toDoubles());
        TestSavedModel model = new TestSavedModel()
                .input("x", -1, 4)
                .add(
                        ConstantTensors.node("w", DataType.DT_HALF, half),
                        node("Cast", "wide", List.of("w"), "SrcT", DataType.DT_HALF, "DstT", FLOAT),
                        matMul("y", "feed_x", "wide"))
                .output("y", "y:0");

        TfModel imported = assertSame(model);

        assertThat(imported.weight("w").value().type()).isEqualTo(org.lsuv.onnx.OnnxType.FLOAT16);
    }

    @Test
    void gatheredRowsOfVariablesAreGathered() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .resource("table", KERNEL)
                .input("x", -1, 3)
                .add(
                        TestNodes.integers("rows", 2, 0, 2),
                        node(
                                "ResourceGather",
                                "gather",
                                List.of("table", "rows"),
                                "dtype",
                                FLOAT,
                                "Tindices",
                                DataType.DT_INT32),
                        binary("AddV2", "y", "gather", "feed_x"))
                .output("y", "y:0");

        assertThat(assertSame(model).weights()).containsOnlyKeys("table");
    }

    @Test
    void inputsNeedNotBePlaceholders() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .add(
                        TestNodes.feed("raw", Shape.of(-1, 4)),
                        unary("Neg", "prepared", "raw"),
                        constant("w", KERNEL),
                        matMul("y", "prepared", "w"))
                .input("x", "prepared:0", FLOAT, -1, 4)
                .output("y", "y:0");

        assertThat(assertSame(model).inputs())
                .singleElement()
                .satisfies(input -> assertThat(input.name()).isEqualTo("x"));
    }

    @Test
    void dropoutIsInactive() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .input("x", -1, 4)
                .add(
                        scalar("keep", 0.5f),
                        node("Shape", "shape", List.of("feed_x"), "T", FLOAT, "out_type", DataType.DT_INT32),
                        node("RandomUniform", "u", List.of("shape"), "T", DataType.DT_INT32, "dtype", FLOAT),
                        binary("AddV2", "shifted", "u", "keep"),
                        unary("Floor", "mask", "shifted"),
                        binary("RealDiv", "scaled", "feed_x", "keep"),
                        binary("Mul", "dropout/mul", "scaled", "mask"),
                        constant("w", KERNEL),
                        matMul("y", "dropout/mul", "w"))
                .output("y", "y:0");

        TfModel imported = load(model);

        assertThat(imported.notes()).containsExactly("dropout \"dropout/mul\" is inactive");
        assertThat(imported.values()).containsOnlyKeys("y");
        assertThat(Reference.run(imported, Reference.batch(imported, 1)))
                .isNotEmpty()
                .containsKey("y");
    }

    @Test
    void branchThatServesIsChosen() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .input("x", -1, 4)
                .add(
                        AttrValues.constant(
                                "phase/input",
                                DataType.DT_BOOL,
                                TensorProto.newBuilder().addBoolVal(false)),
                        node(
                                "PlaceholderWithDefault",
                                "keras_learning_phase",
                                List.of("phase/input"),
                                "dtype",
                                DataType.DT_BOOL,
                                "shape",
                                Shape.scalar()),
                        node("Switch", "switch", List.of("feed_x", "keras_learning_phase"), "T", FLOAT),
                        unary("Neg", "training", "switch:1"),
                        unary("Exp", "serving", "switch"),
                        node("Merge", "merge", List.of("serving", "training"), "T", FLOAT, "N", 2),
                        constant("w", KERNEL),
                        matMul("y", "merge", "w"))
                .output("y", "y:0");

        assertThat(assertSame(model).values()).containsOnlyKeys("serving", "y");
    }

    @Test
    void everythingThatIsMissingIsReportedAtOnce() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .resource("kernel", KERNEL)
                .input("x", -1, 4)
                .add(
                        TestNodes.handle("lost", Shape.of(3)),
                        read("r1", "kernel"),
                        read("r2", "lost"),
                        matMul("product", "feed_x", "r1"),
                        binary("AddV2", "sum", "product", "r2"),
                        TestNodes.feed("keep_prob", Shape.scalar()),
                        binary("Mul", "scaled", "sum", "keep_prob"),
                        unary("MyOwnOperation", "y", "scaled"))
                .output("y", "y:0");
        Path written = model.write(folder.resolve("model"));

        assertThatThrownBy(() -> SavedModelImporter.load(SavedModelReader.read(written), SavedModelOptions.defaults()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageStartingWith("model: ")
                .hasMessageContaining("TensorFlow cannot run the operations MyOwnOperation (1×)")
                .hasMessageContaining("variable \"lost\": nothing restores it")
                .hasMessageContaining("placeholder \"keep_prob\" is needed, but is no input of the signature");
    }

    @Test
    void missingVariablesFilesAreReported() throws IOException {
        Path written = new TestSavedModel()
                .reference("w", KERNEL)
                .input("x", -1, 4)
                .add(matMul("y", "feed_x", "w"))
                .output("y", "y:0")
                .write(folder.resolve("model"));
        Files.delete(written.resolve("variables/variables.data-00000-of-00001"));
        assertThatThrownBy(() -> SavedModelImporter.load(SavedModelReader.read(written), SavedModelOptions.defaults()))
                .hasMessageContaining("variables.data-00000-of-00001: tensor \"w/key\": no such file");

        Files.delete(written.resolve("variables/variables.index"));
        assertThatThrownBy(() -> SavedModelImporter.load(SavedModelReader.read(written), SavedModelOptions.defaults()))
                .hasMessageContaining("variable \"w\": there is no variables/variables.index");
    }

    @Test
    void unknownTagsAndSignaturesNameThoseThatThereAre() throws IOException {
        Path written = new TestSavedModel()
                .input("x", -1, 4)
                .add(unary("Neg", "y", "feed_x"))
                .output("y", "y:0")
                .write(folder.resolve("model"));
        SavedModel saved = SavedModelReader.read(written);

        assertThatThrownBy(() -> SavedModelImporter.load(
                        saved, SavedModelOptions.defaults().withTags("train,gpu")))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("model: has no graph with the tags [gpu, train]; there are [[serve]]");
        assertThatThrownBy(() -> SavedModelImporter.load(
                        saved, SavedModelOptions.defaults().withSignature("predict")))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("model: has no signature \"predict\"; there are [serving_default]");
    }

    @Test
    void otherFilesAreNoSavedModels() throws IOException {
        Path keras = Files.write(folder.resolve("model.keras"), new byte[10]);
        Path h5 = Files.write(folder.resolve("model.h5"), new byte[10]);
        Path broken = Files.createDirectory(folder.resolve("broken"));
        Files.write(broken.resolve("saved_model.pb"), new byte[] {10, 127, 1, 2});
        Path text = Files.createDirectory(folder.resolve("text"));
        Files.write(text.resolve("saved_model.pbtxt"), new byte[1]);

        assertThatThrownBy(() -> SavedModelReader.read(keras))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("model.keras: is a Keras 3 file");
        assertThatThrownBy(() -> SavedModelReader.read(h5))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("model.h5: is a Keras HDF5 file");
        assertThatThrownBy(() -> SavedModelReader.read(text))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("the text form is not supported");
        assertThatThrownBy(() -> SavedModelReader.read(broken))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("broken: saved_model.pb: expected a SavedModel");
        assertThatThrownBy(() -> SavedModelReader.read(folder.resolve("nothing")))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("nothing: no such folder");
    }

    private TfModel load(TestSavedModel model) throws IOException {
        return SavedModelImporter.load(
                SavedModelReader.read(model.write(folder.resolve("model"))), SavedModelOptions.defaults());
    }

    private TfModel assertSame(TestSavedModel model) throws IOException {
        TfModel imported = load(model);
        SavedModel saved = SavedModelReader.read(folder.resolve("model"));
        Map<String, OnnxTensor> batch = Reference.batch(imported, 7);
        Map<String, OnnxTensor> expected =
                Reference.run(saved.folder(), "serve", saved.signature(SavedModelOptions.defaults()), batch);
        Map<String, OnnxTensor> found = Reference.run(imported, batch);
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        found.forEach(
                (key, value) -> assertThat(Reference.error(value, java.util.Objects.requireNonNull(expected.get(key))))
                        .isZero());
        return imported;
    }
}
