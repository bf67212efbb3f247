package org.lsuv.tf.controlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.nodes.TestNodes.binary;
import static org.lsuv.tf.nodes.TestNodes.constant;
import static org.lsuv.tf.nodes.TestNodes.node;
import static org.lsuv.tf.nodes.TestNodes.scalar;
import static org.lsuv.tf.nodes.TestNodes.unary;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.bundle.TestCheckpoint;
import org.lsuv.tf.layers.TfLayers;
import org.lsuv.tf.nodes.TestNodes;
import org.lsuv.tf.onnxexport.ExportOptions;
import org.lsuv.tf.onnxexport.OnnxExporter;
import org.lsuv.tf.savedmodel.Reference;
import org.lsuv.tf.savedmodel.SavedModel;
import org.lsuv.tf.savedmodel.SavedModelImporter;
import org.lsuv.tf.savedmodel.SavedModelOptions;
import org.lsuv.tf.savedmodel.SavedModelReader;
import org.lsuv.tf.savedmodel.TestSavedModel;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/** What TensorFlow's own loader computes, functions compute to the bit, and ONNX Runtime to the digits of float32. */
class FunctionalControlFlowTest {
    private static final DataType FLOAT = DataType.DT_FLOAT;
    private static final DataType INT32 = DataType.DT_INT32;
    private static final DataType BOOL = DataType.DT_BOOL;
    private static final OnnxTensor SQUARE = TestCheckpoint.random(5, 4, 4);
    private static final Set<String> OLD =
            Set.of("Enter", "Exit", "Switch", "Merge", "NextIteration", "LoopCond", "TensorArrayV3");

    @TempDir
    Path folder;

    private static NodeDef matMul(String name, String one, String other) {
        return node("MatMul", name, List.of(one, other), "T", FLOAT);
    }

    private static NodeDef choose(String name, String value, String condition) {
        return node("Switch", name, List.of(value, condition), "T", FLOAT);
    }

    private static NodeDef merge(String name, String one, String other) {
        return node("Merge", name, List.of(one, other), "T", FLOAT, "N", 2);
    }

    /** Lets a node without inputs run in a branch alone. */
    private static NodeDef within(String pivot, NodeDef node) {
        return node.toBuilder().addInput("^" + pivot).build();
    }

    private static NodeDef pivot(String name, String value) {
        return node("Identity", name, List.of(value), "T", BOOL);
    }

    private static TestSavedModel positive(TestSavedModel model) {
        return model.add(
                TestNodes.integers("all", 0, 1),
                node("Sum", "sum", List.of("feed_x", "all"), "T", FLOAT, "Tidx", INT32, "keep_dims", false),
                scalar("nothing", 0),
                binary("Greater", "positive", "sum", "nothing"),
                node("Switch", "if/switch", List.of("positive", "positive"), "T", BOOL),
                pivot("if/true", "if/switch:1"),
                pivot("if/false", "if/switch"));
    }

    private TfModel functional(TestSavedModel model, boolean exported) throws IOException {
        Path written = model.write(folder.resolve("model"));
        SavedModel saved = SavedModelReader.read(written);
        TfModel imported = SavedModelImporter.load(saved, SavedModelOptions.defaults());
        for (int sign : new int[] {1, -1}) {
            Map<String, OnnxTensor> batch = Reference.batch(imported, 3);
            batch.replaceAll((name, value) -> times(sign, value));
            Map<String, OnnxTensor> reference =
                    Reference.run(written, "serve", saved.signature(SavedModelOptions.defaults()), batch);
            Map<String, OnnxTensor> found = Reference.run(imported, batch);
            reference.forEach((name, expected) -> {
                OnnxTensor value = Objects.requireNonNull(found.get(name), name);
                assertThat(value.shape()).isEqualTo(expected.shape());
                assertThat(value.toFloats()).isEqualTo(expected.toFloats());
            });
            if (exported) {
                assertFunctional(imported);
                OnnxModel onnx =
                        OnnxExporter.export(imported, ExportOptions.defaults()).model();
                try (OrtProbe probe = OrtProbe.open(onnx, new OrtOptions(1))) {
                    Map<String, OnnxTensor> ran = probe.fetch(batch, List.copyOf(reference.keySet()));
                    reference.forEach((name, expected) -> assertThat(
                                    Reference.error(Objects.requireNonNull(ran.get(name), name), expected))
                            .isLessThan(1e-5));
                }
            }
        }
        return imported;
    }

    private static OnnxTensor times(int sign, OnnxTensor value) {
        double[] values = value.toDoubles();
        for (int i = 0; i < values.length; i++) {
            values[i] *= sign;
        }
        return OnnxTensor.ofDoubles(value.name(), value.type(), value.shape(), values);
    }

