package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.onnx.OnnxType.FLOAT;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.draw.OrthonormalTest;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;
import org.lsuv.tf.onnximport.TestModels;

/** Checks what every initialiser draws against its law, on every kind of layer. */
class InitializerTest {
    private static final LsuvOptions OPTIONS =
            LsuvOptions.defaults().with(Rescale.NONE).withSeed(3);

    /** One layer of each kind, side by side on inputs that are never fed. */
    private static final TfModel MODEL = OnnxImporter.load(layers(), ImportOptions.defaults());

    private static OnnxModel layers() {
        return TestModels.opset(17)
                .input("image", FLOAT, 2, 24, 8, 8)
                .input("rows", FLOAT, 2, 60)
                .input("steps", FLOAT, 5, 2, 40)
                .initializer(weight("conv", 32, 24, 3, 3))
                .initializer(weight("grouped", 48, 8, 3, 3))
                .initializer(weight("depthwise", 24, 1, 9, 9))
                .initializer(weight("transposed", 24, 16, 3, 3))
                .initializer(weight("gemm", 80, 60))
                .initializer(weight("gemmBias", 80))
                .initializer(weight("matmul", 60, 70))
                .initializer(weight("lstmW", 1, 4 * 48, 40))
                .initializer(weight("lstmR", 1, 4 * 48, 48))
                .initializer(weight("lstmB", 1, 8 * 48))
                .node("Conv", "image,conv", "a")
                .node("Conv", "image,grouped", "b", "group", 3)
                .node("Conv", "image,depthwise", "c", "group", 24, "pads", new long[] {4, 4, 4, 4})
                .node("ConvTranspose", "image,transposed", "d")
                .node("Gemm", "rows,gemm,gemmBias", "e", "transB", 1)
                .node("MatMul", "rows,matmul", "f")
                .node("Relu", "f", "r")
                .node("LSTM", "steps,lstmW,lstmR,lstmB", "g", "hidden_size", 48)
                .build("a", "b", "c", "d", "e", "r", "g");
    }

    private static OnnxTensor weight(String name, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        Arrays.fill(values, 0.5f);
        values[0] = name.hashCode();
        return OnnxTensor.ofFloats(name, shape, values);
    }

    private static Map<String, OnnxTensor> draw(LsuvOptions options) {
        List<LayerGroup> groups = LayerGroup.of(MODEL.layers(), options.granularity());
        return FirstWeights.draw(MODEL, groups, options, Progress.NONE).values();
    }

    private static double[] draw(Initializer initializer, String weight) {
        return of(draw(OPTIONS.with(initializer)), weight).toDoubles();
    }

    private static OnnxTensor of(Map<String, OnnxTensor> drawn, String weight) {
        return Objects.requireNonNull(drawn.get(weight), weight);
    }

    private static double variance(double[] values) {
        double mean = DoubleStream.of(values).average().orElseThrow();
        return DoubleStream.of(values)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElseThrow();
    }

