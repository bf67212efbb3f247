package org.lsuv.tf.savedmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.nodes.TestNodes.call;
import static org.lsuv.tf.nodes.TestNodes.define;
import static org.lsuv.tf.nodes.TestNodes.feed;
import static org.lsuv.tf.nodes.TestNodes.handle;
import static org.lsuv.tf.nodes.TestNodes.read;
import static org.lsuv.tf.nodes.TestNodes.unary;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.nodes.TestNodes;
import org.tensorflow.Graph;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;

class FlattenedGraphTest {
    @Test
    void variablesInsideOfFunctionsAreFed() {
        GraphDef.Builder graph = GraphDef.newBuilder();
        try (Graph versions = new Graph()) {
            graph.setVersions(versions.toGraphDef().getVersions());
        }
        graph.addNode(feed("x", Shape.of(-1)))
                .addNode(handle("scale", Shape.of(2)))
                .addNode(call(
                        "call",
                        "scaled",
                        List.of("x", "scale"),
                        List.of(DataType.DT_FLOAT, DataType.DT_RESOURCE),
                        List.of(DataType.DT_FLOAT)))
                .addNode(unary("Identity", "result", "call"));
        graph.getLibraryBuilder()
                .addFunction(define(
                        "scaled",
                        List.of("a:float", "s:resource"),
                        List.of("out:float=product:z:0"),
                        read("read", "s"),
                        TestNodes.binary("Mul", "product", "a", "read:value:0")));
        TensorRef result = new TensorRef("result", 0);

        FlattenedGraph flat = FlattenedGraph.of(graph.build(), List.of(result));

        assertThat(flat.outputs()).containsEntry(result, new TensorRef("call/product", 0));
        assertThat(flat.variables()).containsOnlyKeys("scale");
        try (TfRun run = TfRun.open(flat.graph(), TfOptions.defaults())) {
            run.feed(new TensorRef("x", 0), OnnxTensor.ofFloats("x", new long[] {2}, 2, 3));
            run.feed(
                    Objects.requireNonNull(flat.variables().get("scale")).placeholder(),
                    OnnxTensor.ofFloats("s", new long[] {2}, 10, 100));
            assertThat(run.fetch(List.copyOf(flat.outputs().values())).get(0).toFloats())
                    .containsExactly(20, 300);
        }
    }
}
