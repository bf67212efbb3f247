package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.SavedModelNetwork;
import org.lsuv.tf.savedmodel.SavedModelOptions;
import org.lsuv.tf.savedmodel.SavedModelReader;
import picocli.CommandLine.Option;

/** Holds the options that say which part of a SavedModel is meant. */
final class SourceOptions {
    @Option(
            names = "--tag",
            paramLabel = "TAGS",
            description = "The graph of a SavedModel with these tags, commas between them (default: serve).")
    private @Nullable String tag;

    @Option(
            names = "--signature",
            paramLabel = "NAME",
            description = "The signature of a SavedModel (default: serving_default, or the only one).")
    private @Nullable String signature;

    /** Reads a network of either format. */
    Network read(Path path) throws IOException {
        if (Network.isSavedModel(path)) {
            return SavedModelNetwork.of(SavedModelReader.read(path), savedModel());
        }
        requireNone(path);
        return Network.read(path);
    }

    /** Refuses the options for a model that is no SavedModel. */
    void requireNone(Path path) {
        if (tag != null || signature != null) {
            throw new UsageException("--tag and --signature: " + path + " is no SavedModel");
        }
    }

    SavedModelOptions savedModel() {
        return new SavedModelOptions(Optional.ofNullable(tag), Optional.ofNullable(signature));
    }
}
