package org.lsuv.tf.savedmodel;

import java.util.Optional;

/**
 * Says which part of a SavedModel is imported.
 *
 * @param tags the tags of the meta graph, with commas between them; empty for the one that serves, or the only one
 * @param signature the signature; empty for {@code serving_default}, or the only one
 */
public record SavedModelOptions(Optional<String> tags, Optional<String> signature) {

    /** Returns the options that fit most. */
    public static SavedModelOptions defaults() {
        return new SavedModelOptions(Optional.empty(), Optional.empty());
    }

    /** Returns these options with other tags. */
    public SavedModelOptions withTags(String newTags) {
        return new SavedModelOptions(Optional.of(newTags), signature);
    }

    /** Returns these options with another signature. */
    public SavedModelOptions withSignature(String newSignature) {
        return new SavedModelOptions(tags, Optional.of(newSignature));
    }
}
