package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.ReleasedMemory;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.residual.Residuals;

/**
 * Runs LSUV: layer-sequential unit-variance initialisation (Mishkin and Matas, ICLR 2016, Algorithm 1), all
 * layers in one forward pass.
 */
public final class Lsuv {
    /** A layer this near its target, as a share of the tolerance, is left as it is. */
    private static final double BAND = 0.1;

    private final TfModel model;
    private final LsuvOptions options;
    private final Progress progress;
    private final Set<LayerGroup> centred = new HashSet<>();
    private final List<String> notes = new ArrayList<>();
    private final List<BatchNorm> norms;
    private final Residuals residuals;
    private final List<Branch> branches;
    private final NewWeights weights;
    private final LayerStates states;
    private final Passes passes;
    private final List<JointSearch> joint = new ArrayList<>();
    private final Stopwatch watch = new Stopwatch();
    private List<LayerGroup> groups;

    private Lsuv(TfModel model, List<Map<String, OnnxTensor>> pieces, LsuvOptions options, Progress progress) {
        this.model = model;
        this.weights = new NewWeights(model);
        this.passes = new Passes(model, pieces, weights, options.run());
        this.options = options;
        this.progress = progress;
        this.groups =
                LayerGroup.of(model.layers().stream().filter(options::chooses).toList(), options.granularity());
        this.states = new LayerStates(groups, options);
        boolean joins = options.residual() != ResidualRule.NONE;
        boolean gates = options.highwayBias().isPresent();
        this.residuals = joins || gates ? Residuals.find(model) : new Residuals(List.of(), List.of(), List.of());
        this.branches = joins ? Branches.of(model, residuals, groups, options) : List.of();
        this.norms = options.batchNorms() == BatchNormRule.RECALIBRATE ? model.batchNorms() : List.of();
    }

    /**
     * Initialises a model.
     *
     * @param pieces the batch, one tensor an input and piece; usually one piece, several where a batch does
     *     not fit in memory or the model takes only so many rows at a time
     * @throws UnsupportedModelException if TensorFlow cannot run the graph on this batch
     */
    public static LsuvReport initialize(
            TfModel model, List<Map<String, OnnxTensor>> pieces, LsuvOptions options, Progress progress) {
        try {
            return new Lsuv(model, pieces, options, progress).run();
        } catch (UnsupportedModelException problem) {
            throw problem.in(model.label());
        }
    }

    private LsuvReport run() {
        if (options.centering() == Centering.BIAS) {
            CentredLayers found = CentredLayers.of(model, groups);
            centred.addAll(found.groups());
            found.note().ifPresent(notes::add);
        }
        Solution.Limits limits = Solution.Limits.of(BAND * options.tolerance(), passes.pieces());
        Set<LayerGroup> toCentre = Set.copyOf(centred);
        Background<ScalingGraph> planned = Background.of(() -> scaling(toCentre, norms, limits));
        Background<MeasuringGraph> measuring = measuring();
        Start start = start();
        ScalingGraph scaling = centred.equals(toCentre) ? planned.get() : scaling(centred, norms, limits);
        MeasuringGraph.Outcome measured;
        int iteration = 0;
        do {
            iteration++;
            scaling = scale(scaling, iteration, limits);
            measured = measure(measuring.get());
            if (passes.pieces() > 1 && iteration == 1 && !norms.isEmpty()) {
                // From here on normalisations use the statistics of the whole batch, not of its first piece.
                scaling = scaling(centred, List.of(), limits);
            }
        } while (iteration < options.maxIterations() && learn(measured));
        return report(start, measured);
    }

    /** Begins to build the graph that measures. */
    private Background<MeasuringGraph> measuring() {
        List<Partition> partitions = partitions();
        List<TensorRef> joined = joined();
        List<BatchNorm> merged = passes.pieces() > 1 ? norms : List.of();
        return Background.of(() ->
                new MeasuringGraph(model, partitions, options.point(), merged, joined, Squares.on(options.run())));
    }

    private ScalingGraph scaling(Set<LayerGroup> toCentre, List<BatchNorm> statistics, Solution.Limits limits) {
        List<Branch> open = branches.stream().filter(Branch::isOpen).toList();
        return new ScalingGraph(
                model, groups, toCentre, statistics, unbiased(), open, limits, Squares.on(options.run()));
    }

