package org.lsuv.tf.diagnose;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.TensorStatistics;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.gradients.DifferentiableGraph;
import org.lsuv.tf.gradients.GradientPath;
import org.tensorflow.Operand;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gradients;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TNumber;

/** Follows the signal back: the gradients of the mean square of all outputs. */
final class GradientGraph {
    private static final String SCOPE = "gradient.";

    private final TfModel model;
    private final GraphDef graph;
    private final List<WeightedLayer> layers;
    private final List<TensorRef> fetches;
    private final List<String> notes;

    private GradientGraph(
            TfModel model, GraphDef graph, List<WeightedLayer> layers, List<TensorRef> fetches, List<String> notes) {
        this.model = model;
        this.graph = graph;
        this.layers = List.copyOf(layers);
        this.fetches = List.copyOf(fetches);
        this.notes = List.copyOf(notes);
    }

    static GradientGraph of(TfModel model, Survey survey, GraphDef definition) {
        GraphDef differentiable = DifferentiableGraph.of(definition);
        try (GraphRewrite rewrite = new GraphRewrite(differentiable)) {
            Ops tf = rewrite.tf().withName(SCOPE);
            List<Operand<?>> outputs = new ArrayList<>();
            model.outputs().values().stream()
                    .filter(survey.graph()::isFloatingSignal)
                    .forEach(output -> outputs.add(rewrite.operand(output)));
            List<WeightedLayer> layers = reached(model, survey);
            if (outputs.isEmpty() || layers.isEmpty()) {
                return none(model, "no gradients: no floating-point output depends on a layer");
            }
            List<TensorRef> wanted = new ArrayList<>();
            layers.forEach(layer -> wanted.add(layer.blob()));
            layers.forEach(
                    layer -> wanted.add(model.weight(layer.weight().source()).tensor()));
            // Asked twice for one gradient, as of a weight that two layers share, TensorFlow gives it once.
            List<TensorRef> distinct = wanted.stream().distinct().toList();
            List<Operand<?>> sources = new ArrayList<>();
            distinct.forEach(tensor -> sources.add(rewrite.operand(tensor)));
            List<Operand<?>> nothing = nothing(survey, rewrite, sources);
            List<TensorRef> ends = Stream.concat(outputs.stream(), nothing.stream())
                    .map(TensorRef::of)
                    .toList();
            List<String> obstacles = new GradientPath(differentiable, rewrite, distinct).obstacles(ends);
            if (!obstacles.isEmpty()) {
                return none(model, blocked(obstacles));
            }
            Operand<TFloat64> loss = loss(tf, outputs, nothing);
            Gradients gradients = tf.gradients(List.of(loss), sources);
            List<TensorRef> fetches = new ArrayList<>();
            Map<TensorRef, TensorRef> squares = new HashMap<>();
            for (int i = 0; i < distinct.size(); i++) {
                squares.put(distinct.get(i), TensorRef.of(meanSquare(tf, number(gradients.dy(i)))));
            }
            wanted.forEach(tensor -> fetches.add(Objects.requireNonNull(squares.get(tensor))));
            return new GradientGraph(model, rewrite.finish(), layers, fetches, List.of());
        } catch (TensorFlowException | IllegalArgumentException | UnsupportedOperationException problem) {
            String reason =
                    String.valueOf(problem.getMessage()).lines().findFirst().orElse("");
            return none(model, "no gradients: TensorFlow cannot build them (" + reason + ")");
        }
    }

    private static String blocked(List<String> obstacles) {
        boolean one = obstacles.size() == 1;
        return "no gradients: TensorFlow has none for its operation" + (one ? " " : "s ")
                + String.join(", ", obstacles) + ", which " + (one ? "lies" : "lie")
                + " between a layer and an output";
    }

    private static Operand<TFloat64> loss(Ops tf, List<Operand<?>> outputs, List<Operand<?>> nothing) {
        List<Operand<TFloat64>> terms = new ArrayList<>();
        outputs.forEach(output -> terms.add(meanSquare(tf, number(output))));
        nothing.forEach(value ->
                terms.add(tf.math.mul(tf.constant(0.0), mean(tf, tf.dtypes.cast(number(value), TFloat64.class)))));
        return tf.math.addN(terms);
    }

