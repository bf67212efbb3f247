package org.lsuv.tf.savedmodel;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lsuv.tf.TfModel;

/**
 * Holds an imported SavedModel, with what it takes to store new weights in it.
 *
 * @param saved the SavedModel
 * @param options what was imported of it
 * @param model the network
 * @param places where each weight is stored, by its name
 */
public record SavedNetwork(
        SavedModel saved, SavedModelOptions options, TfModel model, Map<String, WeightPlace> places) {

    public SavedNetwork {
        places = Collections.unmodifiableMap(new LinkedHashMap<>(places));
    }

    /** Says where a weight is stored. */
    public sealed interface WeightPlace {}

    /**
     * Names a tensor in the checkpoint.
     *
     * @param key its key
     * @param part which part of it, as {@code RestoreV2} writes it; empty for the whole
     */
    public record InCheckpoint(String key, String part) implements WeightPlace {}

    /**
     * Names a constant in the graph.
     *
     * @param function the function that has it; empty for the graph itself
     * @param node its name there
     */
    public record InGraph(String function, String node) implements WeightPlace {}
}
