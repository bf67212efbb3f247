package org.lsuv.tf.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.lsuv.tf.TfOptions;

/**
 * Measures what Hanin and Rolnick (2018) derive, on networks drawn here: fully connected, ReLU, no bias.
 *
 * <p>M and M² are heavy-tailed: a mean of a hundred draws is mostly far too small. At each layer, however, the factor by
 * which M changes is a draw of its own that owes nothing to those before, so that the expectation of their product is
 * the product of their expectations, each of which is estimated well.
 */
public final class Theory {
    /** Below this no interval can be had. */
    public static final int FEWEST_DRAWS = 10;

    /** The 99.5 % quantile of the normal law. */
    private static final double QUANTILE = 2.5758;

    private final int draws;
    private final long seed;
    private final TfOptions options;

    /**
     * Prepares to measure.
     *
     * @param draws the number of networks for each row
     * @param seed the seed of all weights
     */
    public Theory(int draws, long seed, TfOptions options) {
        if (draws < FEWEST_DRAWS) {
            throw new IllegalArgumentException("draws: expected at least " + FEWEST_DRAWS + ", got " + draws);
        }
        this.draws = draws;
        this.seed = seed;
        this.options = options;
    }

    /** Returns a row for each closed form. */
    public List<TheoryRow> rows() {
        List<TheoryRow> rows = new ArrayList<>();
        List<double[]> he = List.of();
        for (TheoryLaw law : TheoryLaw.values()) {
            List<double[]> logs = new TheoryNetwork(draws, 50, seed).plain(law, 10, options);
            rows.add(row(
                    "E[M_d]/M_0",
                    law + ", n = 50, d = 10",
                    "∏ Var(W)·n/2",
                    Math.pow(law.kappa(), 10),
                    Moment.of(logs, 1)));
            he = law == TheoryLaw.HE ? logs : he;
        }
        rows.add(
                row("E[M_d²]/M_0²", "he, n = 50, d = 10", "∏ (1 + 5/n)", Math.pow(1 + 5 / 50.0, 10), Moment.of(he, 2)));
        List<double[]> deep =
                new TheoryNetwork(Math.max(FEWEST_DRAWS, draws / 2), 100, seed + 1).plain(TheoryLaw.HE, 50, options);
        rows.add(row(
                "E[M_d²]/M_0²", "he, n = 100, d = 50", "∏ (1 + 5/n)", Math.pow(1 + 5 / 100.0, 50), Moment.of(deep, 2)));
        rows.add(median(he, 50));
        rows.add(median(deep, 100));
        rows.add(linear(20, 1));
        rows.add(linear(20, 1 / Math.sqrt(20)));
        return rows;
    }

    /**
     * Returns ln of the mean of M_l/M_0 behind each block of x + η·relu(W₂·relu(W₁x)), whose growth Ση governs.
     *
     * @param scale η of each of that many blocks
     */
    public double[] residualGrowth(int width, int blocks, DoubleUnaryOperator scale) {
        List<double[]> logs = new TheoryNetwork(draws, width, seed)
                .residual(blocks, block -> scale.applyAsDouble(blocks), TheoryNetwork.End.RELU, options);
        return Moment.along(logs, 1).stream().mapToDouble(Moment::log).toArray();
    }

    private TheoryRow linear(int blocks, double scale) {
        List<double[]> logs = new TheoryNetwork(draws, 50, seed + 2)
                .residual(blocks, block -> scale, TheoryNetwork.End.LINEAR, options);
        return row(
                "residual E[M_L]/M_0",
                String.format(Locale.ROOT, "n = 50, L = %d, η = %.3g", blocks, scale),
                "∏ (1 + 2η²)",
                Math.pow(1 + 2 * scale * scale, blocks),
                Moment.of(logs, 1));
    }

    private static TheoryRow row(String quantity, String setting, String formula, double closed, Moment estimate) {
        return new TheoryRow(
                quantity,
                setting,
                formula,
                closed,
                Math.exp(estimate.log()),
                Math.exp(estimate.log() - QUANTILE * estimate.error()),
                Math.exp(estimate.log() + QUANTILE * estimate.error()));
    }

    /**
     * Compares the median: ln M_d is a sum of many independent terms, so that its median is its mean. One term is the
     * logarithm of (2/n)·χ² with k degrees of freedom, of which k is binomial (n, ½), and has the mean E[ψ(k/2)] +
     * ln(4/n); to first order in 1/n that is −5/(2n), which gives e^{−5β/2}.
     */
    private static TheoryRow median(List<double[]> logs, int width) {
        int depth = logs.size() - 1;
        double[] walks = new double[logs.get(0).length];
        for (int i = 0; i < walks.length; i++) {
            walks[i] = logs.get(depth)[i] - logs.get(0)[i];
        }
        Arrays.sort(walks);
        // Order statistics: the median's rank has a standard deviation of half the root of the number of draws.
        double slack = QUANTILE * Math.sqrt(walks.length) / 2;
        double middle = (walks.length - 1) / 2.0;
        return new TheoryRow(
                "median of M_d/M_0",
                String.format(Locale.ROOT, "he, n = %d, d = %d", width, depth),
                String.format(Locale.ROOT, "e^(d·E[ln]); e^(−5β/2) = %.4f", Math.exp(-2.5 * depth / width)),
                Math.exp(depth * meanLog(width)),
                Math.exp((walks[(int) Math.floor(middle)] + walks[(int) Math.ceil(middle)]) / 2),
                Math.exp(walks[(int) Math.max(0, Math.floor(middle - slack))]),
                Math.exp(walks[(int) Math.min(walks.length - 1, Math.ceil(middle + slack))]));
    }

    private static double meanLog(int width) {
        double probability = Math.pow(0.5, width);
        double mean = 0;
        for (int k = 1; k <= width; k++) {
            probability *= (double) (width - k + 1) / k;
            mean += probability * digamma(k / 2.0);
        }
        return mean + Math.log(4.0 / width);
    }

    /** Returns ψ(x) by its recurrence and its asymptotic series (Abramowitz and Stegun, 6.3.5 and 6.3.18). */
    private static double digamma(double x) {
        double sum = 0;
        double at = x;
        while (at < 6) {
            sum -= 1 / at;
            at++;
        }
        double square = 1 / (at * at);
        return sum + Math.log(at) - 0.5 / at - square * (1.0 / 12 - square * (1.0 / 120 - square / 252));
    }
}