    /**
     * Returns what adds nothing to the loss and yet must lead to it: TensorFlow 2.18 crashes, asked from C for the
     * gradient of what no way leads from, or of an operation some of whose results lead nowhere.
     */
    private static List<Operand<?>> nothing(Survey survey, GraphRewrite rewrite, List<Operand<?>> sources) {
        SignalGraph graph = survey.graph();
        List<Operand<?>> values = new ArrayList<>(sources);
        for (String name : graph.ancestors(survey.outputs())) {
            if (graph.isSignal(name) && !graph.op(name).startsWith("FusedBatchNorm")) {
                graph.results(name).stream()
                        .skip(1)
                        .filter(graph::isMeasurable)
                        .forEach(tensor -> values.add(rewrite.operand(tensor)));
                if (graph.results(name).size() > 1 && graph.isMeasurable(new TensorRef(name, 0))) {
                    values.add(rewrite.operand(new TensorRef(name, 0)));
                }
            }
        }
        return values;
    }

    private static GradientGraph none(TfModel model, String note) {
        return new GradientGraph(model, GraphDef.getDefaultInstance(), List.of(), List.of(), List.of(note));
    }

    /** A layer from which no way leads to an output has no gradient at all. */
    private static List<WeightedLayer> reached(TfModel model, Survey survey) {
        var ancestors = survey.graph().ancestors(model.outputs().values());
        return model.layers().stream()
                .filter(layer ->
                        ancestors.contains(layer.blob().op()) && survey.graph().isMeasurable(layer.blob()))
                .toList();
    }

    @SuppressWarnings("unchecked") // Only floating-point tensors have gradients.
    private static Operand<TNumber> number(Operand<?> operand) {
        return (Operand<TNumber>) operand;
    }

    private static Operand<TFloat64> meanSquare(Ops tf, Operand<TNumber> values) {
        return mean(tf, tf.math.square(tf.dtypes.cast(values, TFloat64.class)));
    }

    private static Operand<TFloat64> mean(Ops tf, Operand<TFloat64> values) {
        return tf.math.mean(tf.reshape(values, tf.constant(new int[] {-1})), tf.constant(0));
    }

    boolean isEmpty() {
        return layers.isEmpty();
    }

    GraphDef graph() {
        return graph;
    }

    List<String> notes() {
        return notes;
    }

    /**
     * Holds what one run found.
     *
     * @param blobs the mean square of the gradient of each layer's output
     * @param weights the same of each layer's weight
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, and handed on within this package alone.
    record Squares(double[] blobs, double[] weights) {}

    /** Runs the graph once, with inputs and weights fed already. */
    Squares run(TfRun run) {
        double[] found = run.fetch(fetches).stream()
                .map(OnnxTensor::toDoubles)
                .mapToDouble(values -> values[0])
                .toArray();
        int half = layers.size();
        return new Squares(
                java.util.Arrays.copyOfRange(found, 0, half), java.util.Arrays.copyOfRange(found, half, 2 * half));
    }

    List<LayerGradient> layers(List<Squares> runs) {
        List<LayerGradient> found = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            int index = i;
            double blob = runs.stream()
                    .mapToDouble(run -> run.blobs()[index])
                    .average()
                    .orElse(Double.NaN);
            double weight = runs.stream()
                    .mapToDouble(run -> run.weights()[index])
                    .average()
                    .orElse(Double.NaN);
            OnnxTensor stored = model.weight(layers.get(i).weight().source()).value();
            TensorStatistics values = TensorStatistics.of(stored);
            double square = values.variance() + values.mean() * values.mean();
            found.add(new LayerGradient(
                    layers.get(i).index(),
                    blob,
                    Math.sqrt(weight * stored.elementCount()),
                    Math.sqrt(square * stored.elementCount())));
        }
        return found;
    }
}
