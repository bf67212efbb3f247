package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;

/** Solves for the scale of y (32 × 4) with a bias of 4 values, and solves again here in float64. */
class SolutionTest {
    private static final int ROWS = 32;
    private static final int CHANNELS = 4;

    private static final class Case {
        private final float[] y;
        private final float[] b;
        private final double factor;
        private final double target;

        Case(float[] y, float[] b, double factor, double target) {
            this.y = y;
            this.b = b;
            this.factor = factor;
            this.target = target;
        }

        static Case random(long seed) {
            Random random = new Random(seed);
            double spreadOfY = Math.exp(3 * random.nextGaussian());
            double spreadOfB = Math.exp(random.nextGaussian());
            // Per-channel means that follow the bias make the covariance large, of either sign.
            double coupling = random.nextInt(3) - 1;
            float[] b = new float[CHANNELS];
            for (int c = 0; c < CHANNELS; c++) {
                b[c] = (float) (spreadOfB * random.nextGaussian());
            }
            float[] y = new float[ROWS * CHANNELS];
            for (int i = 0; i < y.length; i++) {
                y[i] = (float) (spreadOfY * (random.nextGaussian() * 0.3 + coupling * b[i % CHANNELS] / spreadOfB + 2));
            }
            return new Case(y, b, random.nextBoolean() ? 1 : 0.5, Math.exp(random.nextGaussian()));
        }

        /** Returns Var(s·y + factor·b). */
        double variance(double s) {
            double[] z = IntStream.range(0, y.length)
                    .mapToDouble(i -> s * y[i] + factor * b[i % CHANNELS])
                    .toArray();
            double mean = Arrays.stream(z).average().orElseThrow();
            return Arrays.stream(z).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        }
    }

    /** The three coefficients of the quadratic, by interpolation of the variance itself. */
    private record Quadratic(double a, double b, double c) {
        static Quadratic of(Case one) {
            double zero = one.variance(0);
            double plus = one.variance(1);
            double minus = one.variance(-1);
            return new Quadratic((plus + minus) / 2 - zero, (plus - minus) / 2, zero - one.target);
        }

        double discriminant() {
            return b * b - 4 * a * c;
        }

        double largerRoot() {
            return (-b + Math.sqrt(discriminant())) / (2 * a);
        }

        double smallerRoot() {
            return (-b - Math.sqrt(discriminant())) / (2 * a);
        }
    }

    /** Runs one graph on many cases. */
    private static final class Solver implements AutoCloseable {
        private final TfRun run;
        private final List<TensorRef> fetches;

