package org.lsuv.tf.onnximport;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfTypes;
import org.tensorflow.Operand;

/**
 * Knows the ONNX types of computed values that TensorFlow carries in a wider type, where the file does
 * not declare them.
 */
final class ValueTypes {
    private static final Set<String> COUNTING = Set.of("Shape", "Size", "ArgMax", "ArgMin", "NonZero");
    private static final Set<String> WITH_INDICES = Set.of("TopK", "Unique", "MaxPool");

    private final Map<String, OnnxType> types = new HashMap<>();

    Optional<OnnxType> of(String name) {
        return Optional.ofNullable(types.get(name));
    }

    void define(String name, OnnxType type) {
        types.put(name, type);
    }

    /**
     * Gives an output the type of the first input that is carried as the output is: most operators keep
     * the type of what they compute from, and those that do not say so themselves.
     */
    void infer(OnnxNode node, int output, Operand<?> result, GraphValues values) {
        boolean indices = COUNTING.contains(node.opType()) || (output > 0 && WITH_INDICES.contains(node.opType()));
        if (indices) {
            return;
        }
        OnnxType carrying = TfTypes.onnxType(result.type());
        node.inputs().stream()
                .filter(name -> !name.isEmpty() && !values.isComposite(name))
                .map(values::type)
                .filter(type -> TfTypes.isSupported(type) && TfTypes.computeType(type) == result.type())
                .findFirst()
                .filter(type -> type != carrying)
                .ifPresent(type -> define(node.output(output), type));
    }
}
