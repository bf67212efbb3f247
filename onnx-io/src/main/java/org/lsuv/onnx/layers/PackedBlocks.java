package org.lsuv.onnx.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsuv.onnx.OnnxGraph;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.layers.OutputChannels.Block;

/**
 * Finds products that several layers share: all that reads the output takes it apart along the channels, by
 * {@code Split}, by {@code Slice}, or by a {@code Reshape} that counts blocks on an axis of its own, of which
 * each reader then takes one index.
 */
final class PackedBlocks {
    private static final int MOST_BLOCKS = 64;
    private static final int MOST_RESHAPES = 8;

    private final OnnxGraph graph;
    private final String value;
    private final int axis;
    private final long channels;
    private final SmallIntegers integers;

    private PackedBlocks(OnnxGraph graph, String value, int axis, long channels) {
        this.graph = graph;
        this.value = value;
        this.axis = axis;
        this.channels = channels;
        this.integers = new SmallIntegers(graph, Map.of(value, new SmallIntegers.Axis(axis, channels)));
    }

    /**
     * Returns the blocks into which an output is taken apart; empty if it is not.
     *
     * @param axis the axis of the channels, as {@link OutputChannels} has it
     * @param channels their number
     */
    static List<Block> of(OnnxGraph graph, String value, int axis, long channels) {
        PackedBlocks place = new PackedBlocks(graph, value, axis, channels);
        Optional<String> behind = place.behindReshape();
        for (int i = 0; behind.isPresent() && i < MOST_RESHAPES; i++) {
            place = new PackedBlocks(graph, behind.get(), axis, channels);
            behind = place.behindReshape();
        }
        return place.find();
    }

    /** A matrix product over tokens is often flattened before and given its axes back behind. */
    private Optional<String> behindReshape() {
        List<OnnxNode> readers = readers();
        boolean reshaped = axis == -1 && readers.size() == 1 && readers.get(0).is("Reshape") && !graph.isOutput(value);
        if (!reshaped) {
            return Optional.empty();
        }
        List<Optional<Long>> target = target(readers.get(0));
        boolean kept = !target.isEmpty() && target.get(target.size() - 1).equals(Optional.of(channels));
        return kept ? Optional.of(readers.get(0).output(0)) : Optional.empty();
    }

    /** Sizes are asked for to find out where to cut. */
    private List<OnnxNode> readers() {
        return graph.consumers(value).stream().filter(node -> !node.is("Shape")).toList();
    }

    private List<Block> find() {
        List<OnnxNode> readers = readers();
        if (readers.isEmpty() || graph.isOutput(value)) {
            return List.of();
        }
        OnnxNode first = readers.get(0);
        if (readers.size() > 1) {
            return readers.stream().allMatch(node -> node.is("Slice")) ? sliced(readers) : List.of();
        }
        if (first.is("Split")) {
            return isAlong(first) ? Block.inRow(splitSizes(first, channels), channels) : List.of();
        }
        return first.is("Reshape") && axis == -1 ? counted(first) : List.of();
    }

    /** Where the rank is not known, sizes that are given and make the channels say enough. */
    private boolean isAlong(OnnxNode split) {
        long found = split.attributes().intOr("axis", 0);
        boolean given = split.attributes().has("split") || !split.input(1).isEmpty();
        return isAxis(found)
                || (rank().isEmpty()
                        && found > 0
                        && axis < 0
                        && given
                        && splitSizes(split, channels).stream()
                                        .mapToLong(size -> size)
                                        .sum()
                                == channels);
    }

    private Optional<Integer> rank() {
        return graph.declared(value).flatMap(OnnxValue::shape).map(shape -> shape.rank());
    }

    private boolean isAxis(long found) {
        if (found == axis) {
            return true;
        }
        Optional<Integer> rank = rank();
        return rank.isPresent() && Math.floorMod(found, rank.get()) == Math.floorMod(axis, rank.get());
    }

    private List<Long> splitSizes(OnnxNode split, long total) {
        Optional<long[]> sizes = integers.of(split, 1, "split");
        if (sizes.isPresent()) {
            return boxed(sizes.get());
        }
        int parts = split.outputs().size();
        if (!split.input(1).isEmpty() || total % parts != 0) {
            return List.of();
        }
        return Collections.nCopies(parts, total / parts);
    }

