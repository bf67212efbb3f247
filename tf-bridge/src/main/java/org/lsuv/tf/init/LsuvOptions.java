package org.lsuv.tf.init;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.draw.Initializer;

/**
 * Says how layers are initialised.
 *
 * @param initializer what weights are before they are scaled
 * @param rescale what happens to them then
 * @param biases what becomes of biases
 * @param batchNorms what becomes of running statistics
 * @param norms what becomes of scales and shifts of normalisations
 * @param residual what variance the branches of residual joins get
 * @param residualBase the base of the geometric rule for branches
 * @param highwayBias what the biases of gates are set to with which highway layers carry their input; the
 *     opposite where a gate carries when it is open
 * @param granularity over what variances are taken, and so what gets a scale of its own
 * @param point where layers are measured
 * @param centering what becomes of the means of outputs
 * @param include the layers to initialise, by a part of their or their weight's name; all where empty
 * @param exclude the layers to leave alone, likewise; none where empty
 * @param plan what is otherwise for some layers; for each the first rule that matches
 * @param targetVariance the variance that each layer's output shall have
 * @param tolerance how far from it a layer may end, as a share of it
 * @param maxIterations how often layers that missed the target are scaled again, at most
 * @param seed the seed of the random weights
 * @param run where and how the graph runs
 */
