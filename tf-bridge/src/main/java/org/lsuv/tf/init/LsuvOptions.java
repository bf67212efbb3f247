package org.lsuv.tf.init;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.WeightedLayer;

/**
 * Says how layers are initialised.
 *
 * @param initializer what weights are before they are scaled
 * @param biases what becomes of biases
 * @param batchNorms what becomes of running statistics
 * @param granularity over what variances are taken, and so what gets a scale of its own
 * @param point where layers are measured
 * @param centering what becomes of the means of outputs
 * @param include the layers to initialise, by a part of their or their weight's name; all where empty
 * @param exclude the layers to leave alone, likewise; none where empty
 * @param targetVariance the variance that each layer's output shall have
 * @param tolerance how far from it a layer may end, as a share of it
 * @param maxIterations how often layers that missed the target are scaled again, at most
 * @param seed the seed of the random weights
 * @param run where and how the graph runs
 */
public record LsuvOptions(
        Initializer initializer,
        BiasRule biases,
        BatchNormRule batchNorms,
        Granularity granularity,
        MeasuringPoint point,
        Centering centering,
        Optional<Pattern> include,
        Optional<Pattern> exclude,
        double targetVariance,
        double tolerance,
        int maxIterations,
        long seed,
        TfOptions run) {

    public LsuvOptions {
        if (!(targetVariance > 0) || Double.isInfinite(targetVariance)) {
            throw new IllegalArgumentException("target variance: expected a positive number, got " + targetVariance);
        }
        if (!(tolerance > 0) || tolerance >= 1) {
            throw new IllegalArgumentException("tolerance: expected a number between 0 and 1, got " + tolerance);
        }
        if (maxIterations < 1) {
            throw new IllegalArgumentException("iterations: expected at least 1, got " + maxIterations);
        }
    }

    /** Returns the options of the paper: orthonormal weights, variance 1; with a tolerance of 0.01. */
    public static LsuvOptions defaults() {
        return new LsuvOptions(
                Initializer.ORTHONORMAL,
                BiasRule.AUTO,
                BatchNormRule.RECALIBRATE,
                Granularity.LAYER,
                MeasuringPoint.PRE,
                Centering.NONE,
                Optional.empty(),
                Optional.empty(),
                1,
                0.01,
                10,
                0,
                TfOptions.defaults());
    }

    /** Returns these options with another initializer. */
    public LsuvOptions with(Initializer other) {
        return changed(draft -> draft.initializer = other);
    }

    /** Returns these options with another rule for biases. */
    public LsuvOptions with(BiasRule other) {
        return changed(draft -> draft.biases = other);
    }

    /** Returns these options with another granularity. */
    public LsuvOptions with(Granularity other) {
        return changed(draft -> draft.granularity = other);
    }

    /** Returns these options with another point of measuring. */
    public LsuvOptions with(MeasuringPoint other) {
        return changed(draft -> draft.point = other);
    }

    /** Returns these options with another rule for means. */
    public LsuvOptions with(Centering other) {
        return changed(draft -> draft.centering = other);
    }

    /** Returns these options with another rule for running statistics. */
    public LsuvOptions with(BatchNormRule other) {
        return changed(draft -> draft.batchNorms = other);
    }

    /** Returns these options with another place where the graph runs. */
    public LsuvOptions with(TfOptions other) {
        return changed(draft -> draft.run = other);
    }

    /** Returns these options for the layers alone whose name, or whose weight's name, the pattern is found in. */
    public LsuvOptions including(String pattern) {
        return changed(draft -> draft.include = Optional.of(Pattern.compile(pattern)));
    }

    /** Returns these options without the layers whose name, or whose weight's name, the pattern is found in. */
    public LsuvOptions excluding(String pattern) {
        return changed(draft -> draft.exclude = Optional.of(Pattern.compile(pattern)));
    }

    /** Returns these options with another variance for each layer's output. */
    public LsuvOptions withTargetVariance(double variance) {
        return changed(draft -> draft.targetVariance = variance);
    }

    /** Returns these options with another tolerance, a share of the target variance. */
    public LsuvOptions withTolerance(double share) {
        return changed(draft -> draft.tolerance = share);
    }

    /** Returns these options with another limit on how often a layer is scaled. */
    public LsuvOptions withMaxIterations(int most) {
        return changed(draft -> draft.maxIterations = most);
    }

    /** Returns these options with another seed of the random weights. */
    public LsuvOptions withSeed(long other) {
        return changed(draft -> draft.seed = other);
    }

    private LsuvOptions changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new LsuvOptions(
                draft.initializer,
                draft.biases,
                draft.batchNorms,
                draft.granularity,
                draft.point,
                draft.centering,
                draft.include,
                draft.exclude,
                draft.targetVariance,
                draft.tolerance,
                draft.maxIterations,
                draft.seed,
                draft.run);
    }

    /** Holds what can be exchanged one by one. */
    private static final class Draft {
        private Initializer initializer;
        private BiasRule biases;
        private BatchNormRule batchNorms;
        private Granularity granularity;
        private MeasuringPoint point;
        private Centering centering;
        private Optional<Pattern> include;
        private Optional<Pattern> exclude;
        private double targetVariance;
        private double tolerance;
        private int maxIterations;
        private long seed;
        private TfOptions run;

        Draft(LsuvOptions options) {
            this.initializer = options.initializer;
            this.biases = options.biases;
            this.batchNorms = options.batchNorms;
            this.granularity = options.granularity;
            this.point = options.point;
            this.centering = options.centering;
            this.include = options.include;
            this.exclude = options.exclude;
            this.targetVariance = options.targetVariance;
            this.tolerance = options.tolerance;
            this.maxIterations = options.maxIterations;
            this.seed = options.seed;
            this.run = options.run;
        }
    }

    /** Returns what becomes of the biases of initialised layers: zero, or what they are. */
    BiasRule biasRule() {
        if (biases != BiasRule.AUTO) {
            return biases;
        }
        return initializer == Initializer.KEEP ? BiasRule.KEEP : BiasRule.ZERO;
    }

    /** Tells whether a layer is chosen by {@code include} and {@code exclude}. */
    boolean chooses(WeightedLayer layer) {
        return include.map(pattern -> matches(pattern, layer)).orElse(true)
                && !exclude.map(pattern -> matches(pattern, layer)).orElse(false);
    }

    private static boolean matches(Pattern pattern, WeightedLayer layer) {
        return pattern.matcher(layer.name()).find()
                || pattern.matcher(layer.weight().source()).find();
    }
}
