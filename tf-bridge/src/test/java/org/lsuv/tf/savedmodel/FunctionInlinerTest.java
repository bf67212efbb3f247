package org.lsuv.tf.savedmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.nodes.TestNodes.binary;
import static org.lsuv.tf.nodes.TestNodes.call;
import static org.lsuv.tf.nodes.TestNodes.define;
import static org.lsuv.tf.nodes.TestNodes.feed;
import static org.lsuv.tf.nodes.TestNodes.node;
import static org.lsuv.tf.nodes.TestNodes.scalar;
import static org.lsuv.tf.nodes.TestNodes.unary;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.nodes.FlatGraph;
import org.lsuv.tf.nodes.NodeGraph;
import org.lsuv.tf.nodes.TestNodes;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.FunctionDefLibrary;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.VersionDef;

/** TensorFlow runs each graph with its calls and without them. */
class FunctionInlinerTest {
    private static final DataType FLOAT = DataType.DT_FLOAT;

    private static final NodeDef X = feed("x", Shape.of(-1));
    private static final FunctionDef SQUARE = define(
            "square", List.of("a:float"), List.of("out:float=multiply:z:0"), binary("Mul", "multiply", "a", "a"));

    @Test
    void nestedCallsBecomeOneGraph() {
        FunctionDef twice = define(
                "twice",
                List.of("a:float"),
                List.of("out:float=second:output:0"),
                call("first", "square", List.of("a"), List.of(FLOAT), List.of(FLOAT)),
                call("second", "square", List.of("first:output:0"), List.of(FLOAT), List.of(FLOAT)));
        GraphDef graph = graph(
                List.of(SQUARE, twice),
                X,
                call("call", "twice", List.of("x"), List.of(FLOAT), List.of(FLOAT)),
                unary("Neg", "result", "call"));

        FlatGraph flat = assertSame(graph, "result");

        assertThat(flat.main().nodes()).containsOnlyKeys("x", "call/first/multiply", "call/second/multiply", "result");
        assertThat(flat.functions()).isEmpty();
    }

    @Test
    void outputsWithNamesAndPlacesAreFound() {
        FunctionDef parts = define(
                "parts",
                List.of("a:float"),
                List.of("one:float=split:output:1", "two:float=top:values:0"),
                TestNodes.integers("axis/values", 0),
                node("Squeeze", "axis", List.of("axis/values:output:0"), "T", DataType.DT_INT32),
                node("Split", "split", List.of("axis:output:0", "a"), "T", FLOAT, "num_split", 2),
                TestNodes.integers("k/values", 1),
                node("Squeeze", "k", List.of("k/values:output:0"), "T", DataType.DT_INT32),
                node("TopKV2", "top", List.of("a", "k:output:0"), "T", FLOAT));
        GraphDef graph = graph(
                List.of(parts),
                X,
                call("call", "parts", List.of("x"), List.of(FLOAT), List.of(FLOAT, FLOAT)),
                binary("Sub", "result", "call", "call:1"));

        assertSame(graph, "result");
    }

    @Test
    void functionsThatAreCalledByTheirNameGetAttributes() {
        FunctionDef legacy = define(
                "LegacyDouble",
                List.of("a:T"),
                List.of("out:T=sum:z:0"),
                node("AddV2", "sum", List.of("a", "a"), "T", TestNodes.placeholder("T")));
        FunctionDef.Builder typed = legacy.toBuilder();
        typed.getSignatureBuilder().addAttrBuilder().setName("T").setType("type");
        GraphDef graph = graph(
                List.of(typed.build()),
                X,
                node("LegacyDouble", "doubled", List.of("x"), "T", FLOAT),
                unary("Neg", "result", "doubled"));

        FlatGraph flat = assertSame(graph, "result");

        assertThat(flat.main().nodes()).containsKey("doubled/sum");
    }

    @Test
    void resultsThatAreArgumentsPassThrough() {
        FunctionDef swap = define("swap", List.of("a:float", "b:float"), List.of("one:float=b", "two:float=a"));
        GraphDef graph = graph(
                List.of(swap),
                X,
                unary("Neg", "negative", "x"),
                call("call", "swap", List.of("x", "negative"), List.of(FLOAT, FLOAT), List.of(FLOAT, FLOAT)),
                binary("Sub", "result", "call", "call:1"));

        FlatGraph flat = assertSame(graph, "result");

        assertThat(flat.main().nodes()).containsOnlyKeys("x", "negative", "result");
    }

    @Test
    void namesThatAreTakenGetNumbers() {
        GraphDef graph = graph(
                List.of(SQUARE),
                X,
                unary("Neg", "call/multiply", "x"),
                call("call", "square", List.of("call/multiply"), List.of(FLOAT), List.of(FLOAT)),
                unary("Neg", "result", "call"));

        FlatGraph flat = assertSame(graph, "result");

        assertThat(flat.main().nodes()).containsOnlyKeys("x", "call/multiply", "call/multiply_1", "result");
    }

