package org.lsuv.tf.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.lsuv.tf.TfOptions;

/**
 * Measures the curves of Hanin and Rolnick (2018) on networks drawn here: fully connected, ReLU, no bias, Gaussian
 * weights but where a curve says otherwise.
 *
 * <p>Figures start at M_0 = 1: what is shown is M_l/M_0.
 */
public final class TheoryFigures {
    /** The number of units of each layer where laws are compared. */
    public static final int WIDTH = 50;

    /** The number of layers there. */
    public static final int DEPTH = 20;

    private static final List<TheoryLaw> LAWS = List.of(
            TheoryLaw.TWICE_HE,
            TheoryLaw.HE,
            TheoryLaw.HE_UNIFORM,
            TheoryLaw.HE_TRUNCATED,
            TheoryLaw.GLOROT,
            TheoryLaw.LECUN);

    private static final List<Integer> WIDTHS = List.of(12, 24, 48);
    /** The greatest β: e^{5β} is 22,026 there. */
    private static final double BETA = 2;

    private static final int BLOCK_WIDTH = 24;
    private static final int[] BLOCKS = {1, 2, 4, 8, 16, 24, 32};
    /** Three to the power of eight is 6561: what grows like that would press all else to the ground. */
    private static final int[] FEW_BLOCKS = {1, 2, 4, 6, 8};

    private final int draws;
    private final long seed;
    private final TfOptions options;

    /**
     * Prepares to measure.
     *
     * @param draws the number of networks for each curve
     * @param seed the seed of all weights
     */
    public TheoryFigures(int draws, long seed, TfOptions options) {
        if (draws < Theory.FEWEST_DRAWS) {
            throw new IllegalArgumentException("draws: expected at least " + Theory.FEWEST_DRAWS + ", got " + draws);
        }
        this.draws = draws;
        this.seed = seed;
        this.options = options;
    }

    /** Returns M_l/M_0 over the depth l, a curve for each law: expected is κ^l. */
    public List<TheoryCurve> lengths() {
        return LAWS.stream().map(this::length).toList();
    }

    private TheoryCurve length(TheoryLaw law) {
        List<double[]> logs = new TheoryNetwork(draws, WIDTH, seed).plain(law, DEPTH, options);
        List<Moment> means = Moment.along(logs, 1);
        List<TheoryPoint> points = new ArrayList<>();
        for (int layer = 0; layer <= DEPTH; layer++) {
            points.add(point(layer, Math.pow(law.kappa(), layer), means.get(layer), logs, layer));
        }
        return new TheoryCurve(law.label(), points);
    }

    /**
     * Returns the variance of M over the layers of a network, (1/d)ΣM_j² − ((1/d)ΣM_j)², over β = Σ1/n_j, a curve for
     * each width: what is expected follows from E[M_j·M_k] = (1 + 5/n)^min(j, k) and grows as e^{5β}/(5β).
     */
    public List<TheoryCurve> variances() {
        return WIDTHS.stream().map(this::variance).toList();
    }

    private TheoryCurve variance(int width) {
        int deepest = (int) (BETA * width);
        List<double[]> logs = new TheoryNetwork(draws, width, seed + 3).plain(TheoryLaw.HE, deepest, options);
        double[] means = Moment.along(logs, 1).stream().mapToDouble(Moment::log).toArray();
        double[] squares =
                Moment.along(logs, 2).stream().mapToDouble(Moment::log).toArray();
        List<TheoryPoint> points = new ArrayList<>();
        // A variance needs two layers; twelve points suffice, and each is a whole number of layers.
        int step = Math.max(2, width / 6);
        for (int depth = step; depth <= deepest; depth += step) {
            int layers = depth;
            double growth = Math.log1p(5.0 / width);
            points.add(TheoryPoint.of(
                    (double) depth / width,
                    expected(depth, (first, last) -> first * growth),
                    expected(depth, (first, last) -> squares[(int) first] + means[(int) last] - means[(int) first]),
                    IntStream.range(0, draws)
                            .mapToDouble(draw -> overLayers(logs, draw, layers))
                            .toArray()));
        }
        return new TheoryCurve("n = " + width, points);
    }