    private static void assertFunctional(TfModel model) {
        assertThat(model.notes()).noneMatch(note -> note.contains("stays"));
        assertThat(model.graph().getNodeList()).extracting(NodeDef::getOp).doesNotContainAnyElementsOf(OLD);
        model.graph()
                .getLibrary()
                .getFunctionList()
                .forEach(function -> assertThat(function.getNodeDefList())
                        .extracting(NodeDef::getOp)
                        .doesNotContainAnyElementsOf(OLD));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void loopIsAWhile(int steps) throws IOException {
        TestSavedModel model = new TestSavedModel()
                .resource("kernel", SQUARE)
                .input("x", -1, 4)
                .add(OldLoop.integer("steps", steps))
                .add(new OldLoop("while")
                        .count("i", "steps")
                        .state("a", FLOAT, "feed_x")
                        .constant("k", DataType.DT_RESOURCE, "kernel")
                        .alone(TestNodes.read("while/read", "while/k"))
                        .add(matMul("while/product", "while/a", "while/read"))
                        .alone(constant("while/scale", TestCheckpoint.random(6, 4)))
                        .add(
                                binary("Mul", "while/scaled", "while/product", "while/scale"),
                                unary("Tanh", "while/tanh", "while/scaled"))
                        .next("a", "while/tanh")
                        .nodes())
                .output("y", "while/a/exit:0");

        TfModel functional = functional(model, true);

        assertFunctional(functional);
        assertThat(functional.weights()).containsOnlyKeys("kernel", "while/scale");
        assertThat(functional.graph().getNodeList())
                .filteredOn(node -> node.getOp().equals("StatelessWhile"))
                .singleElement()
                .satisfies(node -> assertThat(node.getName()).isEqualTo("while"));
    }

    @Test
    void loopInALoopIsAWhileInABody() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .resource("kernel", SQUARE)
                .input("x", -1, 4)
                .add(OldLoop.integer("steps", 3))
                .add(new OldLoop("outer")
                        .count("i", "steps")
                        .state("a", FLOAT, "feed_x")
                        .constant("k", DataType.DT_RESOURCE, "kernel")
                        .add(new OldLoop("outer/inner", "outer/i")
                                .count("j", "outer/i")
                                .state("b", FLOAT, "outer/a")
                                .constant("kk", DataType.DT_RESOURCE, "outer/k")
                                .alone(TestNodes.read("outer/inner/read", "outer/inner/kk"))
                                .add(
                                        matMul("outer/inner/product", "outer/inner/b", "outer/inner/read"),
                                        unary("Sin", "outer/inner/sin", "outer/inner/product"))
                                .next("b", "outer/inner/sin")
                                .nodes())
                        .add(binary("AddV2", "outer/sum", "outer/inner/b/exit", "outer/a"))
                        .next("a", "outer/sum")
                        .nodes())
                .output("y", "outer/a/exit:0");

        assertFunctional(functional(model, true));
    }

    @Test
    void choiceIsAnIf() throws IOException {
        TestSavedModel model = positive(new TestSavedModel().input("x", -1, 4))
                .add(
                        choose("if/x", "feed_x", "positive"),
                        within("if/true", constant("if/kernel", SQUARE)),
                        matMul("if/product", "if/x:1", "if/kernel"),
                        within("if/false", scalar("if/half", 0.5f)),
                        binary("Mul", "if/less", "if/x", "if/half"),
                        unary("Exp", "if/unused", "if/x"),
                        merge("if/Merge", "if/less", "if/product"),
                        merge("if/Merge_1", "if/x", "if/product"),
                        unary("Tanh", "y", "if/Merge"))
                .output("y", "y:0")
                .output("z", "if/Merge_1:0");

        TfModel functional = functional(model, true);

        assertFunctional(functional);
        assertThat(functional.weights()).containsOnlyKeys("if/kernel");
        assertThat(functional.graph().getNodeList())
                .filteredOn(node -> node.getOp().equals("StatelessIf"))
                .singleElement()
                .satisfies(
                        node -> assertThat(node.getAttrOrThrow("Tout").getList().getTypeCount())
                                .isEqualTo(2));
    }

    @Test
    void choiceOfOneConditionAfterTheOtherIsAnIfBehindAnother() throws IOException {
        TestSavedModel model = positive(new TestSavedModel().input("x", -1, 4))
                .add(
                        choose("if/x", "feed_x", "positive"),
                        unary("Exp", "if/exp", "if/x:1"),
                        merge("if/Merge", "if/x", "if/exp"),
                        unary("Tanh", "tanh", "if/Merge"),
                        choose("again/x", "tanh", "positive"),
                        unary("Neg", "again/neg", "again/x"),
                        merge("again/Merge", "again/neg", "again/x:1"))
                .output("y", "again/Merge:0");

        TfModel functional = functional(model, true);

        assertFunctional(functional);
        assertThat(functional.graph().getNodeList())
                .filteredOn(node -> node.getOp().equals("StatelessIf"))
                .hasSize(2);
    }