public record LsuvOptions(
        Initializer initializer,
        Rescale rescale,
        BiasRule biases,
        BatchNormRule batchNorms,
        NormRule norms,
        ResidualRule residual,
        double residualBase,
        OptionalDouble highwayBias,
        Granularity granularity,
        MeasuringPoint point,
        Centering centering,
        Optional<Pattern> include,
        Optional<Pattern> exclude,
        List<LayerRule> plan,
        double targetVariance,
        double tolerance,
        int maxIterations,
        long seed,
        TfOptions run) {
    /** The base of Hanin and Rolnick's geometric rule, with which Ση stays below 9. */
    public static final double RESIDUAL_BASE = 0.9;

    public LsuvOptions {
        requireVariance(targetVariance);
        if (!(tolerance > 0) || tolerance >= 1) {
            throw new IllegalArgumentException("tolerance: expected a number between 0 and 1, got " + tolerance);
        }
        if (maxIterations < 1) {
            throw new IllegalArgumentException("iterations: expected at least 1, got " + maxIterations);
        }
        if (!(residualBase > 0) || residualBase > 1) {
            throw new IllegalArgumentException("residual base: expected above 0 and at most 1, got " + residualBase);
        }
        plan = List.copyOf(plan);
        if (initializer == Initializer.DATA_DEPENDENT) {
            granularity = Granularity.CHANNEL;
            centering = Centering.BIAS;
        }
    }

    static void requireVariance(double variance) {
        if (!(variance > 0) || Double.isInfinite(variance)) {
            throw new IllegalArgumentException("target variance: expected a positive number, got " + variance);
        }
    }

    /** Returns the options of the paper: orthonormal weights, variance 1; with a tolerance of 0.01. */
    public static LsuvOptions defaults() {
        return new LsuvOptions(
                Initializer.ORTHONORMAL,
                Rescale.LSUV,
                BiasRule.AUTO,
                BatchNormRule.RECALIBRATE,
                NormRule.KEEP,
                ResidualRule.NONE,
                RESIDUAL_BASE,
                OptionalDouble.empty(),
                Granularity.LAYER,
                MeasuringPoint.PRE,
                Centering.NONE,
                Optional.empty(),
                Optional.empty(),
                List.of(),
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

    /** Returns these options with another rule for what follows the drawing. */
    public LsuvOptions with(Rescale other) {
        return changed(draft -> draft.rescale = other);
    }

    /** Returns these options with another rule for biases. */
    public LsuvOptions with(BiasRule other) {
        return changed(draft -> draft.biases = other);
    }

    /** Returns these options with another rule for running statistics. */
    public LsuvOptions with(BatchNormRule other) {
        return changed(draft -> draft.batchNorms = other);
    }

    /** Returns these options with another rule for the parameters of normalisations. */
    public LsuvOptions with(NormRule other) {
        return changed(draft -> draft.norms = other);
    }

    /** Returns these options with another rule for residual joins. */
    public LsuvOptions with(ResidualRule other) {
        return changed(draft -> draft.residual = other);
    }

    /** Returns these options with another base of the geometric rule. */
    public LsuvOptions withResidualBase(double other) {
        return changed(draft -> draft.residualBase = other);
    }

    /** Returns these options with a bias for the gates of highway layers. */
    public LsuvOptions withHighwayBias(double bias) {
        return changed(draft -> draft.highwayBias = OptionalDouble.of(bias));
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

    /** Returns these options for a choice of layers. */
    public LsuvOptions choosing(Optional<Pattern> include, Optional<Pattern> exclude) {
        return changed(draft -> {
            draft.include = include;
            draft.exclude = exclude;
        });
    }

    /** Returns these options with another plan. */
    public LsuvOptions withPlan(List<LayerRule> other) {
        return changed(draft -> draft.plan = other);
    }

    /** Returns these options with another target. */
    public LsuvOptions withTarget(double variance, double tolerance) {
        return changed(draft -> {
            draft.targetVariance = variance;
            draft.tolerance = tolerance;
        });
    }

    /** Returns these options with another number of passes at most. */
    public LsuvOptions withMaxIterations(int other) {
        return changed(draft -> draft.maxIterations = other);
    }

    /** Returns these options with another seed. */
    public LsuvOptions withSeed(long other) {
        return changed(draft -> draft.seed = other);
    }

    /** Returns these options for another device. */
    public LsuvOptions with(TfOptions other) {
        return changed(draft -> draft.run = other);
    }

    private LsuvOptions changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new LsuvOptions(
                draft.initializer,
                draft.rescale,
                draft.biases,
                draft.batchNorms,
                draft.norms,
                draft.residual,
                draft.residualBase,
                draft.highwayBias,
                draft.granularity,
                draft.point,
                draft.centering,
                draft.include,
                draft.exclude,
                draft.plan,
                draft.targetVariance,
                draft.tolerance,
                draft.maxIterations,
                draft.seed,
                draft.run);
    }

    /** Holds what can be exchanged one by one. */
    private static final class Draft {
        private Initializer initializer;
        private Rescale rescale;
        private BiasRule biases;
        private BatchNormRule batchNorms;
        private NormRule norms;
        private ResidualRule residual;
        private double residualBase;
        private OptionalDouble highwayBias;
        private Granularity granularity;
        private MeasuringPoint point;
        private Centering centering;
        private Optional<Pattern> include;
        private Optional<Pattern> exclude;
        private List<LayerRule> plan;
        private double targetVariance;
        private double tolerance;
        private int maxIterations;
        private long seed;
        private TfOptions run;

        Draft(LsuvOptions options) {
            this.initializer = options.initializer;
            this.rescale = options.rescale;
            this.biases = options.biases;
            this.batchNorms = options.batchNorms;
            this.norms = options.norms;
            this.residual = options.residual;
            this.residualBase = options.residualBase;
            this.highwayBias = options.highwayBias;
            this.granularity = options.granularity;
            this.point = options.point;
            this.centering = options.centering;
            this.include = options.include;
            this.exclude = options.exclude;
            this.plan = options.plan;
            this.targetVariance = options.targetVariance;
            this.tolerance = options.tolerance;
            this.maxIterations = options.maxIterations;
            this.seed = options.seed;
            this.run = options.run;
        }
    }

    /** Returns what is done with a layer. */
    LayerSettings of(WeightedLayer layer) {
        Optional<LayerRule> rule =
                plan.stream().filter(candidate -> candidate.matches(layer)).findFirst();
        return new LayerSettings(
                rule.flatMap(LayerRule::initializer).orElse(initializer),
                rule.flatMap(LayerRule::rescale).orElse(rescale),
                rule.flatMap(LayerRule::biases).orElse(biases),
                rule.map(LayerRule::targetVariance)
                        .orElse(OptionalDouble.empty())
                        .orElse(targetVariance),
                rule.map(LayerRule::skip).orElse(false));
    }

    /** Tells whether a layer is chosen by {@code include}, {@code exclude} and the plan. */
    boolean chooses(WeightedLayer layer) {
        return include.map(pattern -> matches(pattern, layer)).orElse(true)
                && !exclude.map(pattern -> matches(pattern, layer)).orElse(false)
                && !of(layer).skip();
    }

    private static boolean matches(Pattern pattern, WeightedLayer layer) {
        return pattern.matcher(layer.name()).find()
                || pattern.matcher(layer.weight().source()).find();
    }
}
