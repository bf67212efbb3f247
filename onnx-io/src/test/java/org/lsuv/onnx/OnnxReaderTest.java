package org.lsuv.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Feeds the reader broken and hostile files: each must end in one line, fast. */
class OnnxReaderTest {
    @TempDir
    Path folder;

    private static TestModel relu() {
        return TestModel.opset(17)
                .input("x", OnnxType.FLOAT, "N", 2)
                .floats("w", new long[] {2}, 1, 2)
                .node("Add", List.of("x", "w"), List.of("y"))
                .output("y", OnnxType.FLOAT, "N", 2);
    }

    private void refuses(byte[] bytes, String message) throws IOException {
        Path file = Files.write(folder.resolve("bad.onnx"), bytes);
        assertThatThrownBy(() -> OnnxReader.read(file))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("bad.onnx: " + message);
    }

    private void refuses(TestModel model, String message) throws IOException {
        refuses(model.bytes(), message);
    }

    private void refuses(TensorProto initializer, String message) throws IOException {
        refuses(TestModel.opset(17).initializer(initializer), message);
    }

    @Test
    void readsWhatAModelSays() throws IOException {
        Path file = Files.write(folder.resolve("good.onnx"), relu().bytes());
        OnnxModel model = OnnxReader.read(file);
        assertThat(model.label()).isEqualTo("good.onnx");
        assertThat(model.irVersion()).isEqualTo(8);
        assertThat(model.opset("ai.onnx")).hasValue(17);
        assertThat(model.graph().inputs()).extracting(OnnxValue::toString).containsExactly("x: float32[N, 2]");
        assertThat(model.graph().initializer("w"))
                .get()
                .extracting(OnnxTensor::toFloats)
                .isEqualTo(new float[] {1, 2});
    }

    @Test
    void refusesFilesThatAreNoModels() throws IOException {
        assertThatThrownBy(() -> OnnxReader.read(folder.resolve("gone.onnx"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> OnnxReader.read(folder))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(folder.getFileName() + ": is not a file; expected an ONNX model");
        refuses(new byte[0], "is empty; expected an ONNX model");
        refuses(
                "solver: SGD\n".getBytes(StandardCharsets.UTF_8),
                "is not an ONNX model, or was cut short (Protocol message tag had invalid wire type.)");
        refuses(
                new byte[] {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 0, 0, 0},
                "is not an ONNX model, or was cut short (Protocol message contained an invalid tag (zero).)");
        refuses(new byte[] {8, 9}, "holds no graph; expected an ONNX model");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] whole = relu().bytes();
        for (int length = 1; length < whole.length; length++) {
            Path file = Files.write(folder.resolve("bad.onnx"), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> OnnxReader.read(file))
                    .isInstanceOf(OnnxFormatException.class)
                    .hasMessageStartingWith("bad.onnx: ")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void survivesRandomChangesOfAFile() throws IOException {
        byte[] whole = relu().bytes();
        java.util.Random random = new java.util.Random(1);
        for (int i = 0; i < 3000; i++) {
            byte[] changed = whole.clone();
            for (int j = 0; j < 3; j++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(OnnxReader.read(changed)).isNotNull();
            } catch (OnnxFormatException | UnsupportedModelException expected) {
                assertThat(expected).message().isNotBlank().doesNotContain("\n");
            }
        }
    }

    @Test
    void refusesTensorsWhoseDataDoesNotFit() throws IOException {
        refuses(TestModel.floatData("w", new long[] {3}, 1, 2), "tensor \"w\" float32[3]: expected 3 values, found 2");
        refuses(
                TestModel.rawFloats("w", new long[] {3}, 1, 2),
                "tensor \"w\" float32[3]: expected 12 bytes of data, found 8");
        refuses(
                TestModel.tensor("w", OnnxType.FLOAT, -1, 2).build(),
                "tensor \"w\": shape [-1, 2] has a negative dimension");
        refuses(
                TestModel.tensor("w", OnnxType.FLOAT, 1L << 40, 1L << 40).build(),
                "tensor \"w\": shape [1099511627776, 1099511627776] overflows a 64-bit element count");
        refuses(
                TestModel.tensor("w", OnnxType.DOUBLE, 1L << 61).build(),
                "tensor \"w\": shape [2305843009213693952] overflows a 64-bit byte count");
        refuses(
                TestModel.tensor("w", OnnxType.FLOAT, 1L << 40).build(),
                "tensor \"w\" float32[1099511627776]: expected 1099511627776 values, found 0");
        refuses(
                TestModel.tensor("w", OnnxType.STRING, 2).build(),
                "tensor \"w\" string[2]: expected 2 strings, found 0");
        refuses(
                TensorProto.newBuilder().setName("w").setDataType(99).build(),
                "tensor \"w\": data type 99 is not one of ONNX's");
        refuses(TensorProto.newBuilder().setName("w").build(), "tensor \"w\": data type 0 is not one of ONNX's");
        TensorProto value = TestModel.floatData("", new long[] {2}, 1);
        refuses(
                TestModel.opset(17).node("Constant", List.of(), List.of("c"), TestModel.attribute("value", value)),
                "tensor \"\" float32[2]: expected 2 values, found 1");
    }

    @Test
    void refusesGraphsThatCannotBeComputed() throws IOException {
        refuses(
                relu().node("Relu", List.of("b"), List.of("a")).node("Neg", List.of("a"), List.of("b")),
                "the graph has a cycle through node Relu(b) -> a");
        refuses(relu().node("Relu", List.of("a"), List.of("a")), "the graph has a cycle through node Relu(a) -> a");
        refuses(
                relu().node("Relu", List.of("gone"), List.of("a")),
                "node Relu(gone) -> a: value \"gone\" is not defined anywhere");
        refuses(relu().output("gone", OnnxType.FLOAT), "the graph's outputs: value \"gone\" is not defined anywhere");
        refuses(relu().node("Relu", List.of("x"), List.of("y")), "node Relu(x) -> y: value \"y\" is defined twice");
        refuses(relu().node("Relu", List.of("x"), List.of("w")), "node Relu(x) -> w: value \"w\" is defined twice");
        refuses(
                relu().node("Split", List.of("x"), List.of("a", "a")),
                "node Split(x) -> a, a: value \"a\" is defined twice");
        refuses(relu().floats("w", new long[] {1}, 1), "initializer \"w\" is defined twice");
        refuses(relu().input("x", OnnxType.FLOAT), "input \"x\" is defined twice");
        refuses(relu().input("", OnnxType.FLOAT), "an input has no name");
        refuses(relu().floats("", new long[] {1}, 1), "an initializer has no name");
        refuses(relu().node("", List.of("x"), List.of("a")), "node (x) -> a: has no operator");
        refuses(relu().input("z", OnnxType.FLOAT, -5), "value \"z\": has a dimension of -5");
        refuses(
                relu().node(
                                "Relu",
                                List.of("x"),
                                List.of("a"),
                                TestModel.attribute("k", 1),
                                TestModel.attribute("k", 2)),
                "node Relu(x) -> a: attribute \"k\" is given twice");
    }

    @Test
    void acceptsOutputsThatAreInitializersOrInputs() throws IOException {
        Path file = Files.write(
                folder.resolve("good.onnx"),
                relu().output("w", OnnxType.FLOAT, 2)
                        .output("x", OnnxType.FLOAT)
                        .bytes());
        assertThat(OnnxReader.read(file).graph().outputs())
                .extracting(OnnxValue::name)
                .containsExactly("y", "w", "x");
    }

    @Test
    void ordersNodesThatTheFileHasInAnotherOrder() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT)
                .node("Neg", List.of("a"), List.of("b"))
                .node("Relu", List.of("x"), List.of("a"))
                .output("b", OnnxType.FLOAT)
                .read();
        assertThat(model.graph().nodes()).extracting(OnnxNode::opType).containsExactly("Relu", "Neg");
    }

    @Test
    void ordersANodeBehindWhatItsSubgraphCaptures() {
        GraphProto branch = GraphProto.newBuilder()
                .addNode(
                        NodeProto.newBuilder().setOpType("Neg").addInput("late").addOutput("inner"))
                .addOutput(TestModel.value("inner", OnnxType.FLOAT))
                .build();
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT)
                .input("c", OnnxType.BOOL)
                .node(
                        "If",
                        List.of("c"),
                        List.of("y"),
                        TestModel.attribute("then_branch", branch),
                        TestModel.attribute("else_branch", branch))
                .node("Relu", List.of("x"), List.of("late"))
                .output("y", OnnxType.FLOAT)
                .read();
        assertThat(model.graph().nodes()).extracting(OnnxNode::opType).containsExactly("Relu", "If");
    }

