package org.lsuv.onnx.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.lsuv.onnx.ModelExtension;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

/**
 * Replaces the nodes of a graph in training form that would give other results in every run, and, for
 * measuring, batch normalisations in inference form, which would take too long.
 *
 * <p>{@code Dropout} loses its {@code training_mode}. {@code BatchNormalization} that normalises with
 * the batch's own statistics becomes primitive operators: ONNX Runtime's kernel writes the updated
 * running statistics over the memory of the given ones, be they initializers or fed values.
 */
final class TrainingNodes {
    private final ModelExtension graph;
    private final long opset;
    private final List<String> notes = new ArrayList<>();

    private TrainingNodes(ModelExtension graph) {
        this.graph = graph;
        this.opset = graph.opset("");
    }

    /** Replaces the nodes and returns a line for each kind of change. */
    static List<String> replace(ModelExtension graph) {
        TrainingNodes training = new TrainingNodes(graph);
        graph.replaceNodes(training::replace);
        return List.copyOf(training.notes);
    }

    /** Replaces, besides, batch normalisations in inference form by something that is fast to measure. */
    static void replaceForMeasuring(ModelExtension graph) {
        TrainingNodes training = new TrainingNodes(graph);
        graph.replaceNodes(node -> training.replace(node) || (node.is("BatchNormalization") && training.affine(node)));
    }

    /**
     * Lets batch normalisations in inference form normalise by the statistics of the batch, as they do in training.
     *
     * @param means the names of the stored running means, one for each normalisation
     * @throws UnsupportedModelException if one of them is read by no {@code BatchNormalization}
     */
    static OnnxModel normalisingByBatch(OnnxModel model, Collection<String> means) {
        ModelExtension graph = ModelExtension.of(model.inlined());
        TrainingNodes training = new TrainingNodes(graph);
        Set<String> missing = new TreeSet<>(means);
        graph.replaceNodes(node -> {
            boolean replaced = node.is("BatchNormalization") && means.contains(node.input(3));
            if (replaced && !training.replace(node)) {
                training.batchNormalization(node);
            }
            missing.remove(replaced ? node.input(3) : "");
            return replaced;
        });
        if (!missing.isEmpty()) {
            throw new UnsupportedModelException(model.label() + ": the batch normalisation with the running mean \""
                    + missing.iterator().next() + "\" is no BatchNormalization node, and its own statistics stay;"
                    + " diagnose with --batch-norm stored");
        }
        return graph.whole();
    }

    private boolean replace(OnnxNode node) {
        if (node.is("Dropout") && !node.input(2).isEmpty()) {
            graph.node("Dropout", node.input(0), node.input(1)).addAs(node.outputs());
            notes.add(node.describe() + ": measured without dropping anything");
            return true;
        }
        if (node.is("BatchNormalization") && trains(node)) {
            if (opset < 9 && node.attributes().intOr("spatial", 1) == 0) {
                throw new UnsupportedModelException(
                        node.describe() + ": training with spatial = 0 cannot be measured; use opset 9 or later");
            }
            batchNormalization(node);
            notes.add(node.describe() + ": normalises with the statistics of the batch");
            return true;
        }
        return false;
    }

    /** Before opset 14 it was the number of outputs that told training from inference. */
    private boolean trains(OnnxNode node) {
        return opset >= 14
                ? node.attributes().flag("training_mode")
                : opset >= 7 && node.outputs().size() > 1;
    }

