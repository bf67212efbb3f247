package org.lsuv.tf.draw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.layers.KernelLayout;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.TfOptions;

/** Checks QᵀQ = I in float64, on axes that are written out here by hand and not taken from the layout. */
public class OrthonormalTest {
    private static final Orthonormal ORTHONORMAL = new Orthonormal(TfOptions.defaults());

    private static KernelLayout matrix(long in, long out) {
        return new KernelLayout(List.of(in, out), List.of(), List.of(0), List.of(1), List.of(1));
    }

    private static WeightPath path(OnnxType type, Long... shape) {
        return new WeightPath("w", "w", type, List.of(shape), List.of(shape), List.of());
    }

    private static double[] draw(OnnxType type, long seed, KernelLayout kernel, Long... shape) {
        OnnxTensor drawn = ORTHONORMAL.draw(kernel, path(type, shape), seed);
        assertThat(drawn.shape())
                .containsExactly(Arrays.stream(shape).mapToLong(Long::longValue).toArray());
        return drawn.toDoubles();
    }

    /** Returns the largest entry of QᵀQ − I, with the shorter side of a row-major matrix made orthonormal. */
    public static double error(double[] values, int rows, int columns) {
        int offsetStep = rows <= columns ? columns : 1;
        int innerStep = rows <= columns ? 1 : columns;
        int vectors = Math.min(rows, columns);
        int length = Math.max(rows, columns);
        double largest = 0;
        for (int a = 0; a < vectors; a++) {
            for (int b = 0; b <= a; b++) {
                double sum = 0;
                for (int k = 0; k < length; k++) {
                    sum += values[a * offsetStep + k * innerStep] * values[b * offsetStep + k * innerStep];
                }
                largest = Math.max(largest, Math.abs(sum - (a == b ? 1 : 0)));
            }
        }
        return largest;
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1e-5", "DOUBLE, 1e-12"})
    void wideAndTallMatricesAreOrthonormalOnTheirShorterSide(OnnxType type, double tolerance) {
        assertThat(error(draw(type, 1, matrix(20, 50), 20L, 50L), 20, 50)).isLessThan(tolerance);
        assertThat(error(draw(type, 1, matrix(50, 20), 50L, 20L), 50, 20)).isLessThan(tolerance);
        assertThat(error(draw(type, 1, matrix(64, 64), 64L, 64L), 64, 64)).isLessThan(tolerance);
    }

    @ParameterizedTest
    @CsvSource({"8, 6, 1", "100, 6, 1", "8, 6, 2", "8, 1, 8", "16, 1, 8"})
    void eachGroupOfAConvolutionHasOrthonormalRows(int out, int inOfGroup, int groups) {
        int perGroup = out / groups;
        int fanIn = inOfGroup * 9;
        KernelLayout kernel = new KernelLayout(
                List.of((long) groups, (long) perGroup, (long) inOfGroup, 3L, 3L),
                List.of(0),
                List.of(2, 3, 4),
                List.of(1),
                List.of(0, 1));

        double[] values = draw(OnnxType.FLOAT, 3, kernel, (long) out, (long) inOfGroup, 3L, 3L);

        for (int group = 0; group < groups; group++) {
            int start = group * perGroup * fanIn;
            double[] block = Arrays.copyOfRange(values, start, start + perGroup * fanIn);
            assertThat(error(block, perGroup, fanIn)).isLessThan(1e-5);
        }
    }

    @Test
    void aTransposedConvolutionIsTheAdjointOfAnOrthonormalOne() {
        KernelLayout kernel =
                new KernelLayout(List.of(1L, 8L, 6L, 3L, 3L), List.of(0), List.of(1), List.of(2, 3, 4), List.of(0, 2));

        assertThat(error(draw(OnnxType.FLOAT, 3, kernel, 8L, 6L, 3L, 3L), 8, 54))
                .isLessThan(1e-5);
    }

    @Test
    void aPointwiseKernelInChannelsLastOrderHasAllSingularValuesOne() {
        // (h, w, in, out): the axes that other tools take for (out, in, h, w).
        KernelLayout kernel =
                new KernelLayout(List.of(1L, 1L, 64L, 64L), List.of(), List.of(0, 1, 2), List.of(3), List.of(3));

        assertThat(error(draw(OnnxType.FLOAT, 3, kernel, 1L, 1L, 64L, 64L), 64, 64))
                .isLessThan(1e-5);
    }

    @Test
    void axesBetweenTheOthersAreBroughtToTheirPlace() {
        // (in, out, k): columns over axis 1, each of in·k = 20 values.
        KernelLayout kernel = new KernelLayout(List.of(4L, 7L, 5L), List.of(), List.of(0, 2), List.of(1), List.of(1));
        double[] values = draw(OnnxType.DOUBLE, 3, kernel, 4L, 7L, 5L);
        double[] rows = new double[values.length];
        for (int in = 0; in < 4; in++) {
            for (int out = 0; out < 7; out++) {
                for (int k = 0; k < 5; k++) {
                    rows[out * 20 + in * 5 + k] = values[(in * 7 + out) * 5 + k];
                }
            }
        }

        assertThat(error(rows, 7, 20)).isLessThan(1e-12);
    }

    @Test
    void whatIsStoredIsTheOperandTakenBackAlongItsPath() {
        WeightPath direct = path(OnnxType.FLOAT, 6L, 4L);
        WeightPath transposed = new WeightPath(
                "w",
                "t",
                OnnxType.FLOAT,
                List.of(4L, 2L, 3L),
                List.of(6L, 4L),
                List.of(
                        new WeightPath.Permute(List.of(1, 2, 0)),
                        new WeightPath.View(List.of(2L, 3L, 4L), List.of(6L, 4L))));

        double[] operand = ORTHONORMAL.draw(matrix(6, 4), direct, 5).toDoubles();
        OnnxTensor stored = ORTHONORMAL.draw(matrix(6, 4), transposed, 5);

        assertThat(stored.shape()).containsExactly(4, 2, 3);
        double[] values = stored.toDoubles();
        for (int in = 0; in < 6; in++) {
            for (int out = 0; out < 4; out++) {
                assertThat(values[out * 6 + in]).isEqualTo(operand[in * 4 + out]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2048, 600, 1, 1e-5",
        "700, 640, 1, 1e-6",
        "900, 130, 2, 1e-6",
        "600, 600, 1, 1e-6",
        "600, 1300, 1, 1e-5",
        "540, 520, 2, 1e-6"
    })
    void largeMatricesAreOrthonormalToo(int in, int out, int blocks, double tolerance) {
        KernelLayout kernel = new KernelLayout(
                List.of((long) blocks, (long) in, (long) out), List.of(0), List.of(1), List.of(2), List.of(2));
        double[] values = draw(OnnxType.FLOAT, 11, kernel, (long) blocks, (long) in, (long) out);

        for (int block = 0; block < blocks; block++) {
            double[] part = Arrays.copyOfRange(values, block * in * out, (block + 1) * in * out);
            assertThat(error(part, in, out)).isLessThan(tolerance);
        }
    }

    @ParameterizedTest
    @CsvSource({"30, 20", "20, 30", "700, 640", "640, 700", "1300, 600", "600, 1300"})
    void kernelsWithTheirOutputsInFrontHoldTheSameMatrixTransposed(int in, int out) {
        KernelLayout outputsFirst =
                new KernelLayout(List.of((long) out, (long) in), List.of(), List.of(1), List.of(0), List.of(0));
        double[] expected = draw(OnnxType.FLOAT, 7, matrix(in, out), (long) in, (long) out);

        double[] found = draw(OnnxType.FLOAT, 7, outputsFirst, (long) out, (long) in);

        double[] transposed = new double[found.length];
        for (int i = 0; i < found.length; i++) {
            transposed[i] = expected[i % in * out + i / in];
        }
        assertThat(found).isEqualTo(transposed);
    }

    @Test
    void largeMatricesOfFloat64AreAsExactAsSmallOnes() {
        assertThat(error(draw(OnnxType.DOUBLE, 11, matrix(640, 600), 640L, 600L), 640, 600))
                .isLessThan(1e-12);
    }

    @Test
    void bothAlgorithmsDrawTheSameMatrixFromTheSameNoise() {
        // Gram-Schmidt on the same Gaussian numbers: QR with a positive diagonal of R is unique.
        int rows = 1100;
        int columns = 520;
        double[] expected = gramSchmidt(
                Gaussian.draw(OnnxType.FLOAT, new long[] {1, rows, columns}, 11).toDoubles(), rows, columns);

        double[] found = draw(OnnxType.FLOAT, 11, matrix(rows, columns), (long) rows, (long) columns);

        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(1e-6));
        }
    }

    @Test
    void smallMatricesAreTheQrDecompositionOfTheirNoise() {
        double[] expected = gramSchmidt(
                Gaussian.draw(OnnxType.DOUBLE, new long[] {1, 30, 20}, 11).toDoubles(), 30, 20);

        assertThat(draw(OnnxType.DOUBLE, 11, matrix(30, 20), 30L, 20L))
                .usingComparatorWithPrecision(1e-12)
                .containsExactly(expected);
    }

    private static double[] gramSchmidt(double[] values, int rows, int columns) {
        double[][] vectors = new double[columns][rows];
        for (int i = 0; i < values.length; i++) {
            vectors[i % columns][i / columns] = values[i];
        }
        for (int c = 0; c < columns; c++) {
            // Twice is enough to be orthogonal to rounding error.
            for (int pass = 0; pass < 2; pass++) {
                for (int b = 0; b < c; b++) {
                    double product = dot(vectors[b], vectors[c]);
                    for (int r = 0; r < rows; r++) {
                        vectors[c][r] -= product * vectors[b][r];
                    }
                }
            }
            double norm = Math.sqrt(dot(vectors[c], vectors[c]));
            for (int r = 0; r < rows; r++) {
                vectors[c][r] /= norm;
            }
        }
        double[] result = new double[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = vectors[i % columns][i / columns];
        }
        return result;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5})
    void entriesOfSquareMatricesAreHaarDistributed(int n) {
        // All matrices in one draw, as blocks. An entry has mean 0, variance 1/n, and is symmetric.
        int draws = 4000;
        KernelLayout kernel = new KernelLayout(
                List.of((long) draws, (long) n, (long) n), List.of(0), List.of(1), List.of(2), List.of(2));
        double[] values = draw(OnnxType.FLOAT, 17, kernel, (long) draws, (long) n, (long) n);

        for (int entry : List.of(0, n * n - 1)) {
            List<Double> found = new ArrayList<>();
            for (int i = 0; i < draws; i++) {
                found.add(values[i * n * n + entry]);
            }
            double mean =
                    found.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
            double square = found.stream().mapToDouble(x -> x * x).average().orElseThrow();
            double positive = found.stream().filter(x -> x > 0).count() / (double) draws;
            // Four standard errors; Var(q²) = 2(n − 1) / (n²(n + 2)) for a coordinate of a unit vector.
            assertThat(mean).isCloseTo(0, within(4 / Math.sqrt((double) draws * n)));
            assertThat(square)
                    .isCloseTo(1.0 / n, within(1e-6 + 4 * Math.sqrt(2.0 * (n - 1) / (n * n * (n + 2.0)) / draws)));
            assertThat(positive).isCloseTo(0.5, within(4 * 0.5 / Math.sqrt(draws)));
        }
    }

    @Test
    void theSameSeedGivesTheSameBytesAndAnotherSeedOthers() {
        WeightPath path = path(OnnxType.FLOAT, 20L, 30L);

        assertThat(ORTHONORMAL.draw(matrix(20, 30), path, 1).chunks())
                .isEqualTo(ORTHONORMAL.draw(matrix(20, 30), path, 1).chunks())
                .isNotEqualTo(ORTHONORMAL.draw(matrix(20, 30), path, 2).chunks());
    }

    @ParameterizedTest
    @CsvSource({"2048, 300", "700, 640"})
    void theNumberOfThreadsDoesNotChangeTheDraw(int in, int out) {
        WeightPath path = path(OnnxType.FLOAT, (long) in, (long) out);
        try (Orthonormal one = new Orthonormal(new TfOptions(TfOptions.Device.AUTO, 1));
                Orthonormal four = new Orthonormal(new TfOptions(TfOptions.Device.AUTO, 4))) {
            assertThat(one.draw(matrix(in, out), path, 3).toDoubles())
                    .isEqualTo(four.draw(matrix(in, out), path, 3).toDoubles());
        }
    }
}
