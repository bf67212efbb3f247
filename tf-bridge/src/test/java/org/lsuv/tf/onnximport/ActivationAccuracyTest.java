package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Compares float32 results with float64 closed forms, also where the textbook forms lose their digits. */
class ActivationAccuracyTest {
    private static final float[] INPUTS = {
        -1e4f, -80, -30, -20, -13.9f, -9, -6, -4, -2.5f, -1, -0.5f, -0.01f, -1e-3f, -1e-6f, -1e-20f, 0, 1e-20f, 1e-6f,
        1e-3f, 0.3f, 1, 2, 4.5f, 9, 13.9f, 20, 30, 87, 1e4f
    };

    static Stream<Arguments> activations() {
        return Stream.of(
                activation("Sigmoid", 13, x -> 1 / (1 + Math.exp(-x))),
                activation("Tanh", 13, Math::tanh),
                activation("Softplus", 1, ActivationAccuracyTest::softplus),
                activation("Softsign", 1, x -> x / (1 + Math.abs(x))),
                activation("Mish", 18, x -> x * Math.tanh(softplus(x))),
                activation("Swish", 24, x -> x / (1 + Math.exp(-x))),
                activation("Elu", 6, x -> x < 0 ? Math.expm1(x) : x),
                activation("Elu", 6, x -> x < 0 ? 3 * Math.expm1(x) : x, "alpha", 3f),
                activation("Selu", 6, x -> 1.0507010221481323 * (x < 0 ? 1.6732631921768188 * Math.expm1(x) : x)),
                activation("Celu", 12, x -> x < 0 ? 0.5 * Math.expm1(x / 0.5) : x, "alpha", 0.5f),
                activation("LeakyRelu", 16, x -> x < 0 ? 1.5 * x : x, "alpha", 1.5f),
                activation("ThresholdedRelu", 10, x -> x > 0.25 ? x : 0, "alpha", 0.25f),
                activation("HardSwish", 14, x -> x * Math.max(0, Math.min(1, x / 6 + 0.5))),
                activation("Gelu", 20, ActivationAccuracyTest::geluByTanh, "approximate", "tanh"),
                activation("Erf", 13, ActivationAccuracyTest::erf),
                activation("Gelu", 20, x -> 0.5 * x * erfc(-x / Math.sqrt(2))));
    }

    private static Arguments activation(String op, int opset, DoubleUnaryOperator closedForm, Object... attributes) {
        return arguments(op, opset, closedForm, attributes);
    }

    @ParameterizedTest(name = "{0} {3}")
    @MethodSource("activations")
    void agreesWithItsClosedFormEverywhere(String op, int opset, DoubleUnaryOperator closedForm, Object[] attributes) {
        OnnxModel model = TestModels.opset(opset)
                .input("x", OnnxType.FLOAT, -1)
                .node(op, "x", "y", attributes)
                .build("y");
        double[] found = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {INPUTS.length}, INPUTS))
                .get(0)
                .toDoubles();
        for (int i = 0; i < INPUTS.length; i++) {
            double expected = closedForm.applyAsDouble(INPUTS[i]);
            double allowed = allowed(closedForm, INPUTS[i]);
            assertThat(Math.abs(found[i] - expected))
                    .as("%s(%s): expected %s, got %s", op, INPUTS[i], expected, found[i])
                    .isLessThanOrEqualTo(allowed);
        }
    }

    @Test
    void logSoftmaxKeepsSmallLogarithmsBesideLargeScores() {
        float[] scores = {1000, 990, -1000, 999.5f};
        double rest = Math.log1p(Math.exp(-10) + Math.exp(-0.5));
        double[] found = run("LogSoftmax", scores);
        assertThat(found[0]).isCloseTo(-rest, offset(1e-6));
        assertThat(found[1]).isCloseTo(-10 - rest, offset(1e-5));
        assertThat(found[2]).isCloseTo(-2000 - rest, offset(1e-3));
    }

    @Test
    void logSumExpOverflowsNowhere() {
        assertThat(run("ReduceLogSumExp", 1000, 1000)).containsExactly((float) (1000 + Math.log(2)));
        assertThat(run("ReduceLogSumExp", -1000, -1000)).containsExactly((float) (-1000 + Math.log(2)));
        assertThat(run("ReduceLogSumExp", Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY))
                .containsExactly(Double.NEGATIVE_INFINITY);
        assertThat(run("ReduceLogSumExp", Float.POSITIVE_INFINITY, 0)).containsExactly(Double.POSITIVE_INFINITY);
    }

    private static double[] run(String op, float... row) {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, 1, row.length)
                .node(op, "x", "y")
                .build("y");
        return TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {1, row.length}, row))
                .get(0)
                .toDoubles();
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    private static double geluByTanh(double x) {
        double u = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
        return x / (1 + Math.exp(-2 * u));
    }

    private static double erf(double x) {
        if (Math.abs(x) >= 2) {
            return 1 - erfc(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 60; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    /** Returns 1 − erf(x), far out by the continued fraction of Laplace. */
    private static double erfc(double x) {
        if (x < 2) {
            return x <= -2 ? 2 - erfc(-x) : 1 - erf(x);
        }
        double fraction = 0;
        for (int n = 60; n > 0; n--) {
            fraction = n / 2.0 / (x + fraction);
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
    }

    /**
     * Returns a few units in the last place of float32, of the result or of what the input turns into
     * on the way. What is below float32's normal range may become zero.
     */
    private static double allowed(DoubleUnaryOperator closedForm, double x) {
        double value = closedForm.applyAsDouble(x);
        double moved = closedForm.applyAsDouble(x * (1 + 3e-7));
        return Math.max(1e-6 * Math.abs(value) + Math.abs(moved - value), Float.MIN_NORMAL);
    }
}
