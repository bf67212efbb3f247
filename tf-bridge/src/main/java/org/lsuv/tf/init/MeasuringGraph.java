package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.residual.Join;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.family.TFloating;

/** Adds measurements to a graph and changes nothing in it: what a plain run with stored weights gives. */
final class MeasuringGraph {
    private static final String SCOPE = "lsuv.";

    private final GraphDef graph;
    private final int layers;
    private final int norms;
    private final List<TensorRef> others;
    private final List<TensorRef> fetches = new ArrayList<>();

    /**
     * Adds measurements.
     *
     * @param partitions the parts of each layer that are measured apart
     * @param point where layers are measured
     * @param norms the batch normalisations whose inputs are measured, too, by channel
     * @param others other values that are measured
     * @param squares how squares are summed
     */
    MeasuringGraph(
            TfModel model,
            List<Partition> partitions,
            MeasuringPoint point,
            List<BatchNorm> norms,
            List<TensorRef> others,
            Squares squares) {
        this.layers = model.layers().size();
        this.norms = norms.size();
        this.others = List.copyOf(others);
        try (GraphRewrite rewrite = new GraphRewrite(model.graph())) {
            for (WeightedLayer layer : model.layers()) {
                Ops tf = rewrite.tf().withName(SCOPE + "layer." + layer.index() + ".");
                Operand<TFloating> values = floating(rewrite.operand(layer.measured(point)));
                Partition partition = partitions.get(layer.index());
                fetches.add(TensorRef.of(
                        Moments.of(tf, values, partition, layer.channels().axis(), squares)
                                .stacked(tf)));
            }
            for (int i = 0; i < norms.size(); i++) {
                Ops tf = rewrite.tf().withName(SCOPE + "norm." + i + ".");
                Operand<TFloating> values =
                        floating(rewrite.operand(norms.get(i).input()));
                fetches.add(
                        TensorRef.of(Moments.perChannel(tf, values, norms.get(i).axis(), squares)
                                .counted(tf)
                                .stacked(tf)));
            }
            for (int i = 0; i < others.size(); i++) {
                Ops tf = rewrite.tf().withName(SCOPE + "other." + i + ".");
                fetches.add(TensorRef.of(
                        Moments.of(tf, floating(rewrite.operand(others.get(i)))).stacked(tf)));
            }
            this.graph = rewrite.finish(fetches);
        }
    }

    @SuppressWarnings("unchecked") // Layers and normalisations are found on floating-point values only.
    private static Operand<TFloating> floating(Operand<?> operand) {
        return (Operand<TFloating>) operand;
    }

    GraphDef graph() {
        return graph;
    }

    /**
     * Holds what one run measured.
     *
     * @param layers the moments of each part of each layer's output
     * @param norms the moments of each channel of each batch normalisation's input
     * @param others the moments of the other values
     */
    record Outcome(
            List<List<SampleMoments>> layers, List<List<SampleMoments>> norms, Map<TensorRef, SampleMoments> others) {

        /** Returns the moments of each part of a weight, all its uses together. */
        List<SampleMoments> pooled(LayerGroup group) {
            List<SampleMoments> pooled = new ArrayList<>();
            for (int i = 0; i < group.partition().size(); i++) {
                int part = i;
                pooled.add(SampleMoments.merge(group.uses().stream()
                        .map(use -> layers.get(use.index()).get(part))
                        .toList()));
            }
            return pooled;
        }

        /** Returns the moments of the values that meet in a join, which are to be among the others. */
        Branch.Moments of(Join join) {
            return new Branch.Moments(other(join.stream()), other(join.branch()), other(join.sum()));
        }

        private SampleMoments other(TensorRef value) {
            return Objects.requireNonNull(others.get(value), value::toString);
        }

        /** Returns the moments of both pieces of the batch together. */
        Outcome merge(Outcome other) {
            Map<TensorRef, SampleMoments> merged = new HashMap<>(others);
            other.others.forEach((value, moments) -> merged.merge(value, moments, SampleMoments::merge));
            return new Outcome(merge(layers, other.layers), merge(norms, other.norms), merged);
        }

        private static List<List<SampleMoments>> merge(List<List<SampleMoments>> some, List<List<SampleMoments>> more) {
            List<List<SampleMoments>> merged = new ArrayList<>();
            for (int i = 0; i < some.size(); i++) {
                List<SampleMoments> parts = new ArrayList<>();
                for (int part = 0; part < some.get(i).size(); part++) {
                    parts.add(some.get(i).get(part).merge(more.get(i).get(part)));
                }
                merged.add(parts);
            }
            return merged;
        }
    }

    /** Runs the graph once, with inputs and weights fed already. */
    Outcome run(TfRun run) {
        List<OnnxTensor> results = run.fetch(fetches);
        List<List<SampleMoments>> found =
                results.stream().map(MeasuringGraph::moments).toList();
        Map<TensorRef, SampleMoments> more = new HashMap<>();
        for (int i = 0; i < others.size(); i++) {
            more.put(others.get(i), found.get(layers + norms + i).get(0));
        }
        return new Outcome(found.subList(0, layers), found.subList(layers, layers + norms), more);
    }

    private static List<SampleMoments> moments(OnnxTensor stacked) {
        double[] values = stacked.toDoubles();
        int parts = values.length / 3;
        return IntStream.range(0, parts)
                .mapToObj(i -> new SampleMoments((long) values[2 * parts + i], values[i], values[parts + i]))
                .toList();
    }
}
