package org.lsuv.onnx.data;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxValue;

/**
 * Knows which dimension of a model is that of the batch.
 *
 * @param dim the dimension as the leading input declares it; empty if no input can have one
 */
record BatchAxis(Optional<OnnxShape.Dim> dim) {
    private static final OnnxShape.Dim UNDECLARED = new OnnxShape.Dim(-1, "");

    /** Finds the axis by the rule in {@link DataBatch}. */
    static BatchAxis of(List<OnnxValue> inputs) {
        List<OnnxShape.Dim> firsts =
                inputs.stream().map(BatchAxis::first).flatMap(Optional::stream).toList();
        Optional<OnnxShape.Dim> open =
                firsts.stream().filter(dim -> !dim.isFixed()).findFirst();
        return new BatchAxis(open.or(() -> firsts.stream().findFirst()));
    }

    private static Optional<OnnxShape.Dim> first(OnnxValue input) {
        return input.shape().map(shape -> shape.dims().stream().findFirst()).orElse(Optional.of(UNDECLARED));
    }

    /** Tells whether the first axis of an input is that of the batch. */
    boolean isBatched(OnnxValue input) {
        return first(input).filter(this::isSame).isPresent();
    }

    private boolean isSame(OnnxShape.Dim other) {
        OnnxShape.Dim batch = dim.orElse(other);
        if (batch.isFixed() || other.isFixed()) {
            return batch.size() == other.size() || other.equals(UNDECLARED);
        }
        return batch.symbol().equals(other.symbol()) || batch.equals(UNDECLARED) || other.equals(UNDECLARED);
    }

    /** Returns the axes of an input that are as long as the batch has rows. */
    List<Integer> axes(OnnxValue input, int rank) {
        String symbol = dim.map(OnnxShape.Dim::symbol).orElse("");
        return IntStream.range(0, rank)
                .filter(axis -> axis == 0
                        ? isBatched(input)
                        : !symbol.isEmpty()
                                && input.shape()
                                        .map(shape ->
                                                shape.dims().get(axis).symbol().equals(symbol))
                                        .orElse(false))
                .boxed()
                .toList();
    }
}