    /** Returns what Kolmogorov and Smirnov measure, times √n: above 1.95 once in a thousand times by chance. */
    private static double distance(double[] values, DoubleUnaryOperator distribution) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double largest = IntStream.range(0, sorted.length)
                .mapToDouble(i -> {
                    double expected = distribution.applyAsDouble(sorted[i]);
                    double below = (double) i / sorted.length;
                    return Math.max(Math.abs(expected - below), Math.abs(expected - below - 1.0 / sorted.length));
                })
                .max()
                .orElseThrow();
        return largest * Math.sqrt(sorted.length);
    }

    private static double normal(double x) {
        // Φ by Simpson's rule.
        int steps = 400;
        double end = Math.max(-9, Math.min(9, x));
        double step = (end + 9) / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double at = -9 + i * step;
            sum += (i == 0 || i == steps ? 1 : i % 2 == 0 ? 2 : 4) * Math.exp(-at * at / 2);
        }
        return sum * step / 3 / Math.sqrt(2 * Math.PI);
    }

    /** Fans by hand: channels of one group times positions. */
    @ParameterizedTest
    @CsvSource({
        "conv, 216, 288",
        "grouped, 72, 144",
        "depthwise, 81, 81",
        "transposed, 216, 144",
        "gemm, 60, 80",
        "matmul, 60, 70",
        "lstmW, 40, 48",
        "lstmR, 48, 48"
    })
    void variancesFollowTheFans(String weight, double in, double out) {
        double average = (in + out) / 2;
        Map<Initializer, Double> expected = Map.ofEntries(
                Map.entry(Initializer.HE_NORMAL, 2 / in),
                Map.entry(Initializer.HE_UNIFORM, 2 / in),
                Map.entry(Initializer.HE_TRUNCATED, 2 / in),
                Map.entry(Initializer.HE_NORMAL_FAN_OUT, 2 / out),
                Map.entry(Initializer.HE_UNIFORM_FAN_OUT, 2 / out),
                Map.entry(Initializer.HE_TRUNCATED_FAN_OUT, 2 / out),
                Map.entry(Initializer.HE_NORMAL_FAN_AVERAGE, 2 / average),
                Map.entry(Initializer.HE_UNIFORM_FAN_AVERAGE, 2 / average),
                Map.entry(Initializer.HE_TRUNCATED_FAN_AVERAGE, 2 / average),
                Map.entry(Initializer.GLOROT_NORMAL, 1 / average),
                Map.entry(Initializer.GLOROT_UNIFORM, 1 / average),
                Map.entry(Initializer.LECUN_NORMAL, 1 / in),
                Map.entry(Initializer.LECUN_UNIFORM, 1 / in),
                Map.entry(Initializer.DATA_DEPENDENT, 1 / in));

        expected.forEach((initializer, variance) -> {
            double[] values = draw(initializer, weight);
            // Five standard errors; the fourth moment of a Gaussian is 3, the largest here.
            double error = 5 * Math.sqrt(2.0 / values.length);
            assertThat(variance(values) / variance).as(initializer.toString()).isCloseTo(1, within(error));
        });
    }

    @Test
    void everyLawHasItsDistribution() {
        double deviation = Math.sqrt(2.0 / 216);
        double cut = deviation / 0.8796256610342398;
        double limit = Math.sqrt(3) * deviation;

        double[] gaussian = draw(Initializer.HE_NORMAL, "conv");
        double[] uniform = draw(Initializer.HE_UNIFORM, "conv");
        double[] truncated = draw(Initializer.HE_TRUNCATED, "conv");

        assertThat(distance(gaussian, x -> normal(x / deviation))).isLessThan(1.95);
        assertThat(distance(uniform, x -> (x / limit + 1) / 2)).isLessThan(1.95);
        assertThat(distance(truncated, x -> (normal(x / cut) - normal(-2)) / (normal(2) - normal(-2))))
                .isLessThan(1.95);
        assertThat(Arrays.stream(uniform)).allMatch(value -> Math.abs(value) <= limit * 1.000001);
        assertThat(Arrays.stream(truncated)).allMatch(value -> Math.abs(value) <= 2 * cut * 1.000001);
        // The laws are told apart by the same distance.
        assertThat(distance(uniform, x -> normal(x / deviation))).isGreaterThan(1.95);
    }

    @Test
    void theRandomWalkTakesItsGainFromTheNonLinearity() {
        double linear = variance(draw(Initializer.RANDOM_WALK, "gemm"));
        double relu = variance(draw(Initializer.RANDOM_WALK, "matmul"));

        assertThat(linear * 60 / Math.exp(1.0 / 60)).isCloseTo(1, within(5 * Math.sqrt(2.0 / 4800)));
        assertThat(relu * 60 / (2 * Math.exp(2.4 / 57.6))).isCloseTo(1, within(5 * Math.sqrt(2.0 / 4200)));
    }

    /** The bounds that the documentation of {@code torch.nn} states; a transposed kernel's fan-in is its axis 1. */
    @ParameterizedTest
    @CsvSource({
        "conv, 216",
        "grouped, 72",
        "depthwise, 81",
        "transposed, 144",
        "gemm, 60",
        "gemmBias, 60",
        "lstmW, 48",
        "lstmR, 48",
        "lstmB, 48"
    })
    void pyTorchsDefaultsAreUniformUpToItsBounds(String weight, double fan) {
        double bound = 1 / Math.sqrt(fan);
        double[] values = draw(Initializer.PYTORCH, weight);

        assertThat(distance(values, x -> (x / bound + 1) / 2)).isLessThan(1.95);
        assertThat(Arrays.stream(values)).allMatch(value -> Math.abs(value) <= bound * 1.000001);
    }

    @Test
    void kerassDefaultsAreGlorotsOrthonormalStatesAndAForgetBias() {
        Map<String, OnnxTensor> drawn = draw(OPTIONS.with(Initializer.KERAS));
        double bound = Math.sqrt(6.0 / (40 + 4 * 48));
        double[] bias = of(drawn, "lstmB").toDoubles();

        assertThat(distance(of(drawn, "lstmW").toDoubles(), x -> (x / bound + 1) / 2))
                .isLessThan(1.95);
        assertThat(variance(of(drawn, "conv").toDoubles()) * (216 + 288) / 2).isCloseTo(1, within(0.1));
        assertThat(of(drawn, "gemmBias").toDoubles()).containsOnly(0);
        // Gates i, o, f, c; one matrix of all four has orthonormal columns of 192.
        assertThat(OrthonormalTest.error(of(drawn, "lstmR").toDoubles(), 192, 48))
                .isLessThan(1e-5);
        assertThat(IntStream.range(0, bias.length).filter(i -> bias[i] != 0))
                .containsExactlyElementsOf(
                        IntStream.range(2 * 48, 3 * 48).boxed().toList());
        assertThat(Arrays.stream(bias).sum()).isEqualTo(48);
    }

    @ParameterizedTest
    @CsvSource({"conv, 1, 32, 216", "grouped, 3, 16, 72", "gemm, 1, 80, 60", "lstmW, 4, 48, 40", "lstmR, 4, 48, 48"})
    void matricesBySingularValuesAreOrthonormal(String weight, int blocks, int rows, int columns) {
        double[] values = draw(Initializer.ORTHONORMAL_SVD, weight);

        for (int block = 0; block < blocks; block++) {
            double[] matrix = Arrays.copyOfRange(values, block * rows * columns, (block + 1) * rows * columns);
            assertThat(OrthonormalTest.error(matrix, rows, columns)).isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"conv, 1, 32, 24", "grouped, 3, 16, 8", "transposed, 1, 24, 16"})
    void deltaOrthogonalKernelsAreOrthonormalInTheMiddleAndZeroElsewhere(
            String weight, int groups, int rows, int columns) {
        double[] values = draw(Initializer.DELTA_ORTHOGONAL, weight);
        double[] middle = IntStream.range(0, values.length / 9)
                .mapToDouble(i -> values[9 * i + 4])
                .toArray();

        assertThat(IntStream.range(0, values.length).filter(i -> i % 9 != 4 && values[i] != 0))
                .isEmpty();
        for (int group = 0; group < groups; group++) {
            double[] matrix = Arrays.copyOfRange(middle, group * rows * columns, (group + 1) * rows * columns);
            assertThat(OrthonormalTest.error(matrix, rows, columns)).isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "KEEP")
    void theSameSeedGivesTheSameBytesAndAnotherSeedOthers(Initializer initializer) {
        LsuvOptions options = OPTIONS.with(initializer);
        Map<String, OnnxTensor> drawn = draw(options);

        assertThat(of(drawn, "conv").chunks())
                .isEqualTo(of(draw(options), "conv").chunks())
                .isNotEqualTo(of(draw(options.withSeed(4)), "conv").chunks());
        assertThat(drawn.keySet()).hasSize(10);
        assertThat(drawn.values()).allMatch(StoredWeights::isFinite);
    }

    @Test
    void whatIsNotScaledIsMeasuredAndNotFlagged() {
        Initialised initialised = Initialised.of(
                "mlp-float64.onnx",
                LsuvOptions.defaults().with(Initializer.HE_NORMAL).with(Rescale.NONE));
        LsuvReport report = initialised.report();

        assertThat(report.layers()).allSatisfy(layer -> {
            assertThat(layer.status()).isEqualTo(LayerResult.Status.MEASURED);
            assertThat(layer.scale()).isEqualTo(1);
            assertThat(layer.target()).isNaN();
        });
        assertThat(initialised.layersInOnnxRuntime().get(0).variance())
                .isCloseTo(report.layers().get(0).variance(), within(1e-6));
    }

    @Test
    void layersOfTheSameShapeGetDifferentWeights() {
        OnnxModel model = Initialised.of("mlp50.onnx", LsuvOptions.defaults()).model();
        List<List<Double>> directions = model.graph().initializerNames().stream()
                .map(name -> Initialised.weight(model, name))
                .filter(tensor -> tensor.rank() == 2)
                .map(tensor -> Arrays.stream(tensor.toDoubles())
                        .limit(8)
                        .map(value -> Math.signum(value))
                        .boxed()
                        .toList())
                .toList();

        assertThat(directions.stream().distinct().count()).isGreaterThan(20);
    }
}