    /** Returns the weights of layers whose biases are zero: they add nothing to any variance. */
    private Set<LayerGroup> unbiased() {
        return groups.stream()
                .filter(group -> options.of(group.leader()).biasRule() == BiasRule.ZERO)
                .collect(Collectors.toSet());
    }

    /** Returns the parts of every layer; those that are not chosen have one. */
    private List<Partition> partitions() {
        Map<Integer, Partition> chosen = new HashMap<>();
        groups.forEach(group -> group.uses().forEach(use -> chosen.put(use.index(), group.partition())));
        return model.layers().stream()
                .map(layer -> chosen.getOrDefault(
                        layer.index(), Partition.whole(layer.kernel().channels())))
                .toList();
    }

    private Start start() {
        watch.start(Stopwatch.Phase.WEIGHTS);
        Start start = new Start(model, options, weights, states);
        start.set(groups, branches, residuals.highways(), progress);
        notes.addAll(start.notes());
        centred.removeIf(group -> states.of(group).isReleased());
        Feedback.circles(model, groups).stream()
                .map(circle -> new JointSearch(circle.stream()
                        .flatMap(group -> states.of(group).parts().stream())
                        .map(PartState::search)
                        .toList()))
                .forEach(joint::add);
        watch.stop();
        return start;
    }

    /** Returns the values that meet in joins. */
    private List<TensorRef> joined() {
        return branches.stream()
                .map(Branch::join)
                .flatMap(join -> Stream.of(join.stream(), join.branch(), join.sum()))
                .distinct()
                .toList();
    }

    private MeasuringGraph.Outcome measure(MeasuringGraph measuring) {
        watch.start(Stopwatch.Phase.MEASURING);
        MeasuringGraph.Outcome measured = passes.measure(measuring, progress);
        watch.stop();
        return measured;
    }

    /** Returns the graph to use from now on: another one where constant leaders gave way. */
    private ScalingGraph scale(ScalingGraph first, int iteration, Solution.Limits limits) {
        watch.start(Stopwatch.Phase.SCALING);
        progress.report(Progress.Phase.SCALING, iteration - 1, 0);
        ScalingGraph scaling = first;
        ScalingGraph.Outcome outcome = solve(scaling);
        for (List<LayerGroup> led = led(outcome); !led.equals(groups); led = led(outcome)) {
            groups = led;
            scaling = scaling(centred, scaling.norms(), limits);
            outcome = solve(scaling);
        }
        apply(outcome, iteration);
        progress.report(Progress.Phase.SCALING, iteration, 0);
        watch.stop();
        return scaling;
    }

    private ScalingGraph.Outcome solve(ScalingGraph scaling) {
        Map<LayerGroup, double[]> aims = new HashMap<>();
        groups.forEach(group -> aims.put(group, states.of(group).aims()));
        return passes.scale(scaling, aims);
    }

    private List<LayerGroup> led(ScalingGraph.Outcome outcome) {
        return groups.stream()
                .map(group -> states.of(group).isOpen() && outcome.isConstant(group) ? group.ledByNext() : group)
                .toList();
    }

    private void apply(ScalingGraph.Outcome outcome, int iteration) {
        outcome.scales().forEach((group, found) -> {
            apply(group, found, iteration);
            ReleasedMemory.add(weights.current(group.scaled()).byteCount());
        });
        outcome.statistics().forEach(weights::putRounded);
        outcome.branches().forEach((branch, factor) -> apply(branch, factor, iteration));
    }

    private void apply(LayerGroup group, List<ScalingGraph.Scaling> found, int iteration) {
        LayerState state = states.of(group);
        double[] factors = new double[found.size()];
        double[] shifts = new double[found.size()];
        boolean scales = false;
        for (int i = 0; i < found.size(); i++) {
            ScalingGraph.Scaling scaling = found.get(i);
            PartState part = state.parts().get(i);
            part.arrived(new SampleMoments(scaling.count(), scaling.mean() + scaling.biasMean(), scaling.before()));
            boolean open = state.isOpen() && part.isOpen();
            if (open) {
                Degeneracy.of(scaling, part.search().aim(), passes.pieces()).ifPresent(part::refuse);
            }
            open &= part.isOpen();
            factors[i] = open ? scaling.scale() : 1;
            shifts[i] = open ? scaling.shift() : 0;
            scales |= factors[i] != 1;
        }
        if (scales) {
            Optional<String> refusal = weights.scale(group, factors, options.run());
            if (refusal.isPresent()) {
                state.refuse(refusal.get());
                return;
            }
        }
        for (int i = 0; i < factors.length; i++) {
            if (factors[i] != 1) {
                state.parts().get(i).scaled(factors[i], iteration);
            }
        }
        if (centred.contains(group)) {
            weights.centre(group, shifts);
        }
    }

