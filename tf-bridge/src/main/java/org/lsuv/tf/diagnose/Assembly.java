package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.residual.Join;

/** Puts together what the survey found and the run measured. */
final class Assembly {
    private final TfModel model;
    private final Survey survey;
    private final List<ActivationLaw> laws;
    private final Map<TensorRef, SignalStatistics> signals;
    private final List<LayerDiagnosis> layers;
    private final Map<Integer, LayerDiagnosis> byIndex = new HashMap<>();
    /** By sum: a sum of several branches has a block for each. */
    private final Map<String, List<ResidualBlock>> blocks = new HashMap<>();

    private final Map<String, List<Join>> joins = new HashMap<>();
    private final DiagnoseOptions options;

    Assembly(
            TfModel model,
            Survey survey,
            List<ActivationLaw> laws,
            Map<TensorRef, SignalStatistics> signals,
            DiagnoseOptions options) {
        this.model = model;
        this.survey = survey;
        this.laws = List.copyOf(laws);
        this.signals = signals;
        this.options = options;
        Set<Integer> normalised = survey.normalised();
        Set<String> trunk = new HashSet<>(survey.flow().trunk());
        this.layers = model.layers().stream()
                .filter(layer -> signals.containsKey(layer.blob()))
                .map(layer -> layer(layer, trunk.contains(layer.linear().op()), normalised.contains(layer.index())))
                .toList();
        layers.forEach(layer -> byIndex.put(layer.layer().index(), layer));
        for (Join join : survey.joins()) {
            if (signals.keySet().containsAll(List.of(join.sum(), join.stream(), join.branch()))) {
                String sum = join.sum().op();
                joins.computeIfAbsent(sum, none -> new ArrayList<>()).add(join);
                blocks.computeIfAbsent(sum, none -> new ArrayList<>()).add(block(join, trunk.contains(sum)));
            }
        }
    }

    private SignalStatistics signal(TensorRef tensor) {
        return Objects.requireNonNull(signals.get(tensor), tensor.toString());
    }

    private LayerDiagnosis layer(WeightedLayer layer, boolean onTrunk, boolean normalised) {
        Weights weights = Weights.of(model, survey.graph(), layer);
        OptionalInt function = survey.activation(layer);
        Optional<ActivationLaw> law =
                function.isPresent() ? Optional.of(laws.get(function.getAsInt())) : Optional.empty();
        double gain = law.orElseGet(ActivationLaw::linear).gainAtScale();
        return new LayerDiagnosis(
                layer,
                survey.depth(layer.linear()),
                onTrunk,
                normalised,
                weights.mean(),
                weights.meanSquare(),
                weights.fanIn(),
                weights.width(),
                law,
                weights.meanSquare() * weights.fanIn() * gain,
                signal(layer.blob()));
    }

    private ResidualBlock block(Join join, boolean onTrunk) {
        SignalStatistics stream = signal(join.stream());
        SignalStatistics branch = signal(join.branch());
        List<Integer> indices = join.layers().stream().map(WeightedLayer::index).toList();
        int length = survey.depth(join.branch()) - survey.depth(join.fork());
        boolean sequential = length == indices.size();
        double kappa = !sequential
                ? Double.NaN
                : indices.stream()
                        .map(byIndex::get)
                        .filter(Objects::nonNull)
                        .mapToDouble(LayerDiagnosis::kappa)
                        .reduce(1, (a, b) -> a * b);
        return new ResidualBlock(
                join,
                survey.name(join.sum()),
                survey.depth(join.sum()),
                onTrunk,
                indices,
                kappa,
                branch.variance() / stream.variance(),
                (Math.log(branch.meanSquare()) - Math.log(stream.meanSquare())) / length,
                stream.variance(),
                branch.variance(),
                signal(join.sum()).variance());
    }

    DiagnosisReport report(
            long samples,
            int pieces,
            List<NonFiniteOrigin> origins,
            List<LayerGradient> gradients,
            List<String> notes,
            int forwardPasses,
            double seconds) {
        List<LayerDiagnosis> stretch = new ArrayList<>();
        SignalPath path = path(stretch);
        List<ActivationDiagnosis> activations = new ArrayList<>();
        for (int i = 0; i < laws.size(); i++) {
            ActivationFunction function = survey.functions().get(i);
            if (signals.containsKey(function.output())
                    && options.activations() == DiagnoseOptions.Activations.MEASURE) {
                activations.add(new ActivationDiagnosis(
                        survey.name(function.output()),
                        laws.get(i),
                        survey.depth(function.output()),
                        survey.owner(i),
                        signal(function.output())));
            }
        }
        Map<String, SignalStatistics> outputs = new LinkedHashMap<>();
        model.outputs().forEach((name, tensor) -> {
            SignalStatistics found = signals.get(tensor);
            if (found != null) {
                outputs.put(name, found);
            }
        });
        DiagnosisReport report = new DiagnosisReport(
                model.label(),
                samples,
                pieces,
                List.of(),
                layers,
                activations,
                outputs,
                path,
                Growth.of(path.points()),
                Wander.of(path.points(), stretch),
                residuals(),
                origins,
                gradients,
                notes,
                forwardPasses,
                seconds);
        return new Verdicts(report).decided();
    }

