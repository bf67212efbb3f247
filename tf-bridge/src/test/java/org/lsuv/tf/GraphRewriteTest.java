package org.lsuv.tf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

class GraphRewriteTest {
    private static GraphDef given() {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat32> a = tf.withName("a").constant(3f);
            tf.withName("b").constant(3f);
            tf.withName("c").math.square(a);
            return graph.toGraphDef();
        }
    }

    private static NodeDef node(GraphDef graph, String name) {
        return graph.getNodeList().stream()
                .filter(node -> node.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatIsAddedTwiceIsComputedOnce() {
        try (GraphRewrite rewrite = new GraphRewrite(given())) {
            Ops tf = rewrite.tf();
            Operand<TFloat32> a = rewrite.operand(new TensorRef("a", 0)).expect(TFloat32.class);
            Operand<TFloat32> first = tf.math.add(a, tf.constant(2f));
            Operand<TFloat32> second = tf.math.add(a, tf.constant(2f));
            Operand<TFloat32> other = tf.math.add(a, tf.constant(-2f));
            Operand<TFloat32> sum = tf.withName("sum").math.mul(tf.math.square(first), tf.math.square(second));
            Operand<TFloat32> apart = tf.withName("apart").math.mul(first, other);
            GraphDef graph = rewrite.finish();

            assertThat(node(graph, "sum").getInputList().stream().distinct()).hasSize(1);
            assertThat(node(graph, "apart").getInputList().stream().distinct()).hasSize(2);
            try (TfRun run = TfRun.open(graph, TfOptions.defaults())) {
                assertThat(run.fetch(List.of(TensorRef.of(sum), TensorRef.of(second), TensorRef.of(apart))))
                        .extracting(value -> value.toDoubles()[0])
                        .containsExactly(625.0, 5.0, 5.0);
            }
        }
    }

    @Test
    void whatWasThereAndWhatIsRandomStaysApart() {
        try (GraphRewrite rewrite = new GraphRewrite(given())) {
            Ops tf = rewrite.tf();
            Operand<TFloat32> a = rewrite.operand(new TensorRef("a", 0)).expect(TFloat32.class);
            Operand<TFloat32> b = rewrite.operand(new TensorRef("b", 0)).expect(TFloat32.class);
            tf.withName("sum").math.add(a, b);
            tf.withName("draws")
                    .math
                    .sub(
                            tf.random.randomUniform(tf.constant(new int[] {4}), TFloat32.class),
                            tf.random.randomUniform(tf.constant(new int[] {4}), TFloat32.class));
            GraphDef graph = rewrite.finish();

            assertThat(node(graph, "sum").getInputList()).containsExactly("a:0", "b:0");
            assertThat(node(graph, "draws").getInputList().stream().distinct()).hasSize(2);
        }
    }
}
