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

    private final OnnxGraph graph;
    private SmallIntegers integers;

    PackedBlocks(OnnxGraph graph) {
        this.graph = graph;
        this.integers = new SmallIntegers(graph, Map.of());
    }

    /**
     * Returns the blocks into which an output is taken apart; empty if it is not.
     *
     * @param axis the axis of the channels, as {@link OutputChannels} has it
     * @param channels their number
     */
    List<Block> of(String value, int axis, long channels) {
        integers = new SmallIntegers(graph, Map.of(value, new SmallIntegers.Axis(axis, channels)));
        List<OnnxNode> readers = graph.consumers(value).stream()
                .filter(node -> !node.is("Shape"))
                .toList();
        if (readers.isEmpty() || graph.isOutput(value)) {
            return List.of();
        }
        if (readers.size() == 1 && readers.get(0).is("Split")) {
            return isAlong(readers.get(0), value, axis, channels)
                    ? blocks(splitSizes(readers.get(0), channels), channels)
                    : List.of();
        }
        if (readers.size() == 1 && readers.get(0).is("Reshape") && axis == -1) {
            return keepsChannels(readers.get(0), channels)
                    ? of(readers.get(0).output(0), axis, channels)
                    : counted(readers.get(0), channels);
        }
        return readers.size() > 1 && readers.stream().allMatch(node -> node.is("Slice"))
                ? sliced(readers, value, axis, channels)
                : List.of();
    }

    /** A matrix product over tokens is often flattened before and given its axes back behind. */
    private boolean keepsChannels(OnnxNode reshape, long channels) {
        List<Optional<Long>> target = target(reshape);
        return !target.isEmpty() && target.get(target.size() - 1).equals(Optional.of(channels));
    }

    private static List<Block> blocks(List<Long> sizes, long channels) {
        if (sizes.size() < 2 || sizes.stream().anyMatch(size -> size <= 0)) {
            return List.of();
        }
        List<Block> blocks = new ArrayList<>();
        long from = 0;
        for (long size : sizes) {
            blocks.add(new Block((blocks.size() + 1) + " of " + sizes.size(), from, from + size));
            from += size;
        }
        return from == channels ? blocks : List.of();
    }

    /** Where the rank is not known, sizes that are given and make the channels say enough. */
    private boolean isAlong(OnnxNode split, String value, int axis, long channels) {
        long found = split.attributes().intOr("axis", 0);
        boolean given = split.attributes().has("split") || !split.input(1).isEmpty();
        return isAxis(found, value, axis)
                || (rank(value).isEmpty()
                        && found > 0
                        && axis < 0
                        && given
                        && splitSizes(split, channels).stream()
                                        .mapToLong(size -> size)
                                        .sum()
                                == channels);
    }

    private Optional<Integer> rank(String value) {
        return graph.declared(value).flatMap(OnnxValue::shape).map(shape -> shape.rank());
    }

    private boolean isAxis(long found, String value, int axis) {
        if (found == axis) {
            return true;
        }
        Optional<Integer> rank = rank(value);
        return rank.isPresent() && Math.floorMod(found, rank.get()) == Math.floorMod(axis, rank.get());
    }

    private List<Long> splitSizes(OnnxNode split, long channels) {
        Optional<long[]> sizes = split.attributes().ints("split").or(() -> integers(split, 1));
        if (sizes.isPresent()) {
            return boxed(sizes.get());
        }
        int parts = split.outputs().size();
        if (!split.input(1).isEmpty() || channels % parts != 0) {
            return List.of();
        }
        return Collections.nCopies(parts, channels / parts);
    }

    private List<Block> sliced(List<OnnxNode> slices, String value, int axis, long channels) {
        List<long[]> ranges = new ArrayList<>();
        for (OnnxNode slice : slices) {
            long[] range = range(slice, value, axis, channels);
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
        return blocks(sizes, channels);
    }

    private long[] range(OnnxNode slice, String value, int axis, long channels) {
        long[] starts =
                slice.attributes().ints("starts").or(() -> integers(slice, 1)).orElse(new long[0]);
        long[] ends =
                slice.attributes().ints("ends").or(() -> integers(slice, 2)).orElse(new long[0]);
        long[] axes =
                slice.attributes().ints("axes").or(() -> integers(slice, 3)).orElse(new long[0]);
        long[] steps =
                slice.input(4).isEmpty() ? new long[] {1} : integers(slice, 4).orElse(new long[0]);
        boolean plain =
                starts.length == 1 && ends.length == 1 && axes.length == 1 && steps.length == 1 && steps[0] == 1;
        if (!plain || !isAxis(axes[0], value, axis)) {
            return new long[0];
        }
        long from = starts[0] < 0 ? starts[0] + channels : starts[0];
        long to = ends[0] < 0 ? ends[0] + channels : Math.min(ends[0], channels);
        return from >= 0 && from < to ? new long[] {from, to} : new long[0];
    }

    /** (…, n·h·d) becomes (…, n, h, d), usually with n moved to the front, and each reader takes one of n. */
    private List<Block> counted(OnnxNode reshape, long channels) {
        List<Optional<Long>> target = target(reshape);
        String value = reshape.output(0);
        List<OnnxNode> readers = graph.consumers(value);
        long[] perm = new long[0];
        if (readers.size() == 1 && readers.get(0).is("Transpose")) {
            OnnxNode transpose = readers.get(0);
            perm = transpose.attributes().ints("perm").orElse(new long[0]);
            value = transpose.output(0);
            readers = graph.consumers(value);
            if (perm.length != target.size()) {
                return List.of();
            }
        }
        if (readers.isEmpty() || graph.isOutput(value)) {
            return List.of();
        }
        for (int axis = 1; axis < target.size() - 1; axis++) {
            long count = target.get(axis).orElse(0L);
            int place = perm.length == 0 ? axis : axisAfter(perm, axis);
            boolean taken = counts(target.subList(axis, target.size()), channels)
                    && readers.stream().allMatch(node -> takesOne(node, place, target.size(), count));
            if (taken) {
                return blocks(Collections.nCopies((int) count, channels / count), channels);
            }
        }
        return List.of();
    }

    /** Tells whether the last axes, of which one size may be left to the run, can make the channels. */
    private static boolean counts(List<Optional<Long>> sizes, long channels) {
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
                    && integers(node, 1).filter(indices -> indices.length == 1).isPresent();
        }
        return node.is("Split") && along && splitSizes(node, count).stream().allMatch(size -> size == 1);
    }

    /** Returns the sizes of a target shape, those that are stored in the file. */
    private List<Optional<Long>> target(OnnxNode reshape) {
        Optional<long[]> stored = reshape.attributes().ints("shape").or(() -> integers(reshape, 1));
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

    private Optional<long[]> integers(OnnxNode node, int input) {
        return integers.of(node.input(input));
    }

    private static List<Long> boxed(long[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
