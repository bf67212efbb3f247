package org.lsuv.tf.gradients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.TFloat32;

/** What is spelled out in other operations has the same values, under the same names. */
class DifferentiableGraphTest {
    private static Operand<TFloat32> waves(Ops tf, int... shape) {
        float[] values = new float[java.util.Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i + 0.1 * i * i);
        }
        return tf.reshape(tf.constant(values), tf.constant(shape));
    }

    private static double[] values(GraphDef graph, TensorRef tensor) {
        try (TfRun run = TfRun.open(graph, TfOptions.defaults())) {
            return run.fetch(List.of(tensor)).get(0).toDoubles();
        }
    }

    private static void assertSameValues(GraphDef graph, TensorRef tensor) {
        double[] plain = values(DifferentiableGraph.of(graph), tensor);

        assertThat(DoubleStream.of(plain).map(Math::abs).sum()).isPositive();
        assertThat(plain).containsExactly(values(graph, tensor), within(1e-5));
    }

    @ParameterizedTest
    @CsvSource({
        "VALID, 2, 3, 1, 3, 3",
        "VALID, 3, 1, 2, 2, 3",
        "SAME, 2, 3, 1, 3, 3",
        "SAME, 2, 1, 1, 2, 2",
        "SAME, 3, 4, 1, 4, 1"
    })
    void dilatedConvolutions(String padding, long down, long right, long stride, int height, int width) {
        GraphDef graph;
        try (Graph building = new Graph()) {
            Ops tf = Ops.create(building);
            tf.withName("y")
                    .nn
                    .conv2d(
                            waves(tf, 2, 8, 11, 3),
                            waves(tf, height, width, 3, 4),
                            List.of(1L, stride, stride, 1L),
                            padding,
                            Conv2d.dilations(List.of(1L, down, right, 1L)));
            graph = building.toGraphDef();
        }

        assertSameValues(graph, new TensorRef("y", 0));
        assertThat(DifferentiableGraph.of(graph).getNodeList())
                .filteredOn(node -> node.getName().equals("y"))
                .extracting(NodeDef::getOp)
                .containsExactly("Identity");
    }

    @Test
    void logarithmsOfSoftmaxOfLargeNumbers() {
        GraphDef graph;
        try (Graph building = new Graph()) {
            Ops tf = Ops.create(building);
            tf.withName("y").nn.logSoftmax(tf.math.mul(waves(tf, 2, 3, 4), tf.constant(200f)));
            graph = building.toGraphDef();
        }

        assertSameValues(graph, new TensorRef("y", 0));
    }

    @Test
    void readersOfTheMomentsOfANormalizationKeepThem() {
        GraphDef graph;
        try (Graph building = new Graph()) {
            Ops tf = Ops.create(building);
            FusedBatchNorm<TFloat32, TFloat32> normalized = tf.nn.fusedBatchNorm(
                    waves(tf, 2, 3, 4, 3),
                    tf.constant(new float[] {1, 2, 3}),
                    tf.constant(new float[] {3, 2, 1}),
                    tf.constant(new float[0]),
                    tf.constant(new float[0]));
            Operand<TFloat32> moments = tf.math.add(normalized.batchMean(), normalized.batchVariance());
            tf.withName("end").math.add(normalized.y(), moments);
            graph = building.toGraphDef();
        }

        assertSameValues(graph, new TensorRef("end", 0));
    }
}
