package org.lsuv.tf.gradients;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class GradientPathTest {

    private interface Network {
        Operand<?> of(Ops tf, Placeholder<TFloat32> x);
    }

    private static GraphDef graph(Network network) {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x = tf.withName("x").placeholder(TFloat32.class);
            tf.withName("end").identity(network.of(tf, x));
            return graph.toGraphDef();
        }
    }

    private static List<String> obstacles(GraphDef graph) {
        try (GraphRewrite rewrite = new GraphRewrite(graph)) {
            return new GradientPath(graph, rewrite, List.of(new TensorRef("x", 0)))
                    .obstacles(List.of(new TensorRef("end", 0)));
        }
    }

    @Test
    void operationsWithoutGradientAreNamedOnceAndSorted() {
        assertThat(obstacles(graph((tf, x) -> tf.math.rint(tf.math.ceil(tf.math.ceil(tf.math.tanh(x)))))))
                .containsExactly("Ceil", "Rint");
    }

    @Test
    void whatNoGradientComesToIsNoObstacle() {
        assertThat(obstacles(graph((tf, x) -> {
                    Operand<TInt32> whole = tf.bitwise.invert(tf.dtypes.cast(x, TInt32.class));
                    Operand<TFloat32> stopped = tf.stopGradient(tf.math.ceil(x));
                    return tf.math.add(tf.reshape(x, whole), stopped);
                })))
                .isEmpty();
    }

    @Test
    void whatDependsOnNoSourceIsNoObstacle() {
        assertThat(obstacles(graph((tf, x) -> tf.math.mul(x, tf.math.ceil(tf.constant(1.5f))))))
                .isEmpty();
    }

    @Test
    void formsThatTensorFlowAnswersWronglyAreNamed() {
        assertThat(obstacles(graph((tf, x) -> tf.nn.conv2d(
                        x,
                        tf.zeros(tf.array(3, 3, 2, 2), TFloat32.class),
                        List.of(1L, 1L, 1L, 1L),
                        "SAME",
                        Conv2d.dilations(List.of(1L, 2L, 2L, 1L))))))
                .containsExactly("Conv2D with dilations");
        assertThat(obstacles(graph((tf, x) -> tf.nn.logSoftmax(tf.reshape(x, tf.constant(new int[] {2, 3, 4}))))))
                .containsExactly("LogSoftmax of anything but a matrix");
        assertThat(obstacles(graph((tf, x) -> tf.nn.logSoftmax(tf.reshape(x, tf.constant(new int[] {6, 4}))))))
                .isEmpty();
    }

    @Test
    void wideAxesAreNarrowedBeforeTensorFlowIsAsked() {
        GraphDef wide = graph((tf, x) ->
                tf.math.mean(tf.concat(List.of(x, x), tf.constant(0L)), tf.constant(0L), Mean.keepDims(true)));

        assertThat(obstacles(wide)).containsExactly("ConcatV2 with a 64-bit axis", "Mean with a 64-bit axis");
        assertThat(obstacles(NarrowIndices.applied(wide))).isEmpty();
    }

    @Test
    void assertionOfAShapeIsNoObstacleOnceRewritten() {
        GraphDef asserted = graph((tf, x) -> tf.ensureShape(x, Shape.of(2, 3)));

        assertThat(obstacles(asserted)).containsExactly("EnsureShape");
        assertThat(obstacles(DifferentiableGraph.of(asserted))).isEmpty();
    }

    @Test
    void loopIsAnObstacleWhateverItCarries() {
        AttrValue whole = AttrValue.newBuilder().setType(DataType.DT_INT32).build();
        GraphDef.Builder loop = graph((tf, x) -> tf.reshape(x, tf.dtypes.cast(x, TInt32.class))).toBuilder();
        NodeDef.Builder reshape = loop.getNodeBuilderList().stream()
                .filter(node -> node.getOp().equals("Reshape"))
                .findFirst()
                .orElseThrow();
        loop.addNode(NodeDef.newBuilder()
                .setName("enter")
                .setOp("Enter")
                .addInput(reshape.getInput(1))
                .putAttr("T", whole)
                .putAttr(
                        "frame_name",
                        AttrValue.newBuilder()
                                .setS(ByteString.copyFromUtf8("f"))
                                .build()));
        loop.addNode(NodeDef.newBuilder()
                .setName("exit")
                .setOp("Exit")
                .addInput("enter")
                .putAttr("T", whole));
        reshape.setInput(1, "exit");

        assertThat(obstacles(loop.build())).containsExactly("Enter", "Exit");
    }
}