    private List<Block> sliced(List<OnnxNode> slices) {
        List<long[]> ranges = new ArrayList<>();
        for (OnnxNode slice : slices) {
            long[] range = range(slice);
            if (range.length == 0) {
                return List.of();
            }
            ranges.add(range);
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

    private long[] range(OnnxNode slice) {
        long[] starts = integers.of(slice, 1, "starts").orElse(new long[0]);
        long[] ends = integers.of(slice, 2, "ends").orElse(new long[0]);
        long[] axes = integers.of(slice, 3, "axes").orElse(new long[0]);
        long[] steps = slice.input(4).isEmpty()
                ? new long[] {1}
                : integers.of(slice.input(4)).orElse(new long[0]);
        boolean plain =
                starts.length == 1 && ends.length == 1 && axes.length == 1 && steps.length == 1 && steps[0] == 1;
        if (!plain || !isAxis(axes[0])) {
            return new long[0];
        }
        long from = starts[0] < 0 ? starts[0] + channels : starts[0];
        long to = ends[0] < 0 ? ends[0] + channels : Math.min(ends[0], channels);
        return from >= 0 && from < to ? new long[] {from, to} : new long[0];
    }

    /** (…, n·h·d) becomes (…, n, h, d), usually with n moved to the front, and each reader takes one of n. */
    private List<Block> counted(OnnxNode reshape) {
        List<Optional<Long>> target = target(reshape);
        String viewed = reshape.output(0);
        List<OnnxNode> readers = graph.consumers(viewed);
        long[] perm = new long[0];
        if (readers.size() == 1 && readers.get(0).is("Transpose")) {
            OnnxNode transpose = readers.get(0);
            perm = transpose.attributes().ints("perm").orElse(new long[0]);
            viewed = transpose.output(0);
            readers = graph.consumers(viewed);
            if (perm.length != target.size()) {
                return List.of();
            }
        }
        if (readers.isEmpty() || graph.isOutput(viewed)) {
            return List.of();
        }
        for (int i = 1; i < target.size() - 1; i++) {
            long count = target.get(i).orElse(0L);
            int place = perm.length == 0 ? i : axisAfter(perm, i);
            boolean taken = counts(target.subList(i, target.size()))
                    && readers.stream().allMatch(node -> takesOne(node, place, target.size(), count));
            if (taken) {
                return Block.inRow(Collections.nCopies((int) count, channels / count), channels);
            }
        }
        return List.of();
    }

    /** Tells whether the last axes, of which one size may be left to the run, can make the channels. */
    private boolean counts(List<Optional<Long>> sizes) {
        long count = sizes.get(0).orElse(0L);
        long open = sizes.stream().filter(size -> size.orElse(-1L) <= 0).count();
        if (count < 2 || count > MOST_BLOCKS || open > 1) {
            return false;
        }
        long product = 1;
        for (Optional<Long> size : sizes) {
            long known = Math.max(1, size.orElse(1L));
            if (known > channels || channels % (product * known) != 0) {
                return false;
            }
            product *= known;
        }
        return open == 1 || product == channels;
    }

    private static int axisAfter(long[] perm, int axis) {
        for (int i = 0; i < perm.length; i++) {
            if (perm[i] == axis) {
                return i;
            }
        }
        return -1;
    }

    private boolean takesOne(OnnxNode node, int axis, int rank, long count) {
        boolean along = Math.floorMod(node.attributes().intOr("axis", 0), (long) rank) == axis;
        if (node.is("Gather")) {
            return along
                    && integers.of(node.input(1))
                            .filter(indices -> indices.length == 1)
                            .isPresent();
        }
        return node.is("Split") && along && splitSizes(node, count).stream().allMatch(size -> size == 1);
    }

    /** Returns the sizes of a target shape, those that are stored in the file. */
    private List<Optional<Long>> target(OnnxNode reshape) {
        Optional<long[]> stored = integers.of(reshape, 1, "shape");
        List<Optional<Long>> sizes = new ArrayList<>();
        if (stored.isPresent()) {
            boxed(stored.get()).forEach(size -> sizes.add(Optional.of(size)));
            return sizes;
        }
        Optional<OnnxNode> concat = graph.producer(reshape.input(1)).filter(node -> node.is("Concat"));
        if (concat.isPresent()) {
            for (String input : concat.get().inputs()) {
                Optional<long[]> piece = integers.of(input);
                if (piece.isPresent()) {
                    boxed(piece.get()).forEach(size -> sizes.add(Optional.of(size)));
                } else {
                    sizes.add(Optional.empty());
                }
            }
        }
        return sizes;
    }

    private static List<Long> boxed(long[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