    @Test
    void choiceInABranchIsAnIfInAFunction() throws IOException {
        TestSavedModel model = positive(new TestSavedModel().input("x", -1, 4))
                .add(
                        choose("if/x", "feed_x", "positive"),
                        choose("if/sum", "sum", "positive"),
                        within("if/true", scalar("if/two", 2)),
                        binary("Greater", "if/large", "if/sum:1", "if/two"),
                        choose("if/if/x", "if/x:1", "if/large"),
                        unary("Exp", "if/if/exp", "if/if/x:1"),
                        unary("Sin", "if/if/sin", "if/if/x"),
                        merge("if/if/Merge", "if/if/sin", "if/if/exp"),
                        merge("if/Merge", "if/x", "if/if/Merge"))
                .output("y", "if/Merge:0");

        assertFunctional(functional(model, true));
    }

    @Test
    void choiceInALoopAndLoopInAChoiceAreFunctions() throws IOException {
        TestSavedModel model = positive(new TestSavedModel().input("x", -1, 4))
                .add(choose("if/x", "feed_x", "positive"), within("if/true", OldLoop.integer("if/steps", 4)))
                .add(new OldLoop("if/while", "if/true")
                        .count("i", "if/steps")
                        .state("a", FLOAT, "if/x:1")
                        .alone(OldLoop.integer("if/while/two", 2))
                        .add(
                                node("Less", "if/while/early", List.of("if/while/i", "if/while/two"), "T", INT32),
                                choose("if/while/switch", "if/while/a", "if/while/early"),
                                unary("Tanh", "if/while/tanh", "if/while/switch:1"),
                                unary("Sin", "if/while/sin", "if/while/switch"),
                                merge("if/while/Merge", "if/while/sin", "if/while/tanh"))
                        .next("a", "if/while/Merge")
                        .nodes())
                .add(unary("Neg", "if/neg", "if/x"), merge("if/Merge", "if/neg", "if/while/a/exit"))
                .output("y", "if/Merge:0");

        assertFunctional(functional(model, true));
    }

    @Test
    void loopOfAnotherFormStaysAndIsReported() throws IOException {
        TestSavedModel model = new TestSavedModel()
                .input("x", -1, 4)
                .add(OldLoop.integer("steps", 3))
                .add(new OldLoop("while")
                        .count("i", "steps")
                        .state("a", FLOAT, "feed_x")
                        .add(unary("Tanh", "while/tanh", "while/a"))
                        .next("a", "while/tanh")
                        .add(
                                unary("Neg", "while/behind", "while/a/switch"),
                                unary("Exit", "while/other", "while/behind"))
                        .nodes())
                .output("y", "while/other:0");

        TfModel same = functional(model, false);

        assertThat(same.notes())
                .containsExactly("the loop \"while\" stays as TensorFlow 1 wrote it, and layers in it are not found:"
                        + " \"while/behind\" reads from its inside");
    }

    private static TestSavedModel elman(long steps) {
        TestSavedModel model = new TestSavedModel()
                .input("x", -1, steps, OldRecurrentLayer.VALUES)
                .resource("kernel", TestCheckpoint.random(1, 3, 4))
                .resource("recurrent", TestCheckpoint.random(2, 4, 4))
                .resource("bias", TestCheckpoint.random(3, 4));
        OldRecurrentLayer.add(model, List.of("h"), List.of("kernel", "recurrent", "bias"), OldCell::elman);
        return model;
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 5})
    void loopOverArraysIsARecurrentOperator(long steps) throws IOException {
        TfModel model = functional(elman(steps), true);

        assertFunctional(model);
        assertThat(exported(model)).contains("RNN").doesNotContain("Loop");
        TfLayers layers = TfLayers.in(model);
        assertThat(layers.layers())
                .singleElement()
                .satisfies(layer -> assertThat(layer.weight().source()).isEqualTo("kernel"));
        assertThat(layers.notInitialised()).isEmpty();
    }

    @Test
    void arraysWhoseFlowIsANumberStayAndAreReported() throws IOException {
        TestSavedModel model = elman(5);
        model.add(binary("AddV2", "sum", "rnn/while/out/exit", "rnn/nothing")).output("flow", "sum:0");

        TfModel same = functional(model, false);

        assertThat(same.notes())
                .containsExactly("arrays stay as TensorFlow 1 wrote them, and products of what they hold are no layers:"
                        + " AddV2 \"sum\" reads the flow of one");
        assertThat(TfLayers.in(same).layers()).isEmpty();
    }

    private static List<String> exported(TfModel model) {
        return OnnxExporter.export(model, ExportOptions.defaults()).model().graph().nodes().stream()
                .map(node -> node.opType())
                .toList();
    }
}
