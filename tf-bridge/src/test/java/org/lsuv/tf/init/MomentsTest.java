package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        return data(1000, 1, shape);
    }

    private static OnnxTensor data(double mean, double deviation, long... shape) {
        Random random = new Random(5);
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return OnnxTensor.ofFloats("x", shape, values);
    }

    private static List<double[]> measure(OnnxTensor data, boolean perChannel, Shape declared) {
        return measure(data, perChannel, declared, 1, Squares.CORRELATED);
    }

    private static List<double[]> measure(
            OnnxTensor data, boolean perChannel, Shape declared, int axis, Squares squares) {
        try (Graph graph = new Graph()) {
            Ops tf = Ops.create(graph);
            Operand<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(declared));
            Moments moments = perChannel
                    ? Moments.perChannel(tf, x, axis, squares)
                    : Moments.of(tf, x, OptionalInt.of(axis), squares);
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

    @ParameterizedTest
    @CsvSource({
        "1, 0, 1, 1",
        "1, 1, 1, 2",
        "1, 2, 1, 5",
        "1, 3, 1, 10",
        "1, 5, 1, 26",
        "1, 6, 1, 1",
        "1, 30, 1, 1",
        "1, 3, 1e-20, 1",
        "1, 0, 1e-15, 1",
        "1, 1e15, 1e15, 2",
        "1, 0, 0, 1",
        "-1, 0, 1, 1",
        "-1, 3, 1, 10",
        "-1, 30, 1, 1"
    })
    void plainSquaresAreTakenWhereTheyKeepTheirDigits(int axis, double mean, double deviation, double squares) {
        OnnxTensor data = data(mean, deviation, 32, 20, 14, 20);
        for (boolean perChannel : new boolean[] {false, true}) {
            List<double[]> plain = measure(data, perChannel, Shape.of(-1, 20, 14, 20), axis, Squares.CORRELATED);
            List<double[]> shifted = measure(data, perChannel, Shape.of(-1, 20, 14, 20), axis, Squares.SHIFTED);

            assertThat(plain.get(0)).isEqualTo(shifted.get(0));
            assertThat(plain.get(2)).isEqualTo(shifted.get(2));
            assertThat(plain.get(1)).hasSameSizeAs(shifted.get(1));
            for (int i = 0; i < plain.get(1).length; i++) {
                double expected = shifted.get(1)[i];
                // Plain squares are summed to some digits of themselves, which are so many variances here.
                assertThat(plain.get(1)[i]).isCloseTo(expected, within(5e-6 * squares * expected));
            }
        }
    }

    @ParameterizedTest
    // One thread sums 2^18 squares to 9e-5, two threads half as many each to 4e-5; which it is depends on the machine.
    @CsvSource({"4, 256, 1e-4", "5, 256, 1e-6", "64, 112, 1e-6"})
    void sumsTooLongForFloat32GoTheLongerWay(int samples, int side, double error) {
        OnnxTensor data = data(0.5, 1.0, samples, 3, side, side);

        double found = measure(data, false, Shape.of(-1, 3, -1, -1)).get(1)[0];

        double expected = variance(data.toDoubles());
        assertThat(found).isCloseTo(expected, within(error * expected));
    }

    @Test
    void oneChannelOfALargeMeanSendsAllTheLongerWay() {
        OnnxTensor data = data(0.0, 1.0, 16, 4, 8, 8);
        float[] values = new float[16 * 4 * 64];
        double[] given = data.toDoubles();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (given[i] + (i / 64 % 4 == 2 ? 1e4 : 0));
        }
        OnnxTensor shifted = OnnxTensor.ofFloats("x", data.shape(), values);

        double[] expected = measure(data, true, Shape.of(-1, 4, 8, 8)).get(1);
        double[] found = measure(shifted, true, Shape.of(-1, 4, 8, 8)).get(1);

        assertThat(found[0]).isCloseTo(expected[0], within(1e-5));
        // Values near 10,000 have a spacing of 0.001.
        assertThat(found[2]).isCloseTo(expected[2], within(1e-3));
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
