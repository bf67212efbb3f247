package org.lsuv.tf.init;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsuv.onnx.OnnxTensor;

/**
 * Holds the outcome of an initialisation.
 *
 * @param layers one result a layer, in execution order
 * @param joins one result a residual join, in execution order; empty where they were not looked for
 * @param unscaled the weights of layers that are initialised and never scaled
 * @param weights the new values of everything that changed, by source name, in their stored type
 * @param notes what a user may want to know, one sentence each
 * @param forwardPasses how many full forward passes over the batch were run
 * @param secondsWeights the time taken to draw new weights
 * @param secondsScaling the time taken by the passes that measure and scale
 * @param secondsMeasuring the time taken by the plain passes that measure the result
 */
public record LsuvReport(
        List<LayerResult> layers,
        List<JoinResult> joins,
        List<UnscaledWeight> unscaled,
        Map<String, OnnxTensor> weights,
        List<String> notes,
        int forwardPasses,
        double secondsWeights,
        double secondsScaling,
        double secondsMeasuring) {
    public LsuvReport {
        layers = List.copyOf(layers);
        joins = List.copyOf(joins);
        unscaled = List.copyOf(unscaled);
        notes = List.copyOf(notes);
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
    }

    /** Tells whether no layer and no join was flagged. */
    public boolean allConverged() {
        return layers.stream().noneMatch(layer -> layer.status() == LayerResult.Status.FLAGGED)
                && joins.stream().noneMatch(join -> join.status() == LayerResult.Status.FLAGGED);
    }

    /** Returns the report alone, so that the weights can go once they are written. */
    public LsuvReport withoutWeights() {
        return with(Map.of(), notes);
    }

    /** Returns the report with other notes. */
    public LsuvReport withNotes(List<String> other) {
        return with(weights, other);
    }

    private LsuvReport with(Map<String, OnnxTensor> newWeights, List<String> newNotes) {
        return new LsuvReport(
                layers,
                joins,
                unscaled,
                newWeights,
                newNotes,
                forwardPasses,
                secondsWeights,
                secondsScaling,
                secondsMeasuring);
    }
}
