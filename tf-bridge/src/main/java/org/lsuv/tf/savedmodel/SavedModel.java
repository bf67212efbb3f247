package org.lsuv.tf.savedmodel;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.bundle.TensorBundle;
import org.tensorflow.proto.MetaGraphDef;

/**
 * Holds a SavedModel: its graphs, by tags, and where its variables lie. Immutable; the values of variables are read
 * from the folder when they are asked for.
 */
public final class SavedModel {
    private static final String SERVE = "serve";
    private static final String DEFAULT_SIGNATURE = "serving_default";
    private static final String INIT_SIGNATURE = "__saved_model_init_op";

    private final Path folder;
    private final String label;
    private final org.tensorflow.proto.SavedModel proto;

    SavedModel(Path folder, String label, org.tensorflow.proto.SavedModel proto) {
        this.folder = folder;
        this.label = label;
        this.proto = proto;
    }

    /** Returns the folder that it was read from. */
    public Path folder() {
        return folder;
    }

    /** Returns the name by which errors call it: that of its folder. */
    public String label() {
        return label;
    }

    org.tensorflow.proto.SavedModel proto() {
        return proto;
    }

    /** Returns the tags of each graph, in the order of the file. */
    public List<Set<String>> tags() {
        return proto.getMetaGraphsList().stream().map(SavedModel::tags).toList();
    }

    private static Set<String> tags(MetaGraphDef graph) {
        return new TreeSet<>(graph.getMetaInfoDef().getTagsList());
    }

    /**
     * Returns the position of the graph that options ask for.
     *
     * @throws UnsupportedModelException if there is none; the message names those that there are
     */
    int graphIndex(SavedModelOptions options) {
        List<Set<String>> all = tags();
        Set<String> wanted =
                new TreeSet<>(Arrays.asList(options.tags().orElse(SERVE).split(",", -1)));
        int found = all.indexOf(wanted);
        if (found < 0 && options.tags().isEmpty() && all.size() == 1) {
            return 0;
        }
        if (found < 0) {
            throw new UnsupportedModelException("has no graph with the tags " + wanted + "; there are " + all)
                    .in(label);
        }
        return found;
    }

    MetaGraphDef graph(SavedModelOptions options) {
        return proto.getMetaGraphs(graphIndex(options));
    }

    /** Returns the signatures of the graph that options ask for, by name; that of the initialisation is none. */
    public Map<String, Signature> signatures(SavedModelOptions options) {
        Map<String, Signature> signatures = new LinkedHashMap<>();
        graph(options).getSignatureDefMap().entrySet().stream()
                .filter(entry -> !entry.getKey().equals(INIT_SIGNATURE))
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> signatures.put(entry.getKey(), Signature.of(entry.getKey(), entry.getValue())));
        return signatures;
    }

    /**
     * Returns the signature that options ask for.
     *
     * @throws UnsupportedModelException if there is none; the message names those that there are
     */
    public Signature signature(SavedModelOptions options) {
        Map<String, Signature> all = signatures(options);
        String wanted = options.signature().orElse(DEFAULT_SIGNATURE);
        Signature found = all.get(wanted);
        if (found == null && options.signature().isEmpty() && all.size() == 1) {
            return all.values().iterator().next();
        }
        if (found == null) {
            throw new UnsupportedModelException("has no signature \"" + wanted + "\"; "
                            + (all.isEmpty()
                                    ? "it has none at all, so that nothing says what its inputs and outputs are"
                                    : "there are " + all.keySet()))
                    .in(label);
        }
        return found;
    }

    /** Returns the common part of the names of the files that hold the variables. */
    Path variables() {
        return folder.resolve("variables").resolve("variables");
    }

    /**
     * Opens the variables; nothing where the model has no such files, as one without variables.
     *
     * @throws org.lsuv.onnx.OnnxFormatException if the index is malformed
     */
    public Optional<TensorBundle> bundle() {
        return Files.exists(folder.resolve("variables").resolve("variables.index"))
                ? Optional.of(TensorBundle.open(variables()))
                : Optional.empty();
    }
}