    /**
     * Walks the way that stands for the network.
     *
     * @param stretch is given the layers of the stretch without a normalisation in which β is greatest
     */
    private SignalPath path(List<LayerDiagnosis> stretch) {
        List<String> way = survey.way();
        Map<String, Survey.Stop> stops = new HashMap<>();
        survey.stops(way).forEach(stop -> stops.put(stop.tensor().op(), stop));
        boolean bends = layers.stream().anyMatch(layer -> layer.activation().isPresent());
        List<PathPoint> points = new ArrayList<>();
        List<LayerDiagnosis> current = new ArrayList<>();
        double predicted = 0;
        boolean normalised = false;
        for (String name : way) {
            Optional<LayerDiagnosis> layer = survey.flow().layer(name).map(found -> byIndex.get(found.index()));
            if (layer.isPresent()) {
                predicted += Math.log(layer.get().kappa());
                if (layer.get().activation().isPresent() || !bends) {
                    current.add(layer.get());
                }
            }
            if (blocks(name).stream().anyMatch(ResidualBlock::onTrunk)) {
                predicted += streamGrowth(name);
            }
            predicted += bend(name);
            if (survey.isNormalisation(name)) {
                keepWider(stretch, current);
                current.clear();
                predicted = 0;
                normalised = true;
            }
            Survey.Stop stop = stops.get(name);
            if (stop != null && signals.containsKey(stop.tensor())) {
                if (points.isEmpty()) {
                    predicted = 0;
                }
                points.add(new PathPoint(
                        survey.name(stop.tensor()),
                        stop.kind(),
                        survey.flow().depth(name),
                        normalised,
                        predicted,
                        signal(stop.tensor())));
                normalised = false;
            }
        }
        keepWider(stretch, current);
        return new SignalPath(survey.pathKind(), points);
    }

    private List<ResidualBlock> blocks(String sum) {
        return blocks.getOrDefault(sum, List.of()).stream()
                .filter(block -> Double.isFinite(block.gain()))
                .toList();
    }

    /** Returns ln of what a sum makes of M: the stream's own layers, as measured, and the branches' share. */
    private double streamGrowth(String sum) {
        List<Join> found = Objects.requireNonNull(joins.get(sum));
        SignalStatistics stream = signal(found.get(0).stream());
        SignalStatistics fork = signals.getOrDefault(found.get(0).fork(), stream);
        double branches = found.stream()
                .mapToDouble(join -> signal(join.branch()).meanSquare())
                .sum();
        double growth = Math.log1p(branches / stream.meanSquare()) + Math.log(stream.meanSquare() / fork.meanSquare());
        return Double.isFinite(growth) ? growth : 0;
    }

    /** Returns ln of the gain of a non-linearity that belongs to no layer, such as that behind a sum. */
    private double bend(String name) {
        for (int i = 0; i < laws.size(); i++) {
            if (survey.functions().get(i).output().op().equals(name)) {
                return survey.owner(i).isPresent() ? 0 : Math.log(laws.get(i).gainAtScale());
            }
        }
        return 0;
    }

    private static void keepWider(List<LayerDiagnosis> best, List<LayerDiagnosis> current) {
        if (beta(current) > beta(best)) {
            best.clear();
            best.addAll(current);
        }
    }

    private static double beta(List<LayerDiagnosis> layers) {
        return layers.stream().mapToDouble(layer -> 1.0 / layer.width()).sum();
    }

    /** Takes the stretch of the trunk, between normalisations, along which the stream grows most. */
    private Residuals residuals() {
        Residuals best = new Residuals(List.of(), 1, 1, 0, 0);
        List<ResidualBlock> current = new ArrayList<>();
        for (String name : survey.flow().trunk()) {
            if (!blocks(name).isEmpty()) {
                current.addAll(blocks(name));
                Residuals found = Residuals.of(current);
                best = found.growth() > best.growth() ? found : best;
            }
            if (survey.isNormalisation(name)) {
                current.clear();
            }
        }
        List<ResidualBlock> ordered = blocks.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt(ResidualBlock::depth))
                .toList();
        return best.with(ordered);
    }
}
