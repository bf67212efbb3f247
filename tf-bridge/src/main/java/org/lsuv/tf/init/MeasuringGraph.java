package org.lsuv.tf.init;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TFloating;

/** Adds measurements to a graph and changes nothing in it: what a plain run with stored weights gives. */
final class MeasuringGraph {
    private static final String SCOPE = "lsuv.";

    private final GraphDef graph;
    private final int layers;
    private final int norms;
    private final List<TensorRef> fetches = new ArrayList<>();

    /**
     * Adds measurements.
     *
     * @param norms the batch normalisations whose inputs are measured, too, by channel
     */
    MeasuringGraph(TfModel model, List<BatchNorm> norms) {
        this.layers = model.layers().size();
        this.norms = norms.size();
        try (GraphRewrite rewrite = new GraphRewrite(model.graph())) {
            for (WeightedLayer layer : model.layers()) {
                Ops tf = rewrite.tf().withName(SCOPE + "layer." + layer.index() + ".");
                fetch(tf, Moments.of(tf, floating(rewrite.operand(layer.blob()))));
            }
            for (int i = 0; i < norms.size(); i++) {
                Ops tf = rewrite.tf().withName(SCOPE + "norm." + i + ".");
                fetch(
                        tf,
                        Moments.perChannel(
                                tf, floating(rewrite.operand(norms.get(i).input()))));
            }
            this.graph = rewrite.finish();
        }
    }

    private void fetch(Ops tf, Moments moments) {
        fetches.add(TensorRef.of(tf.dtypes.cast(moments.count(), TFloat64.class)));
        fetches.add(TensorRef.of(moments.mean()));
        fetches.add(TensorRef.of(moments.variance()));
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
     * @param layers the moments of each layer's output
     * @param norms the moments of each channel of each batch normalisation's input
     */
    record Outcome(List<SampleMoments> layers, List<List<SampleMoments>> norms) {

        /** Returns the moments of both pieces of the batch together. */
        Outcome merge(Outcome other) {
            List<SampleMoments> merged = merge(layers, other.layers);
            List<List<SampleMoments>> mergedNorms = new ArrayList<>();
            for (int i = 0; i < norms.size(); i++) {
                mergedNorms.add(merge(norms.get(i), other.norms.get(i)));
            }
            return new Outcome(merged, mergedNorms);
        }

        private static List<SampleMoments> merge(List<SampleMoments> some, List<SampleMoments> more) {
            List<SampleMoments> merged = new ArrayList<>();
            for (int i = 0; i < some.size(); i++) {
                merged.add(some.get(i).merge(more.get(i)));
            }
            return merged;
        }
    }

    /** Runs the graph once, with inputs and weights fed already. */
    Outcome run(TfRun run) {
        List<OnnxTensor> results = run.fetch(fetches);
        List<SampleMoments> found = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            found.addAll(moments(results, i));
        }
        List<List<SampleMoments>> channels = new ArrayList<>();
        for (int i = layers; i < layers + norms; i++) {
            channels.add(moments(results, i));
        }
        return new Outcome(found, channels);
    }

    private static List<SampleMoments> moments(List<OnnxTensor> results, int position) {
        double[] means = results.get(3 * position + 1).toDoubles();
        double[] variances = results.get(3 * position + 2).toDoubles();
        long count = (long) results.get(3 * position).toDoubles()[0] / means.length;
        List<SampleMoments> moments = new ArrayList<>();
        for (int i = 0; i < means.length; i++) {
            moments.add(new SampleMoments(count, means[i], variances[i]));
        }
        return moments;
    }
}