    @Test
    void callsInsideOfLoopsAreReplaced() {
        FunctionDef condition = define(
                "condition",
                List.of("i:float", "a:float"),
                List.of("out:bool=less:z:0"),
                scalar("end", 3),
                binary("Less", "less", "i", "end:output:0"));
        FunctionDef body = define(
                "body",
                List.of("i:float", "a:float"),
                List.of("next:float=next_i:z:0", "value:float=call:output:0"),
                scalar("one", 1),
                binary("AddV2", "next_i", "i", "one:output:0"),
                call("call", "square", List.of("a"), List.of(FLOAT), List.of(FLOAT)));
        GraphDef graph = graph(
                List.of(SQUARE, condition, body),
                X,
                scalar("zero", 0),
                node(
                        "While",
                        "loop",
                        List.of("zero", "x"),
                        "T",
                        List.of(FLOAT, FLOAT),
                        "cond",
                        TestNodes.function("condition"),
                        "body",
                        TestNodes.function("body")),
                unary("Neg", "result", "loop:1"));

        FlatGraph flat = assertSame(graph, "result");

        assertThat(Objects.requireNonNull(flat.functions().get("body")).nodes()).containsKey("call/multiply");
    }

    @Test
    void layersForGpusAreTakenInTheirFormForCpus() {
        FunctionDef gpu = alternative("layer_gpu", "GPU", "NoSuchKernel");
        FunctionDef cpu = alternative("layer_cpu", "CPU", "Neg");
        GraphDef graph =
                graph(List.of(gpu, cpu), X, call("result", "layer_gpu", List.of("x"), List.of(FLOAT), List.of(FLOAT)));

        assertThat(Objects.requireNonNull(inline(graph, "result").main().nodes().get("result/inner"))
                        .getOp())
                .isEqualTo("Neg");
    }

    private static FunctionDef alternative(String name, String device, String op) {
        return define(name, List.of("a:float"), List.of("out:float=inner:y:0"), unary(op, "inner", "a")).toBuilder()
                .putAttr("api_implements", TestNodes.text("lstm_1"))
                .putAttr("api_preferred_device", TestNodes.text(device))
                .build();
    }

    @Test
    void functionsThatCallThemselvesAreReported() {
        FunctionDef endless = define(
                "endless",
                List.of("a:float"),
                List.of("out:float=call:output:0"),
                call("call", "endless", List.of("a"), List.of(FLOAT), List.of(FLOAT)));
        GraphDef graph =
                graph(List.of(endless), X, call("result", "endless", List.of("x"), List.of(FLOAT), List.of(FLOAT)));

        assertThatThrownBy(() -> inline(graph, "result"))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("function \"endless\": calls itself, which is not supported");
    }

    @Test
    void whatIsMissingIsNamed() {
        FunctionDef broken =
                define("broken", List.of("a:float"), List.of("out:float=b:z:0"), binary("Mul", "b", "a", "gone:z:0"));

        assertThatThrownBy(() -> inline(
                        graph(List.of(broken), X, call("r", "broken", List.of("x"), List.of(FLOAT), List.of(FLOAT))),
                        "r"))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("function \"broken\", node \"b\": reads \"gone:z:0\", which is not in the function");
        assertThatThrownBy(() -> inline(
                        graph(List.of(), X, call("r", "nowhere", List.of("x"), List.of(FLOAT), List.of(FLOAT))), "r"))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("node \"r\": calls \"nowhere\", which is not in the file");
    }

    private static GraphDef graph(List<FunctionDef> functions, NodeDef... nodes) {
        return GraphDef.newBuilder()
                .setVersions(versions())
                .setLibrary(FunctionDefLibrary.newBuilder().addAllFunction(functions))
                .addAllNode(Arrays.asList(nodes))
                .build();
    }

    private static VersionDef versions() {
        try (Graph graph = new Graph()) {
            return graph.toGraphDef().getVersions();
        }
    }

    private static FlatGraph inline(GraphDef graph, String result) {
        return new FunctionInliner(graph.getLibrary(), List.of())
                .inline(NodeGraph.of(graph.getNodeList(), List.of(new TensorRef(result, 0))));
    }

    private static FlatGraph assertSame(GraphDef graph, String result) {
        FlatGraph flat = inline(graph, result);
        assertThat(flat.main().nodes().values()).noneMatch(node -> node.getOp().contains("PartitionedCall"));
        OnnxTensor batch = OnnxTensor.ofFloats("x", new long[] {4}, 0.5f, -1.25f, 2, 3);
        assertThat(run(
                        flat.toGraphDef(graph.getVersions()),
                        flat.main().results().get(0),
                        batch))
                .isEqualTo(run(graph, new TensorRef(result, 0), batch));
        return flat;
    }

    private static float[] run(GraphDef graph, TensorRef result, OnnxTensor batch) {
        try (TfRun run = TfRun.open(graph, TfOptions.defaults())) {
            run.feed(new TensorRef("x", 0), batch);
            return run.fetch(List.of(result)).get(0).toFloats();
        }
    }
}