    private void batchNormalization(OnnxNode node) {
        String x = node.input(0);
        String shape = graph.constant(OnnxTensor.ofLongs("", new long[] {3}, 0, 0, -1));
        String flat = graph.node("Reshape", x, shape).add();
        String mean = mean(flat);
        String centred = graph.node("Sub", flat, mean).add();
        String variance = mean(graph.node("Mul", centred, centred).add());
        double epsilon = node.attributes().floatOr("epsilon", 1e-5f);
        String deviation = graph.node(
                        "Sqrt",
                        graph.node("Add", variance, like(epsilon, variance)).add())
                .add();
        String normal = graph.node("Div", centred, deviation).add();
        String scaled = graph.node("Mul", normal, perChannel(node.input(1), x)).add();
        String shifted = graph.node("Add", scaled, perChannel(node.input(2), x)).add();
        graph.node("Reshape", shifted, graph.node("Shape", x).add()).addAs(List.of(node.output(0)));
        double momentum = node.attributes().floatOr("momentum", 0.9f);
        running(node.input(3), mean, momentum, node.output(1));
        running(node.input(4), variance, momentum, node.output(2));
        batch(mean, node.output(3));
        batch(variance, node.output(4));
    }

    /**
     * Spells a batch normalisation in inference form as x·a + b with a = scale/√(variance + ε) and b = shift −
     * mean·a. ONNX Runtime folds it into the convolution before it, unless that one's output is measured: then
     * it turns it into a convolution of its own, which takes several times longer than the sum.
     */
    private boolean affine(OnnxNode node) {
        boolean stored = true;
        for (int input = 1; input <= 4; input++) {
            stored &= graph.initializerType(node.input(input)).equals(Optional.of(OnnxType.FLOAT));
        }
        if (!stored || opset < 9 || trains(node)) {
            return false;
        }
        String x = node.input(0);
        String flat = graph.node("Reshape", x, graph.constant(OnnxTensor.ofLongs("", new long[] {3}, 0, 0, -1)))
                .add();
        double epsilon = node.attributes().floatOr("epsilon", 1e-5f);
        String deviation = graph.node(
                        "Sqrt",
                        graph.node("Add", node.input(4), like(epsilon, node.input(4)))
                                .add())
                .add();
        String factor = graph.node("Div", node.input(1), deviation).add();
        String shift = graph.node(
                        "Sub",
                        node.input(2),
                        graph.node("Mul", node.input(3), factor).add())
                .add();
        String scaled = graph.node("Mul", flat, column(factor)).add();
        String shifted = graph.node("Add", scaled, column(shift)).add();
        graph.node("Reshape", shifted, graph.node("Shape", x).add()).addAs(List.of(node.output(0)));
        return true;
    }

    private String column(String vector) {
        return graph.node("Reshape", vector, graph.constant(OnnxTensor.ofLongs("", new long[] {3}, 1, -1, 1)))
                .add();
    }

    private String mean(String flat) {
        return opset < 18
                ? graph.node("ReduceMean", flat)
                        .withInts("axes", List.of(0L, 2L))
                        .add()
                : graph.node("ReduceMean", flat, graph.constant(OnnxTensor.ofLongs("", new long[] {2}, 0, 2)))
                        .add();
    }

    private String perChannel(String vector, String x) {
        return castLike(column(vector), x);
    }

    private void running(String old, String batch, double momentum, String output) {
        if (!output.isEmpty()) {
            String kept = graph.node("Mul", old, like(momentum, old)).add();
            String vector = castLike(flatten(batch), old);
            String learned = graph.node("Mul", vector, like(1 - momentum, old)).add();
            graph.node("Add", kept, learned).addAs(List.of(output));
        }
    }

    private void batch(String statistic, String output) {
        if (!output.isEmpty()) {
            graph.node("Identity", flatten(statistic)).addAs(List.of(output));
        }
    }

    private String flatten(String statistic) {
        return graph.node("Reshape", statistic, graph.constant(OnnxTensor.ofLongs("", new long[] {1}, -1)))
                .add();
    }

    /** Returns a number in the type of another value; before opset 15 all of them are float32. */
    private String like(double number, String value) {
        return castLike(graph.constant(OnnxTensor.ofDoubles("", OnnxType.FLOAT, new long[0], number)), value);
    }

    private String castLike(String value, String other) {
        return opset < 15 ? value : graph.node("CastLike", value, other).add();
    }
}
