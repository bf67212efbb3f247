package org.lsuv.tf.savedmodel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.bundle.TensorBundle;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Finds the values of variables. What restores a variable says where its value lies; for variables that nothing in
 * the graph restores, the objects that hold them and at last their names are asked.
 */
final class VariableValues {
    private static final String ATTRIBUTE = "/.ATTRIBUTES/VARIABLE_VALUE";

    private final MetaGraphDef meta;
    private final Optional<TensorBundle> bundle;
    private final Map<String, RestoreGraph.Place> restored;
    private @Nullable Map<String, String> objects;

    /**
     * Holds a value.
     *
     * @param place where it is stored
     * @param value the value
     */
    record Stored(SavedNetwork.InCheckpoint place, OnnxTensor value) {}

    VariableValues(SavedModel saved, SavedModelOptions options) {
        this.meta = saved.graph(options);
        this.bundle = saved.bundle();
        this.restored = RestoreGraph.places(meta);
    }

    /** Returns the value of a variable, or adds the reason why it has none. */
    Optional<Stored> of(Variables.Variable variable, List<String> problems) {
        if (bundle.isEmpty()) {
            problems.add("variable \"" + variable.name() + "\": there is no variables/variables.index");
            return Optional.empty();
        }
        Optional<SavedNetwork.InCheckpoint> place = place(variable, bundle.get());
        if (place.isEmpty()) {
            problems.add("variable \"" + variable.name()
                    + "\": nothing restores it; save the model anew with model.export(DIR) of a recent Keras");
            return Optional.empty();
        }
        try {
            OnnxTensor value =
                    bundle.get().tensor(place.get().key(), place.get().part());
            if (!fits(variable.shape(), value.shape())) {
                throw new OnnxFormatException("variable \"" + variable.name() + "\": expected the shape "
                        + AttrValues.text(variable.shape()) + ", found " + value);
            }
            return Optional.of(new Stored(place.get(), value));
        } catch (OnnxFormatException | UnsupportedModelException problem) {
            problems.add(String.valueOf(problem.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<SavedNetwork.InCheckpoint> place(Variables.Variable variable, TensorBundle stored) {
        RestoreGraph.Place place = restored.get(variable.name());
        if (place != null && stored.contains(place.key())) {
            return Optional.of(new SavedNetwork.InCheckpoint(place.key(), place.part()));
        }
        if (objects == null) {
            objects = ObjectGraph.keys(meta, stored);
        }
        String key = objects.get(variable.name());
        for (String candidate : new String[] {key, variable.name(), variable.name() + ATTRIBUTE}) {
            if (candidate != null && stored.contains(candidate)) {
                return Optional.of(new SavedNetwork.InCheckpoint(candidate, ""));
            }
        }
        return Optional.empty();
    }

    private static boolean fits(TensorShapeProto expected, long[] found) {
        if (expected.getUnknownRank()) {
            return true;
        }
        boolean fits = expected.getDimCount() == found.length;
        for (int i = 0; fits && i < found.length; i++) {
            long size = expected.getDim(i).getSize();
            fits = size < 0 || size == found[i];
        }
        return fits;
    }
}
