package org.lsuv.tf.onnximport.ops.ml;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.HostTensors;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts LabelEncoder, which looks values up in a table of keys. */
final class LabelEncoderConverter {
    private LabelEncoderConverter() {}

    /** Before version 2 the table is a list of strings, and the numbers are their places in it. */
    static Operand<?> labelEncoder1(NodeContext node) {
        List<String> names = node.attributes().strings("classes_strings").orElse(List.of());
        long[] shape = {names.size()};
        OnnxTensor strings = OnnxTensor.ofStrings("", shape, names);
        long[] places = new long[names.size()];
        Arrays.setAll(places, i -> i);
        OnnxTensor numbers = OnnxTensor.ofLongs("", shape, places);
        boolean fromStrings = node.input(0).type().equals(TString.class);
        return fromStrings ? encoded(node, strings, numbers) : encoded(node, numbers, strings);
    }

    static Operand<?> labelEncoder2(NodeContext node) {
        return encoded(node, list(node, "keys"), list(node, "values"));
    }

    private static OnnxTensor list(NodeContext node, String name) {
        Optional<OnnxTensor> tensor = node.attributes().tensor(name + "_tensor");
        if (tensor.isPresent()) {
            return tensor.get().withShape(tensor.get().elementCount());
        }
        Optional<List<String>> strings = node.attributes().strings(name + "_strings");
        if (strings.isPresent()) {
            return OnnxTensor.ofStrings("", new long[] {strings.get().size()}, strings.get());
        }
        Optional<long[]> integers = node.attributes().ints(name + "_int64s");
        if (integers.isPresent()) {
            return OnnxTensor.ofLongs("", new long[] {integers.get().length}, integers.get());
        }
        float[] floats = node.attributes()
                .floats(name + "_floats")
                .orElseThrow(() -> node.malformed("expected one of " + name + "_tensor, " + name + "_strings, " + name
                        + "_int64s and " + name + "_floats"));
        return OnnxTensor.ofFloats("", new long[] {floats.length}, floats);
    }

    private static OnnxTensor byDefault(NodeContext node, OnnxType type) {
        Optional<OnnxTensor> tensor = node.attributes().tensor("default_tensor");
        if (tensor.isPresent() && tensor.get().elementCount() == 1) {
            return tensor.get().withShape(1);
        }
        long[] one = {1};
        return switch (type) {
            case STRING ->
                OnnxTensor.ofStrings("", one, List.of(node.attributes().stringOr("default_string", "_Unused")));
            case FLOAT, DOUBLE, FLOAT16 ->
                OnnxTensor.ofDoubles("", type, one, node.attributes().floatOr("default_float", -0f));
            default -> OnnxTensor.ofIntegers("", type, one, node.attributes().intOr("default_int64", -1));
        };
    }

    private static Operand<?> encoded(NodeContext node, OnnxTensor keys, OnnxTensor values) {
        if (keys.elementCount() != values.elementCount()) {
            throw node.malformed(
                    "expected as many keys as values, got " + keys.elementCount() + " and " + values.elementCount());
        }
        Ops tf = node.tf();
        OnnxTensor fallback = byDefault(node, values.type());
        if (fallback.type() != values.type()) {
            throw node.malformedAttribute("default_tensor", "differs in type from the values");
        }
        Operand<TType> table = tf.concat(List.of(constant(tf, fallback), constant(tf, values)), tf.constant(0));
        Operand<TType> x = node.input(0);
        Operand<TType> known = constant(tf, keys);
        if (!x.type().equals(known.type())) {
            throw node.malformed("the keys are " + keys.type().label() + ", the input is not");
        }
        Operand<TType> column = tf.expandDims(x, tf.constant(-1));
        Operand<TBool> equal = tf.math.equal(column, known);
        if (ElementTypes.isFloating(x)) {
            Operand<TNumber> left = NodeContext.cast(column);
            Operand<TNumber> right = NodeContext.cast(known);
            equal = tf.math.logicalOr(equal, tf.math.logicalAnd(tf.math.isNan(left), tf.math.isNan(right)));
        }
        // The first entry is the default; of equal keys the last one counts.
        Operand<TInt64> places = tf.range(tf.constant(1L), tf.constant(keys.elementCount() + 1), tf.constant(1L));
        Operand<TInt64> place = tf.math.maximum(
                tf.max(tf.math.mul(tf.dtypes.cast(equal, TInt64.class), places), tf.constant(new long[] {-1})),
                tf.constant(0L));
        return node.typed(0, values.type(), tf.gather(table, place, tf.constant(0)));
    }

    private static Operand<TType> constant(Ops tf, OnnxTensor tensor) {
        try (Tensor value = HostTensors.toTensorFlow(tensor)) {
            return NodeContext.cast(tf.constantOf((TType) value));
        }
    }
}
