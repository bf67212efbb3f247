package org.lsuv.tf.init;

import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TfInput;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.tensorflow.proto.GraphDef;

/** Sends a batch through graphs, with the weights of the moment. */
final class Passes {
    private final TfModel model;
    private final List<Map<String, OnnxTensor>> pieces;
    private final NewWeights weights;
    private final TfOptions options;
    private int count;

    Passes(TfModel model, List<Map<String, OnnxTensor>> pieces, NewWeights weights, TfOptions options) {
        if (pieces.isEmpty()) {
            throw new IllegalArgumentException("the batch has no pieces");
        }
        this.model = model;
        this.pieces = List.copyOf(pieces);
        this.weights = weights;
        this.options = options;
    }

    /** Returns how many pieces the batch has. */
    int pieces() {
        return pieces.size();
    }

    /** Returns how many passes there were; the pieces of one batch are one. */
    int count() {
        return count;
    }

    /** Solves for scales on the first piece of the batch. */
    ScalingGraph.Outcome scale(ScalingGraph scaling, Map<LayerGroup, double[]> aims) {
        try (TfRun run = open(scaling.graph())) {
            feed(run, pieces.get(0));
            count++;
            return scaling.run(run, aims);
        }
    }

    /** Measures the whole batch. */
    MeasuringGraph.Outcome measure(MeasuringGraph measuring, Progress progress) {
        try (TfRun run = open(measuring.graph())) {
            count++;
            MeasuringGraph.Outcome all = piece(measuring, run, 0, progress);
            for (int i = 1; i < pieces.size(); i++) {
                all = all.merge(piece(measuring, run, i, progress));
            }
            progress.report(Progress.Phase.MEASURING, pieces.size(), pieces.size());
            return all;
        }
    }

    private MeasuringGraph.Outcome piece(MeasuringGraph measuring, TfRun run, int index, Progress progress) {
        progress.report(Progress.Phase.MEASURING, index, pieces.size());
        feed(run, pieces.get(index));
        return measuring.run(run);
    }

    private TfRun open(GraphDef graph) {
        TfRun run = TfRun.open(graph, options);
        weights.feed(run);
        return run;
    }

    private void feed(TfRun run, Map<String, OnnxTensor> piece) {
        for (TfInput input : model.inputs()) {
            OnnxTensor value = piece.get(input.name());
            if (value == null) {
                throw new IllegalArgumentException("the batch holds no values for input \"" + input.name() + "\"");
            }
            run.feed(input.tensor(), value);
        }
    }
}
