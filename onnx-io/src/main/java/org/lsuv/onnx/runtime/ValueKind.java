package org.lsuv.onnx.runtime;

import java.util.Optional;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/**
 * What a measurement needs to know of a value.
 *
 * @param type its type
 * @param lastSize the size of its last axis; −1 where it is not known, 1 of a scalar
 * @param rank the number of axes; 0 where it is not known
 */
record ValueKind(OnnxType type, long lastSize, int rank) {
    /** Of a value of which nothing is known. */
    static final ValueKind UNKNOWN = new ValueKind(OnnxType.UNDEFINED, -1, 0);

    static ValueKind of(OnnxType type, long[] shape) {
        return new ValueKind(type, shape.length == 0 ? 1 : shape[shape.length - 1], shape.length);
    }

    /** Returns what a graph declares of a value. */
    static Optional<ValueKind> declared(OnnxGraph graph, String value) {
        return graph.initializer(value)
                .map(tensor -> of(tensor.type(), tensor.shape()))
                .or(() -> graph.declared(value)
                        .filter(found -> found.type() != OnnxType.UNDEFINED)
                        .flatMap(found -> found.shape().map(shape -> of(found.type(), shape.sizes()))));
    }

    /**
     * Returns what follows from the node that computes a value, where that is enough to measure it: products are of
     * the type of their weights. Images are never so wide that the size of their rows would matter; signals may be.
     */
    static Optional<ValueKind> computed(OnnxGraph graph, String value) {
        return graph.producer(value)
                .filter(node -> node.domain().isEmpty())
                .flatMap(node -> graph.initializer(node.input(1)).flatMap(weight -> product(node, weight)));
    }

    private static Optional<ValueKind> product(OnnxNode node, OnnxTensor weight) {
        return switch (node.opType()) {
            case "Conv", "ConvTranspose" ->
                weight.rank() < 4 ? Optional.empty() : Optional.of(new ValueKind(weight.type(), -1, weight.rank()));
            case "Gemm" -> weight.rank() == 2 ? Optional.of(gemm(node, weight)) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static ValueKind gemm(OnnxNode node, OnnxTensor weight) {
        return new ValueKind(weight.type(), weight.shape()[node.attributes().flag("transB") ? 0 : 1], 2);
    }
}
