package org.lsuv.tf.savedmodel;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Describes one way to call a SavedModel.
 *
 * @param name the name, such as {@code serving_default}
 * @param inputs what is fed, by key
 * @param outputs what comes back, by key
 */
public record Signature(String name, Map<String, Argument> inputs, Map<String, Argument> outputs) {

    public Signature {
        inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
    }

    /**
     * Describes an input or output.
     *
     * @param tensor the tensor in the meta graph, {@code op:0}; empty for one that is not a dense tensor
     * @param type its type
     * @param shape its shape
     */
    public record Argument(String tensor, DataType type, Shape shape) {
        static Argument of(TensorInfo info) {
            return new Argument(info.getName(), info.getDtype(), shape(info.getTensorShape()));
        }

        private static Shape shape(TensorShapeProto proto) {
            return proto.getUnknownRank()
                    ? Shape.unknown()
                    : Shape.of(proto.getDimList().stream()
                            .mapToLong(TensorShapeProto.Dim::getSize)
                            .toArray());
        }

        @Override
        public String toString() {
            String name = type.name().substring("DT_".length()).toLowerCase(Locale.ROOT);
            return shape.isUnknown()
                    ? name
                    : name
                            + LongStream.of(shape.asArray())
                                    .mapToObj(size -> size < 0 ? "?" : Long.toString(size))
                                    .collect(Collectors.joining(", ", "[", "]"));
        }
    }

    static Signature of(String name, SignatureDef definition) {
        return new Signature(name, arguments(definition.getInputsMap()), arguments(definition.getOutputsMap()));
    }

    /** Sorted by key: the order in the file is that of a hash table. */
    private static Map<String, Argument> arguments(Map<String, TensorInfo> infos) {
        return infos.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> Argument.of(entry.getValue()), (a, b) -> a, LinkedHashMap::new));
    }
}
