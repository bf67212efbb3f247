package org.lsuv.onnx;

import java.util.Optional;

/** Reads what {@code Constant} nodes hold, in whichever of the operator's attributes it stands. */
public final class ConstantNode {
    private ConstantNode() {}

    /**
     * Returns the tensor that a node holds; empty if it is no {@code Constant}.
     *
     * @throws OnnxFormatException if the node is a {@code Constant} that holds nothing
     * @throws UnsupportedModelException if it holds a sparse tensor
     */
    public static Optional<OnnxTensor> value(OnnxNode node) {
        if (!node.is("Constant")) {
            return Optional.empty();
        }
        OnnxAttributes attributes = node.attributes();
        String name = node.output(0);
        if (attributes.has("sparse_value")) {
            throw new UnsupportedModelException(node.describe() + ": sparse constants are not supported");
        }
        return Optional.of(attributes
                .tensor("value")
                .map(tensor -> tensor.withName(name))
                .or(() -> attributes.floats("value_floats").map(values -> vector(name, values)))
                .or(() -> attributes
                        .ints("value_ints")
                        .map(values -> OnnxTensor.ofLongs(name, new long[] {values.length}, values)))
                .or(() -> attributes
                        .strings("value_strings")
                        .map(values -> OnnxTensor.ofStrings(name, new long[] {values.size()}, values)))
                .or(() -> scalar(name, attributes))
                .orElseThrow(() -> new OnnxFormatException(node.describe() + ": holds no value")));
    }

    private static OnnxTensor vector(String name, float[] values) {
        return OnnxTensor.ofFloats(name, new long[] {values.length}, values);
    }

    private static Optional<OnnxTensor> scalar(String name, OnnxAttributes attributes) {
        long[] shape = {};
        if (attributes.has("value_float")) {
            return Optional.of(OnnxTensor.ofFloats(name, shape, attributes.floatOr("value_float", 0)));
        } else if (attributes.has("value_int")) {
            return Optional.of(OnnxTensor.ofLongs(name, shape, attributes.requireInt("value_int")));
        } else if (attributes.has("value_string")) {
            return Optional.of(
                    OnnxTensor.ofStrings(name, shape, java.util.List.of(attributes.requireString("value_string"))));
        }
        return Optional.empty();
    }
}