        Solver(double band) {
            try (Graph graph = new Graph()) {
                Ops tf = Ops.create(graph);
                Operand<TFloat32> y =
                        tf.withName("y").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, CHANNELS)));
                Operand<TFloat32> b =
                        tf.withName("b").placeholder(TFloat32.class, Placeholder.shape(Shape.of(CHANNELS)));
                Operand<TFloat64> target =
                        tf.withName("t").placeholder(TFloat64.class, Placeholder.shape(Shape.scalar()));
                Moments moments = Moments.of(tf, y);
                Solution whole = Solution.of(
                        tf,
                        moments,
                        Optional.of(Solution.BiasTerms.of(tf, y, moments.mean(), b, 1)),
                        target,
                        Solution.Limits.of(band, 1));
                Solution half = Solution.of(
                        tf,
                        moments,
                        Optional.of(Solution.BiasTerms.of(tf, y, moments.mean(), b, 0.5)),
                        target,
                        Solution.Limits.of(band, 1));
                Solution none = Solution.of(tf, moments, Optional.empty(), target, Solution.Limits.of(band, 1));
                fetches = List.of(
                        TensorRef.of(whole.scale()),
                        TensorRef.of(half.scale()),
                        TensorRef.of(none.scale()),
                        TensorRef.of(whole.before()));
                run = TfRun.open(graph.toGraphDef(), TfOptions.defaults());
            }
        }

        double[] solve(Case one) {
            int rows = one.y.length / CHANNELS;
            run.feed(new TensorRef("y", 0), OnnxTensor.ofFloats("", new long[] {rows, CHANNELS}, one.y));
            run.feed(new TensorRef("b", 0), OnnxTensor.ofFloats("", new long[] {CHANNELS}, one.b));
            run.feed(new TensorRef("t", 0), OnnxTensor.ofDoubles("", OnnxType.DOUBLE, new long[0], one.target));
            return run.fetch(fetches).stream()
                    .mapToDouble(tensor -> tensor.toDoubles()[0])
                    .toArray();
        }

        double scale(Case one) {
            return solve(one)[one.factor == 1 ? 0 : 1];
        }

        @Override
        public void close() {
            run.close();
        }
    }

    @Test
    void theScaleIsTheLargestPositiveRoot() {
        int unsolvable = 0;
        int twoRoots = 0;
        try (Solver solver = new Solver(0)) {
            for (long seed = 0; seed < 600; seed++) {
                Case one = Case.random(seed);
                Quadratic quadratic = Quadratic.of(one);
                double found = solver.scale(one);
                if (quadratic.discriminant() < 0 || quadratic.largerRoot() <= 0) {
                    assertThat(found).as("seed %d", seed).isEqualTo(1);
                    unsolvable++;
                    continue;
                }
                double expected = quadratic.largerRoot();
                assertThat(found).as("seed %d", seed).isCloseTo(expected, within(1e-4 * expected));
                assertThat(one.variance(found)).as("seed %d", seed).isCloseTo(one.target, within(1e-4 * one.target));
                twoRoots += quadratic.smallerRoot() > 0 ? 1 : 0;
            }
        }
        // None of the kinds may be rare, or the test says little.
        assertThat(unsolvable).isGreaterThan(50);
        assertThat(twoRoots).isGreaterThan(20);
    }

    @Test
    void withoutABiasTheScaleIsTheRatioOfStandardDeviations() {
        try (Solver solver = new Solver(0)) {
            Case one = wholeBias(3);
            Case free = new Case(one.y, new float[CHANNELS], 1, one.target);

            double expected = Math.sqrt(free.target / free.variance(1));

            assertThat(solver.solve(one)[2]).isCloseTo(expected, within(1e-5 * expected));
            assertThat(solver.solve(one)[3]).isCloseTo(one.variance(1), within(1e-5 * one.variance(1)));
        }
    }

    private static Case wholeBias(long seed) {
        Case one = Case.random(seed);
        return new Case(one.y, one.b, 1, one.target);
    }

    @Test
    void aLayerInTheBandIsLeftAsItIs() {
        Case one = wholeBias(3);
        double arrived = one.variance(1);
        try (Solver solver = new Solver(0.01)) {
            assertThat(solver.solve(new Case(one.y, one.b, 1, arrived * 1.005))[0])
                    .isEqualTo(1);
            assertThat(solver.solve(new Case(one.y, one.b, 1, arrived * 1.02))[0])
                    .isNotEqualTo(1);
        }
    }

    @Test
    void constantFewAndUnwantedLayersAreLeftAsTheyAre() {
        float[] constant = new float[ROWS * CHANNELS];
        Arrays.fill(constant, 3);
        float[] infinite = Case.random(1).y.clone();
        infinite[5] = Float.POSITIVE_INFINITY;
        float[] b = new float[CHANNELS];
        try (Solver solver = new Solver(0)) {
            assertThat(solver.solve(new Case(constant, b, 1, 1))[2]).isEqualTo(1);
            assertThat(solver.solve(new Case(new float[ROWS * CHANNELS], b, 1, 1))[2])
                    .isEqualTo(1);
            assertThat(solver.solve(new Case(Arrays.copyOf(Case.random(1).y, 28), b, 1, 1))[2])
                    .isEqualTo(1);
            assertThat(solver.solve(new Case(infinite, b, 1, 1))[2]).isEqualTo(1);
            assertThat(solver.solve(new Case(Case.random(1).y, b, 1, Double.NaN))[2])
                    .isEqualTo(1);
            assertThat(solver.solve(new Case(Case.random(1).y, b, 1, 1))[2]).isNotEqualTo(1);
        }
    }
}
