package org.lsuv.tf.layers;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.tf.TensorRef;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.NodeDef;

/**
 * Finds blocks of channels that a reshape counts on an axis of its own, of which each reader then takes one: (…,
 * n·h·d) becomes (…, n, h, d), often with n moved to the front.
 *
 * @param graph the graph
 */
record CountedBlocks(GraphView graph) {
    private static final int MOST = 64;

    /** Returns the number of blocks; 0 where there are none. */
    long of(NodeDef reshape, long channels) {
        TensorRef viewed = GraphView.output(reshape);
        Shape shape = graph.shape(viewed);
        if (shape.isUnknown()) {
            return 0;
        }
        long trailing = 1;
        for (int axis = shape.numDimensions() - 1; axis > 0; axis--) {
            long size = shape.get(axis);
            if (size <= 0 || trailing > channels / size) {
                return 0;
            }
            trailing *= size;
            if (trailing == channels && size > 1) {
                boolean counts = size <= MOST && axis < shape.numDimensions() - 1 && isTakenApart(viewed, axis);
                return counts ? size : 0;
            }
        }
        return 0;
    }

    private boolean isTakenApart(TensorRef viewed, int axis) {
        Optional<NodeDef> transpose =
                graph.onlyReader(viewed).filter(node -> node.getOp().equals("Transpose"));
        if (transpose.isEmpty()) {
            return areTaken(viewed, axis);
        }
        return graph.integers(GraphView.input(transpose.get(), 1))
                .map(perm -> IntStream.range(0, perm.length)
                        .filter(i -> perm[i] == axis)
                        .anyMatch(place -> areTaken(GraphView.output(transpose.get()), place)))
                .orElse(false);
    }

    private boolean areTaken(TensorRef value, int axis) {
        List<NodeDef> readers = graph.readers(value);
        return !readers.isEmpty()
                && !graph.isOutput(value)
                && readers.stream().allMatch(node -> takesOne(node, value, axis));
    }

    private boolean takesOne(NodeDef node, TensorRef value, int axis) {
        int rank = graph.shape(value).numDimensions();
        boolean first = GraphView.input(node, 0).equals(value);
        return switch (node.getOp()) {
            case "Split" ->
                isAlong(node, 0, rank, axis) && node.getAttrOrThrow("num_split").getI() == graph.size(value, axis);
            case "SplitV" ->
                first
                        && isAlong(node, 2, rank, axis)
                        && graph.integers(GraphView.input(node, 1))
                                .filter(sizes -> Arrays.stream(sizes).allMatch(size -> size == 1))
                                .isPresent();
            case "Unpack" -> Math.floorMod(node.getAttrOrThrow("axis").getI(), (long) rank) == axis;
            case "StridedSlice" -> first && StridedRange.takesOne(graph, node, axis);
            case "GatherV2" ->
                first && graph.rank(GraphView.input(node, 1)).orElse(-1) == 0 && isAlong(node, 2, rank, axis);
            default -> false;
        };
    }

    private boolean isAlong(NodeDef node, int input, int rank, int axis) {
        return graph.integers(GraphView.input(node, input))
                .filter(found -> found.length == 1 && Math.floorMod(found[0], (long) rank) == axis)
                .isPresent();
    }
}
