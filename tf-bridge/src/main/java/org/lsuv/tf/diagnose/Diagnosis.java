package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.init.Progress;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.GraphDef;

/** Tells whether a network can start training, from one measuring run. */
public final class Diagnosis {
    private final TfModel model;
    private final List<Map<String, OnnxTensor>> pieces;
    private final DiagnoseOptions options;
    private final Progress progress;
    private final List<String> notes = new ArrayList<>();
    private final long start = System.nanoTime();
    private int forwardPasses;

    private Diagnosis(TfModel model, List<Map<String, OnnxTensor>> pieces, DiagnoseOptions options, Progress progress) {
        if (pieces.isEmpty()) {
            throw new IllegalArgumentException("the batch has no pieces");
        }
        this.model = model;
        this.pieces = List.copyOf(pieces);
        this.options = options;
        this.progress = progress;
    }

    /**
     * Diagnoses a model as it is.
     *
     * @param pieces the batch, one tensor an input and piece
     * @throws UnsupportedModelException if TensorFlow cannot run the graph on this batch
     */
    public static DiagnosisReport of(
            TfModel model, List<Map<String, OnnxTensor>> pieces, DiagnoseOptions options, Progress progress) {
        try {
            return new Diagnosis(model, pieces, options, progress).run();
        } catch (UnsupportedModelException problem) {
            throw problem.in(model.label());
        }
    }

    private DiagnosisReport run() {
        boolean training = options.batchNorms() == DiagnoseOptions.BatchNorms.BATCH
                && !model.batchNorms().isEmpty();
        GraphDef trained = training ? BatchStatistics.applied(model) : model.graph();
        if (training) {
            notes.add("batch normalisations use the statistics of the batch, as in training");
        }
        try (GraphRewrite rewrite = new GraphRewrite(trained)) {
            Survey survey = new Survey(model, rewrite, options.activations());
            try (ActivationGraph activations =
                    new ActivationGraph(model, survey.graph(), survey.functions(), options.run())) {
                List<ActivationLaw> unit = activations.laws(scales(survey.functions(), Map.of()));
                Map<TensorRef, SignalStatistics> signals = measure(survey, rewrite, unit);
                List<ActivationLaw> laws = activations.laws(scales(survey.functions(), signals));
                List<NonFiniteOrigin> origins =
                        NonFiniteSearch.isNeeded(signals.values()) ? search(survey, trained, signals) : List.of();
                List<LayerGradient> gradients =
                        options.gradients() == DiagnoseOptions.Gradients.NONE ? List.of() : gradients(survey, trained);
                return new Assembly(model, survey, laws, signals, options)
                        .report(batchSize(), pieces.size(), origins, gradients, notes, forwardPasses, seconds());
            }
        }
    }

    private double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    /** Returns at which scale each non-linearity is run: that of what it reads, 1 where this is not measured. */
    private static double[] scales(List<ActivationFunction> functions, Map<TensorRef, SignalStatistics> signals) {
        return functions.stream()
                .mapToDouble(function -> {
                    SignalStatistics read = signals.get(function.root());
                    double square = read == null ? 1 : read.variance() + read.mean() * read.mean();
                    return square > 0 && Double.isFinite(square) ? Math.sqrt(square) : 1;
                })
                .toArray();
    }

    private Map<TensorRef, SignalStatistics> measure(Survey survey, GraphRewrite rewrite, List<ActivationLaw> laws) {
        StatisticsGraph statistics = new StatisticsGraph(rewrite);
        Map<TensorRef, ActivationLaw> measured = new LinkedHashMap<>();
        for (TensorRef tensor : points(survey)) {
            measured.put(tensor, ActivationLaw.linear());
        }
        for (int i = 0; i < laws.size(); i++) {
            measured.replace(survey.functions().get(i).output(), laws.get(i));
        }
        long rows = pieces.stream().map(this::rows).distinct().count() == 1 ? rows(pieces.get(0)) : -1;
        Set<TensorRef> counted = counted(survey);
        measured.forEach((tensor, law) -> statistics.measure(
                tensor,
                SampleView.of(survey.graph().shape(tensor), rows, survey.channelAxis(tensor)),
                law,
                counted.contains(tensor) ? options.histograms() : DiagnoseOptions.Histograms.NONE));
        List<SignalSums> sums = new ArrayList<>();
        try (TfRun run = open(rewrite.finish())) {
            for (int i = 0; i < pieces.size(); i++) {
                progress.report(Progress.Phase.MEASURING, i, pieces.size());
                feed(run, pieces.get(i));
                List<SignalSums> found = statistics.run(run);
                for (int k = 0; k < found.size(); k++) {
                    if (i == 0) {
                        sums.add(found.get(k));
                    } else {
                        sums.set(k, sums.get(k).merge(found.get(k)));
                    }
                }
            }
        }
        forwardPasses++;
        progress.report(Progress.Phase.MEASURING, pieces.size(), pieces.size());
        Map<TensorRef, SignalStatistics> signals = new LinkedHashMap<>();
        int next = 0;
        for (TensorRef tensor : measured.keySet()) {
            signals.put(tensor, SignalStatistics.of(sums.get(next++)));
        }
        return signals;
    }