    /**
     * Returns the expectation of the variance over layers.
     *
     * @param product ln E[M_j·M_k] for j ≤ k
     */
    private static double expected(int depth, DoubleBinaryOperator product) {
        double squares = 0;
        double products = 0;
        for (int first = 1; first <= depth; first++) {
            double square = Math.exp(product.applyAsDouble(first, first));
            squares += square;
            products += square;
            for (int last = first + 1; last <= depth; last++) {
                products += 2 * Math.exp(product.applyAsDouble(first, last));
            }
        }
        return squares / depth - products / ((double) depth * depth);
    }

    private static double overLayers(List<double[]> logs, int draw, int depth) {
        double[] values = IntStream.rangeClosed(1, depth)
                .mapToDouble(layer -> ratio(logs, layer, draw))
                .toArray();
        double mean = Arrays.stream(values).sum() / depth;
        return Arrays.stream(values)
                        .map(value -> (value - mean) * (value - mean))
                        .sum()
                / depth;
    }

    /**
     * Returns M_L/M_0 at the end of residual networks of L blocks x + η·W₂·relu(W₁x), over L, a curve for each rule of
     * η: expected is ∏(1 + 2η²).
     */
    public List<TheoryCurve> residuals() {
        return List.of(
                fixed("η = 1", FEW_BLOCKS, block -> 1),
                fixed("η = 0.9ˡ", BLOCKS, block -> Math.pow(0.9, block)),
                byDepth("η = 1/√L", blocks -> 1 / Math.sqrt(blocks)),
                byDepth("η = 1/L", blocks -> 1.0 / blocks));
    }

    private interface Scale {
        /** Returns η of a block, counted from 1, or of all blocks of a network of that many. */
        double of(int number);
    }

    /** Measures a rule that does not know how deep the network is: shallow ones are the beginning of the deepest. */
    private TheoryCurve fixed(String label, int[] depths, Scale scale) {
        int deepest = Arrays.stream(depths).max().orElseThrow();
        List<double[]> logs = residual(deepest, block -> scale.of(block + 1));
        List<TheoryPoint> points = Arrays.stream(depths)
                .mapToObj(depth -> end(logs.subList(0, depth + 1), scale))
                .toList();
        return new TheoryCurve(label, points);
    }

    private TheoryCurve byDepth(String label, Scale scale) {
        List<TheoryPoint> points = Arrays.stream(BLOCKS)
                .mapToObj(depth -> end(residual(depth, block -> scale.of(depth)), block -> scale.of(depth)))
                .toList();
        return new TheoryCurve(label, points);
    }

    private List<double[]> residual(int blocks, Scale scale) {
        return new TheoryNetwork(draws, BLOCK_WIDTH, seed + 4)
                .residual(blocks, scale::of, TheoryNetwork.End.LINEAR, options);
    }

    private static TheoryPoint end(List<double[]> logs, Scale scale) {
        int depth = logs.size() - 1;
        double closed = IntStream.rangeClosed(1, depth)
                .mapToDouble(block -> 1 + 2 * scale.of(block) * scale.of(block))
                .reduce(1, (product, factor) -> product * factor);
        return point(depth, closed, Moment.of(logs, 1), logs, depth);
    }

    private static TheoryPoint point(double x, double closed, Moment mean, List<double[]> logs, int layer) {
        double[] ratios = IntStream.range(0, logs.get(0).length)
                .mapToDouble(draw -> ratio(logs, layer, draw))
                .toArray();
        return TheoryPoint.of(x, closed, Math.exp(mean.log()), ratios);
    }

    private static double ratio(List<double[]> logs, int layer, int draw) {
        return Math.exp(logs.get(layer)[draw] - logs.get(0)[draw]);
    }
}
