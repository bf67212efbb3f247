package org.lsuv.tf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.nn.MaxPool;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class ControlFlowTest {
    @SuppressWarnings("unchecked")
    private static Operand<TInt32> integer(Output<?> output) {
        return (Operand<TInt32>) output;
    }

    @SuppressWarnings("unchecked")
    private static Operand<TFloat32> number(Output<?> output) {
        return (Operand<TFloat32>) output;
    }

    @Test
    void loopRunsWhileTheConditionHoldsAndLeavesChangedSizesOpen() {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            List<Output<?>> last = ControlFlow.loop(
                    tf,
                    List.of(tf.constant(0), tf.constant(new float[] {1}), tf.constant(2f)),
                    (ops, state) -> List.of(ops.math.less(integer(state.get(0)), ops.constant(3))),
                    (ops, state) -> List.of(
                            ops.math.add(integer(state.get(0)), ops.constant(1)),
                            ops.concat(
                                    List.of(
                                            number(state.get(1)),
                                            ops.expandDims(number(state.get(2)), ops.constant(0))),
                                    ops.constant(0)),
                            state.get(2)));

            assertThat(last.get(1).shape().asArray()).containsExactly(-1);
            assertThat(last.get(2).shape()).isEqualTo(Shape.scalar());
            assertThat(fetch(graph, last.get(1)).toFloats()).containsExactly(1, 2, 2, 2);
        }
    }

    @Test
    void rewritesKeepFunctionsAndFeedWhatTheyCapture() {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat32> weight =
                    tf.withName("weight").placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
            List<Output<?>> last = ControlFlow.loop(
                    tf,
                    List.of(tf.constant(0), tf.constant(1f), weight),
                    (ops, state) -> List.of(ops.math.less(integer(state.get(0)), ops.constant(3))),
                    (ops, state) -> List.of(
                            ops.math.add(integer(state.get(0)), ops.constant(1)),
                            ops.math.mul(number(state.get(1)), number(state.get(2))),
                            state.get(2)));
            TensorRef product = TensorRef.of(last.get(1));
            try (GraphRewrite rewrite = new GraphRewrite(graph.toGraphDef())) {
                Operand<TFloat32> doubled = rewrite.tf()
                        .withName("doubled.")
                        .math
                        .mul(
                                number(rewrite.operand(TensorRef.of(weight))),
                                rewrite.tf().withName("doubled.").constant(2f));
                rewrite.redirect(TensorRef.of(weight), doubled, "doubled.");
                try (TfRun run = TfRun.open(rewrite.finish(), TfOptions.defaults())) {
                    run.feed(TensorRef.of(weight), OnnxTensor.ofFloats("weight", new long[0], 3));

                    assertThat(run.fetch(List.of(product)).get(0).toFloats()).containsExactly(216);
                }
            }
        }
    }

    /** TensorFlow has no kernel for channels-first pooling on the CPU: the layout optimiser must see the body. */
    @Test
    void bodiesMayPoolChannelsFirst() {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat32> image = tf.constant(new float[][][][] {{{{1, 2}, {3, 4}}}});
            Operand<TBool> yes = tf.withName("yes").placeholder(TBool.class, Placeholder.shape(Shape.scalar()));
            try (FunctionGraph pooled = new FunctionGraph();
                    FunctionGraph same = new FunctionGraph()) {
                Operand<TFloat32> argument = number(pooled.argument(image));
                Operand<TFloat32> pool = pooled.tf()
                        .nn
                        .maxPool(
                                argument,
                                pooled.tf().constant(new int[] {1, 1, 2, 2}),
                                pooled.tf().constant(new int[] {1, 1, 2, 2}),
                                "VALID",
                                MaxPool.dataFormat("NCHW"));
                Output<?> unchanged = same.argument(image);
                List<Output<?>> chosen =
                        ControlFlow.choice(tf, yes, List.of(image), pooled, List.of(pool), same, List.of(unchanged));

                assertThat(chosen.get(0).shape().asArray()).containsExactly(1, 1, -1, -1);
                try (TfRun run = TfRun.open(graph.toGraphDef(), TfOptions.defaults())) {
                    run.feed(
                            TensorRef.of(yes),
                            OnnxTensor.of("yes", OnnxType.BOOL, new long[0], List.of(ByteBuffer.wrap(new byte[] {1}))));
                    assertThat(run.fetch(List.of(TensorRef.of(chosen.get(0))))
                                    .get(0)
                                    .toFloats())
                            .containsExactly(4);
                }
            }
        }
    }

    private static OnnxTensor fetch(Graph graph, Output<?> output) {
        try (TfRun run = TfRun.open(graph.toGraphDef(), TfOptions.defaults())) {
            return run.fetch(List.of(TensorRef.of(output))).get(0);
        }
    }
}