    @Test
    void readsDeeplyNestedGraphsInTimeAndRefusesDeeperOnes() throws IOException {
        Assertions.assertThat(nested(30).graph().getNodeCount()).isEqualTo(1);
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> OnnxReader.read(nested(30).bytes()));
        refuses(nested(100).bytes(), "graphs are nested too deeply");
        assertThatThrownBy(() -> OnnxReader.read(nested(100).bytes()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("graphs are nested too deeply");
    }

    private static TestModel nested(int depth) {
        GraphProto graph = GraphProto.newBuilder()
                .setName("innermost")
                .addNode(NodeProto.newBuilder().setOpType("Neg").addInput("x").addOutput("o0"))
                .addOutput(TestModel.value("o0", OnnxType.FLOAT))
                .build();
        for (int i = 1; i < depth; i++) {
            graph = GraphProto.newBuilder()
                    .addNode(NodeProto.newBuilder()
                            .setOpType("If")
                            .addInput("c")
                            .addOutput("o" + i)
                            .addAttribute(TestModel.attribute("then_branch", graph)))
                    .addOutput(TestModel.value("o" + i, OnnxType.FLOAT))
                    .build();
        }
        return TestModel.opset(17)
                .input("x", OnnxType.FLOAT)
                .input("c", OnnxType.BOOL)
                .node("If", List.of("c"), List.of("y"), TestModel.attribute("then_branch", graph))
                .output("y", OnnxType.FLOAT);
    }

    @Test
    void saysWhenAnAttributeLacksItsGraph() {
        AttributeProto empty = AttributeProto.newBuilder()
                .setName("body")
                .setType(AttributeProto.AttributeType.GRAPH)
                .build();
        OnnxNode node = TestModel.opset(17)
                .node("Loop", List.of("", ""), List.of("y"), empty)
                .read()
                .graph()
                .nodes()
                .get(0);
        assertThatThrownBy(() -> node.attributes().requireGraph("body"))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("node Loop(, ) -> y: attribute \"body\": holds no graph");
    }

    @Test
    void refusesALaterFormat() throws IOException {
        Path file = Files.write(folder.resolve("new.onnx"), relu().ir(14).bytes());
        assertThatThrownBy(() -> OnnxReader.read(file))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("new.onnx: IR version 14 is newer than the supported 13; export the model with an older"
                        + " opset");
    }
}
