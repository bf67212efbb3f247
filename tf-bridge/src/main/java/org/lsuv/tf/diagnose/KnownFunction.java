package org.lsuv.tf.diagnose;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/** Names the functions that most networks bend their signal with, to be recognised by their values. */
enum KnownFunction {
    RELU(x -> Math.max(x, 0)),
    RELU6(x -> Math.min(Math.max(x, 0), 6)),
    TANH(Math::tanh),
    SIGMOID(KnownFunction::logistic),
    HARD_SIGMOID(x -> Math.min(Math.max(0.2 * x + 0.5, 0), 1)),
    HARD_SIGMOID_6("hard_sigmoid", x -> Math.min(Math.max(x / 6 + 0.5, 0), 1)),
    HARD_TANH(x -> Math.min(Math.max(x, -1), 1)),
    HARD_SWISH(x -> x * Math.min(Math.max(x / 6 + 0.5, 0), 1)),
    SILU(x -> x * logistic(x)),
    QUICK_GELU(x -> x * logistic(1.702 * x)),
    GELU(x -> x * (1 + erf(x * Math.sqrt(0.5))) / 2),
    GELU_TANH(x -> x * logistic(2 * Math.sqrt(2 / Math.PI) * x * (1 + 0.044715 * x * x))),
    ELU(x -> x > 0 ? x : Math.expm1(x)),
    SELU(x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
    SOFTPLUS(KnownFunction::softplus),
    SOFTSIGN(x -> x / (1 + Math.abs(x))),
    MISH(x -> x * Math.tanh(softplus(x))),
    SIN(Math::sin);

    /** The least that tells GELU from its approximation; float32 and the series below keep five digits. */
    private static final double NEAR = 1e-4;

    private final String label;

    @SuppressWarnings("ImmutableEnumChecker") // None of the functions holds anything.
    private final DoubleUnaryOperator function;

    KnownFunction(DoubleUnaryOperator function) {
        this.label = name().toLowerCase(Locale.ROOT);
        this.function = function;
    }

    KnownFunction(String label, DoubleUnaryOperator function) {
        this.label = label;
        this.function = function;
    }

    String label() {
        return label;
    }

    /** Returns the function with these values on the grid of {@link NormalDensity}. */
    static Optional<String> of(double[] values) {
        Optional<String> known = Arrays.stream(values())
                .filter(candidate -> fits(values, candidate.function))
                .map(KnownFunction::label)
                .findFirst();
        return known.or(() -> leaky(values));
    }

    private static Optional<String> leaky(double[] values) {
        double below = values[0] / NormalDensity.point(0);
        boolean leaks = below > 0 && below < 1 && fits(values, x -> x > 0 ? x : below * x);
        return leaks ? Optional.of(String.format(Locale.ROOT, "leaky_relu(%.3g)", below)) : Optional.empty();
    }

    private static boolean fits(double[] values, DoubleUnaryOperator function) {
        for (int i = 0; i < NormalDensity.POINTS; i++) {
            double expected = function.applyAsDouble(NormalDensity.point(i));
            if (!(Math.abs(values[i] - expected) <= NEAR)) {
                return false;
            }
        }
        return true;
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** Returns erf(x) to 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
    private static double erf(double x) {
        double t = 1 / (1 + 0.3275911 * Math.abs(x));
        double series =
                t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
        return Math.signum(x) * (1 - series * Math.exp(-x * x));
    }
}
