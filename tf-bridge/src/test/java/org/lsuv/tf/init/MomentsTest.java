package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class MomentsTest {
    private static final long SAMPLES = 64;

    private static OnnxTensor data(long... shape) {
        Random random = new Random(5);
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (1000 + random.nextGaussian());
        }
        return OnnxTensor.ofFloats("x", shape, values);
    }

    private static List<double[]> measure(OnnxTensor data, boolean perChannel, Shape declared) {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(declared));
            Moments moments = perChannel ? Moments.perChannel(tf, x, 1) : Moments.of(tf, x);
            try (TfRun run = TfRun.open(graph.toGraphDef(), TfOptions.defaults())) {
                run.feed(new TensorRef("x", 0), data);
                return run
                        .fetch(List.of(
                                TensorRef.of(moments.mean()),
                                TensorRef.of(moments.variance()),
                                TensorRef.of(moments.count())))
                        .stream()
                        .map(OnnxTensor::toDoubles)
                        .toList();
            }
        }
    }

    private static long[] shape(int rank) {
        long[] shape = {SAMPLES, 20, 7, 5, 3};
        return rank == 1 ? new long[] {5000} : Arrays.copyOf(shape, rank);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void aLargeMeanCostsTheVarianceNoDigits(int rank) {
        OnnxTensor data = data(shape(rank));
        double[] values = data.toDoubles();

        for (Shape declared : List.of(Shape.of(shape(rank)), Shape.unknown())) {
            List<double[]> found = measure(data, false, declared);
            assertThat(found.get(0)[0]).isCloseTo(mean(values), within(1e-4));
            assertThat(found.get(1)[0]).isCloseTo(variance(values), within(1e-5));
            assertThat(found.get(2)[0]).isEqualTo(values.length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void channelsAreMeasuredEachOnItsOwn(int rank) {
        OnnxTensor data = data(shape(rank));
        double[] values = data.toDoubles();
        int inner = (int) (values.length / SAMPLES / 20);

        List<double[]> found = measure(data, true, Shape.of(shape(rank)));

        assertThat(found.get(0)).hasSize(20);
        for (int channel = 0; channel < 20; channel++) {
            double[] own = new double[(int) SAMPLES * inner];
            for (int i = 0; i < own.length; i++) {
                own[i] = values[(i / inner * 20 + channel) * inner + i % inner];
            }
            assertThat(found.get(0)[channel]).isCloseTo(mean(own), within(1e-4));
            assertThat(found.get(1)[channel]).isCloseTo(variance(own), within(1e-5));
        }
    }

    @Test
    void momentsOfPiecesMergeToThoseOfTheWhole() {
        double[] values = data(1000).toDoubles();
        for (int i = 600; i < 1000; i++) {
            values[i] = 3 * values[i] - 1900;
        }
        SampleMoments merged = new SampleMoments(0, 0, 0);
        for (int[] piece : new int[][] {{0, 1}, {1, 600}, {600, 600}, {600, 1000}}) {
            double[] part = Arrays.copyOfRange(values, piece[0], piece[1]);
            if (part.length > 0) {
                merged = merged.merge(new SampleMoments(part.length, mean(part), variance(part)));
            } else {
                merged = merged.merge(new SampleMoments(0, 0, 0));
            }
        }

        assertThat(merged.count()).isEqualTo(1000);
        assertThat(merged.mean()).isCloseTo(mean(values), within(1e-9));
        assertThat(merged.variance()).isCloseTo(variance(values), within(1e-9 * variance(values)));
    }
}
