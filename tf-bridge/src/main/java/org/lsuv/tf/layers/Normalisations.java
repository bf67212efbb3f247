package org.lsuv.tf.layers;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.onnx.layers.WeightPath;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/**
 * Reads operations as batch normalisations in inference form.
 *
 * @param graph the graph
 * @param tracer what finds stored statistics
 */
record Normalisations(GraphView graph, WeightTracer tracer) {
    private static final Set<String> FUSED = Set.of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3");

    /** Returns the batch normalisation that an operation is, or is the last of. */
    Optional<BatchNorm> of(NodeDef node) {
        if (FUSED.contains(node.getOp())) {
            return fused(node);
        }
        return Set.of("Add", "AddV2").contains(node.getOp()) ? spelled(node) : Optional.empty();
    }

    private Optional<BatchNorm> fused(NodeDef node) {
        boolean training = node.getAttrMap().get("is_training") == null || GraphView.flag(node, "is_training");
        if (training) {
            return Optional.empty();
        }
        int axis = GraphView.text(node, "data_format", "NHWC").startsWith("NC") ? 1 : -1;
        return norm(node, GraphView.input(node, 0), axis, own(GraphView.input(node, 3)), own(GraphView.input(node, 4)));
    }

    private static Optional<BatchNorm> norm(
            NodeDef node, TensorRef input, int axis, Optional<WeightPath> mean, Optional<WeightPath> variance) {
        return mean.isPresent() && variance.isPresent()
                ? Optional.of(new BatchNorm(
                        node.getName(),
                        input,
                        axis,
                        mean.get().source(),
                        variance.get().source()))
                : Optional.empty();
    }

    /** Statistics that something else reads, too, cannot be set for one normalisation alone. */
    private Optional<WeightPath> own(TensorRef tensor) {
        TensorRef current = tensor;
        while (graph.readers(current).size() == 1 && !graph.isOutput(current)) {
            if (tracer.isWeight(current)) {
                return tracer.trace(tensor);
            }
            NodeDef maker = graph.producer(current);
            if (!WeightTracer.REARRANGING.contains(maker.getOp())) {
                return Optional.empty();
            }
            current = GraphView.input(maker, 0);
        }
        return Optional.empty();
    }

    /** Reads x·m + (β − μ·m) with m = γ / √(σ² + ε): the spelling of {@code tf.nn.batch_normalization}. */
    private Optional<BatchNorm> spelled(NodeDef sum) {
        for (int i = 0; i < 2; i++) {
            Optional<NodeDef> scaled = made(GraphView.input(sum, i), "Mul");
            Optional<TensorRef> shift = shift(GraphView.input(sum, 1 - i));
            if (scaled.isEmpty() || shift.isEmpty()) {
                continue;
            }
            Optional<NodeDef> meanTerm = made(shift.get(), "Mul");
            for (int side = 0; meanTerm.isPresent() && side < 2; side++) {
                TensorRef factor = GraphView.input(scaled.get(), side);
                Optional<TensorRef> mean = other(meanTerm.get(), factor);
                if (mean.isPresent()) {
                    TensorRef values = GraphView.input(scaled.get(), 1 - side);
                    return spelled(sum, values, factor, mean.get());
                }
            }
        }
        return Optional.empty();
    }

    private Optional<BatchNorm> spelled(NodeDef sum, TensorRef values, TensorRef factor, TensorRef mean) {
        OptionalInt axis = axis(values, mean);
        return axis.isPresent()
                ? norm(sum, values, axis.getAsInt(), own(mean), variance(factor).flatMap(this::own))
                : Optional.empty();
    }

    /** Returns what is subtracted from β, or negated where there is none. */
    private Optional<TensorRef> shift(TensorRef tensor) {
        return made(tensor, "Sub")
                .map(node -> GraphView.input(node, 1))
                .or(() -> made(tensor, "Neg").map(node -> GraphView.input(node, 0)));
    }

    private static Optional<TensorRef> other(NodeDef product, TensorRef factor) {
        List<TensorRef> inputs = GraphView.inputs(product);
        int place = inputs.indexOf(factor);
        return place < 0 ? Optional.empty() : Optional.of(inputs.get(1 - place));
    }

    private Optional<TensorRef> variance(TensorRef factor) {
        Optional<NodeDef> root = made(factor, "Rsqrt");
        for (int i = 0; i < 2 && root.isEmpty(); i++) {
            int side = i;
            root = made(factor, "Mul").flatMap(node -> made(GraphView.input(node, side), "Rsqrt"));
        }
        return root.flatMap(node -> sum(GraphView.input(node, 0)))
                .flatMap(node -> GraphView.inputs(node).stream()
                        .filter(input -> tracer.trace(input).isPresent())
                        .findFirst());
    }

    private Optional<NodeDef> sum(TensorRef tensor) {
        return made(tensor, "AddV2").or(() -> made(tensor, "Add"));
    }

    private Optional<NodeDef> made(TensorRef tensor, String operation) {
        NodeDef node = graph.producer(tensor);
        return node.getOp().equals(operation) ? Optional.of(node) : Optional.empty();
    }

    /** Statistics vary along one axis, which is the last one unless axes of size 1 follow. */
    private OptionalInt axis(TensorRef values, TensorRef mean) {
        Optional<WeightPath> path = tracer.trace(mean);
        if (path.isEmpty() || graph.rank(values).isEmpty()) {
            return OptionalInt.empty();
        }
        List<Long> shape = path.get().operandShape();
        int[] varying =
                IntStream.range(0, shape.size()).filter(i -> shape.get(i) != 1).toArray();
        return varying.length == 1 && shape.size() <= graph.rank(values).getAsInt()
                ? OptionalInt.of(varying[0] - shape.size())
                : OptionalInt.empty();
    }
}