    private void apply(Branch branch, double factor, int iteration) {
        if (factor == 1) {
            return;
        }
        if (weights.scale(branch.tensors(), factor)) {
            branch.scaled(factor);
            states.takenBy(branch)
                    .flatMap(state -> state.parts().stream())
                    .forEach(part -> part.scaled(factor, iteration));
        } else {
            branch.refuse(String.format(Locale.ROOT, "a scale of %.3g takes its weights out of range", factor));
        }
    }

    /** Takes the next aims where something is left to do; tells whether there is. */
    private boolean learn(MeasuringGraph.Outcome measured) {
        boolean again = false;
        Map<TargetSearch, Double> found = new HashMap<>();
        Set<TargetSearch> missed = new HashSet<>();
        for (LayerGroup group : groups) {
            List<SampleMoments> pooled = measured.pooled(group);
            for (int i = 0; i < pooled.size(); i++) {
                PartState part = states.of(group).parts().get(i);
                if (states.of(group).isOpen() && part.isOpen()) {
                    double variance = pooled.get(i).variance();
                    found.put(part.search(), variance);
                    if (!isReached(group, variance)) {
                        missed.add(part.search());
                        // Where a search is lost, one more run brings the output itself to the target.
                        again |= !part.search().isLost();
                    }
                }
            }
        }
        for (JointSearch search : joint) {
            if (search.members().stream().anyMatch(missed::contains)) {
                search.learn(found);
            }
            search.members().forEach(missed::remove);
        }
        missed.forEach(search -> search.learn(found.getOrDefault(search, Double.NaN)));
        for (Branch branch : branches) {
            Branch.Moments moments = measured.of(branch.join());
            if (branch.isOpen() && !branch.isReached(moments, options.tolerance())) {
                again |= !branch.search().isLost();
                branch.search().learn(branch.reached(moments));
            }
        }
        if (passes.pieces() > 1 && again) {
            takeStatistics(measured);
        }
        return again;
    }

    private void takeStatistics(MeasuringGraph.Outcome measured) {
        for (int i = 0; i < norms.size(); i++) {
            List<SampleMoments> channels = measured.norms().get(i);
            double[] means = channels.stream().mapToDouble(SampleMoments::mean).toArray();
            double[] variances =
                    channels.stream().mapToDouble(SampleMoments::variance).toArray();
            weights.put(norms.get(i).mean(), means);
            weights.put(norms.get(i).variance(), variances);
        }
    }

    private boolean isReached(LayerGroup group, double variance) {
        return Math.abs(variance / options.of(group.leader()).targetVariance() - 1) <= options.tolerance();
    }

    private LsuvReport report(Start start, MeasuringGraph.Outcome measured) {
        Map<Integer, LayerResult> results = new HashMap<>();
        for (LayerGroup group : groups) {
            List<SampleMoments> pooled = measured.pooled(group);
            for (WeightedLayer use : group.uses()) {
                List<SampleMoments> own = measured.layers().get(use.index());
                results.put(
                        use.index(),
                        states.of(group)
                                .result(
                                        use,
                                        use.output(options.point()),
                                        own,
                                        pooled,
                                        variance -> isReached(group, variance)));
            }
        }
        List<LayerResult> inOrder = new ArrayList<>();
        for (WeightedLayer layer : model.layers()) {
            LayerResult result = results.get(layer.index());
            inOrder.add(
                    result != null
                            ? result
                            : LayerResult.skipped(
                                    layer, options, measured.layers().get(layer.index())));
        }
        return new LsuvReport(
                inOrder,
                branches.stream()
                        .map(branch -> branch.result(measured.of(branch.join()), options.tolerance()))
                        .toList(),
                start.unscaled(),
                weights.all(),
                notes,
                passes.count(),
                watch.seconds(Stopwatch.Phase.WEIGHTS),
                watch.seconds(Stopwatch.Phase.SCALING),
                watch.seconds(Stopwatch.Phase.MEASURING));
    }
}