    /** Returns what a report shows layer by layer. */
    private Set<TensorRef> counted(Survey survey) {
        Set<TensorRef> counted = new HashSet<>();
        model.layers().forEach(layer -> counted.add(layer.blob()));
        survey.functions().forEach(function -> counted.add(function.output()));
        return counted;
    }

    /** Returns all that is measured, each once. */
    private Set<TensorRef> points(Survey survey) {
        Set<TensorRef> points = new LinkedHashSet<>();
        model.layers().stream().map(WeightedLayer::blob).forEach(points::add);
        if (options.activations() == DiagnoseOptions.Activations.MEASURE) {
            survey.functions().forEach(function -> {
                points.add(function.root());
                points.add(function.output());
            });
        }
        survey.joins().forEach(join -> points.addAll(List.of(join.stream(), join.branch(), join.sum())));
        survey.stops(survey.way()).forEach(stop -> points.add(stop.tensor()));
        points.addAll(model.outputs().values());
        points.removeIf(tensor ->
                !survey.graph().isMeasurable(tensor) || isEmpty(survey.graph().shape(tensor)));
        return points;
    }

    private static boolean isEmpty(Shape shape) {
        return !shape.isUnknown() && java.util.Arrays.stream(shape.asArray()).anyMatch(size -> size == 0);
    }

    private List<NonFiniteOrigin> search(Survey survey, GraphDef graph, Map<TensorRef, SignalStatistics> signals) {
        List<TensorRef> bad = signals.entrySet().stream()
                .filter(entry -> entry.getValue().nonFinite() > 0)
                .map(Map.Entry::getKey)
                .toList();
        NonFiniteSearch search = new NonFiniteSearch(survey, graph, bad);
        Collection<Map<TensorRef, Long>> counts = new ArrayList<>();
        try (TfRun run = open(search.graph())) {
            for (Map<String, OnnxTensor> piece : pieces) {
                feed(run, piece);
                counts.add(search.run(run));
            }
        }
        forwardPasses++;
        return search.origins(counts);
    }

    private List<LayerGradient> gradients(Survey survey, GraphDef graph) {
        GradientGraph gradient = GradientGraph.of(model, survey, graph);
        notes.addAll(gradient.notes());
        if (gradient.isEmpty()) {
            return List.of();
        }
        List<GradientGraph.Squares> squares = new ArrayList<>();
        try (TfRun run = open(gradient.graph())) {
            for (Map<String, OnnxTensor> piece : pieces) {
                feed(run, piece);
                squares.add(gradient.run(run));
            }
        } catch (UnsupportedModelException problem) {
            notes.add("no gradients: " + problem.getMessage());
            return List.of();
        }
        forwardPasses++;
        if (pieces.size() > 1) {
            notes.add("gradients are root mean squares over the pieces of the batch");
        }
        return gradient.layers(squares);
    }

    private TfRun open(GraphDef graph) {
        TfRun run = TfRun.open(graph, options.run());
        run.feedWeights(model);
        return run;
    }

    private void feed(TfRun run, Map<String, OnnxTensor> piece) {
        for (TfInput input : model.inputs()) {
            run.feed(input.tensor(), value(piece, input));
        }
    }

    private static OnnxTensor value(Map<String, OnnxTensor> piece, TfInput input) {
        OnnxTensor value = piece.get(input.name());
        if (value == null) {
            throw new IllegalArgumentException("the batch holds no values for input \"" + input.name() + "\"");
        }
        return value;
    }

    private long batchSize() {
        return pieces.stream().mapToLong(this::rows).sum();
    }

    /** Returns the rows of a piece: those of the first input that has any. */
    private long rows(Map<String, OnnxTensor> piece) {
        return model.inputs().stream()
                .map(input -> value(piece, input))
                .filter(tensor -> tensor.rank() > 0)
                .mapToLong(tensor -> tensor.shape()[0])
                .findFirst()
                .orElse(1);
    }
}
