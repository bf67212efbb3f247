package org.lsuv.tf.layers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsuv.onnx.layers.OutputChannels.Block;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/**
 * Finds products that several layers share: all that reads the output takes it apart along the channels.
 *
 * @param graph the graph
 */
record PackedBlocks(GraphView graph) {
    private static final int MOST = 64;

    /** Returns the blocks into which an output is taken apart; empty if it is not. */
    List<Block> of(Place output, long channels) {
        Optional<Place> next = output.next(graph, channels);
        if (next.isPresent() && next.get().axis().isPresent()) {
            return of(next.get(), channels);
        }
        TensorRef value = output.tensor();
        List<NodeDef> readers = graph.readers(value);
        OptionalInt rank = graph.rank(value);
        if (readers.isEmpty()
                || graph.isOutput(value)
                || rank.isEmpty()
                || output.axis().isEmpty()) {
            return List.of();
        }
        int axis = Math.floorMod(output.axis().getAsInt(), rank.getAsInt());
        if (readers.size() > 1) {
            return sliced(readers, value, axis, channels);
        }
        NodeDef node = readers.get(0);
        return switch (node.getOp()) {
            case "Split" ->
                isAlong(GraphView.input(node, 0), axis, rank.getAsInt())
                        ? even(node.getAttrOrThrow("num_split").getI(), channels)
                        : List.of();
            case "SplitV" ->
                isAlong(GraphView.input(node, 2), axis, rank.getAsInt())
                        ? graph.integers(GraphView.input(node, 1))
                                .map(sizes -> resolved(sizes, channels))
                                .orElse(List.of())
                        : List.of();
            case "Reshape" ->
                axis == rank.getAsInt() - 1 ? even(new CountedBlocks(graph).of(node, channels), channels) : List.of();
            default -> List.of();
        };
    }

    private boolean isAlong(TensorRef dimension, int axis, int rank) {
        return graph.integers(dimension)
                .filter(found -> found.length == 1 && Math.floorMod(found[0], (long) rank) == axis)
                .isPresent();
    }

    private static List<Block> even(long count, long channels) {
        return count < 2 || count > MOST || channels % count != 0
                ? List.of()
                : Block.inRow(Collections.nCopies((int) count, channels / count), channels);
    }

    private static List<Block> resolved(long[] sizes, long channels) {
        long known = 0;
        for (long size : sizes) {
            known += Math.max(0, size);
        }
        List<Long> all = new ArrayList<>();
        for (long size : sizes) {
            all.add(size < 0 ? channels - known : size);
        }
        return Block.inRow(all, channels);
    }

    private List<Block> sliced(List<NodeDef> readers, TensorRef value, int axis, long channels) {
        List<long[]> ranges = new ArrayList<>();
        for (NodeDef node : readers) {
            Optional<long[]> range =
                    GraphView.input(node, 0).equals(value) ? range(node, axis, channels) : Optional.empty();
            if (range.isEmpty()) {
                return List.of();
            }
            ranges.add(range.get());
        }
        ranges.sort(Comparator.comparingLong(range -> range[0]));
        List<Long> sizes = new ArrayList<>();
        long from = 0;
        for (long[] range : ranges) {
            if (range[0] != from) {
                return List.of();
            }
            sizes.add(range[1] - range[0]);
            from = range[1];
        }
        return Block.inRow(sizes, channels);
    }

    /** Returns the channels from and to which a slice reaches, if it leaves all other axes whole. */
    private Optional<long[]> range(NodeDef node, int axis, long channels) {
        return switch (node.getOp()) {
            case "Slice" -> plain(node, axis, channels);
            case "StridedSlice" -> StridedRange.of(graph, node, axis, channels);
            default -> Optional.empty();
        };
    }

    private Optional<long[]> plain(NodeDef node, int axis, long channels) {
        Optional<long[]> begins = graph.integers(GraphView.input(node, 1));
        Optional<long[]> sizes = graph.integers(GraphView.input(node, 2));
        if (begins.isEmpty() || sizes.isEmpty() || begins.get().length != sizes.get().length) {
            return Optional.empty();
        }
        for (int i = 0; i < begins.get().length; i++) {
            if (i != axis && (begins.get()[i] != 0 || sizes.get()[i] != -1)) {
                return Optional.empty();
            }
        }
        long from = begins.get()[axis];
        long to = sizes.get()[axis] < 0 ? channels : from + sizes.get()[axis];
        return Optional.of(new long[] {from, to});
    }
}
