package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that take ranges of elements. */
final class SliceOps {
    /** Stands for the end of an axis, whatever its size. */
    private static final long END = Long.MAX_VALUE;

    /** Stands for the place in front of an axis, at which steps backwards end. */
    private static final long FRONT = -Long.MAX_VALUE;

    private SliceOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("StridedSlice", SliceOps::stridedSlice);
        ops.add("Slice", SliceOps::slice);
        ops.add("ReverseV2", SliceOps::reverse);
    }

    /**
     * Describes what happens to one axis.
     *
     * @param axis the axis of the tensor
     * @param spec its place in the list of ranges
     * @param shrinks whether it goes
     */
    private record Range(int axis, int spec, boolean shrinks) {}

    /** Holds the ranges of a StridedSlice, and where it adds axes to its result. */
    private record Ranges(List<Range> ranges, List<Long> added) {
        static Ranges of(NodeExport node, int specs) {
            List<Range> ranges = new ArrayList<>();
            List<Long> added = new ArrayList<>();
            int axis = 0;
            int out = 0;
            for (int i = 0; i < specs; i++) {
                if (bit(node, "ellipsis_mask", i)) {
                    int behind = 0;
                    for (int j = i + 1; j < specs; j++) {
                        behind += bit(node, "new_axis_mask", j) ? 0 : 1;
                    }
                    int skipped = node.rank(0) - behind - axis;
                    axis += skipped;
                    out += skipped;
                } else if (bit(node, "new_axis_mask", i)) {
                    added.add((long) out++);
                } else {
                    boolean shrinks = bit(node, "shrink_axis_mask", i);
                    ranges.add(new Range(axis++, i, shrinks));
                    out += shrinks ? 0 : 1;
                }
            }
            return new Ranges(ranges, added);
        }

        private static boolean bit(NodeExport node, String mask, int index) {
            return ((node.integer(mask) >> index) & 1) == 1;
        }

        List<Integer> shrunk() {
            return ranges.stream().filter(Range::shrinks).map(Range::axis).toList();
        }
    }

    private static void stridedSlice(NodeExport node) {
        long specs = node.shape(1).isUnknown() ? -1 : node.shape(1).get(0);
        if (specs < 0) {
            throw node.unsupported("the number of ranges is not known");
        }
        Ranges ranges = Ranges.of(node, (int) specs);
        long[] steps = node.integers(3);
        // A new axis has no place in another order.
        Optional<Order> order = ranges.added().isEmpty() ? node.order(0) : Optional.empty();
        String value = order.map(by -> node.in(0, by)).orElseGet(() -> node.in(0));
        List<Integer> shrunk = ranges.shrunk();
        value = sliced(node, value, ranges.ranges(), steps, order);
        List<Long> gone = shrunk.stream()
                .map(axis -> (long) order.map(by -> by.position(axis)).orElse(axis))
                .sorted()
                .toList();
        value = node.squeeze(value, gone);
        value = node.unsqueeze(value, ranges.added());
        if (order.isPresent()) {
            node.give(0, node.draft("Identity", value), order.get().without(shrunk));
        } else {
            node.is(0, value);
        }
    }

    private static String sliced(
            NodeExport node, String value, List<Range> ranges, long[] steps, Optional<Order> order) {
        List<Range> taken = ranges.stream()
                .filter(range -> range.shrinks() || !isWhole(node, range, steps))
                .toList();
        if (taken.isEmpty()) {
            return value;
        }
        String axes = node.longs(taken.stream()
                .map(range -> (long) order.map(by -> by.position(range.axis())).orElse(range.axis()))
                .toList());
        String step = node.longs(taken.stream()
                .map(range -> range.shrinks() ? 1 : steps[range.spec()])
                .toList());
        Optional<OnnxTensor> begin = node.constant(1);
        Optional<OnnxTensor> end = node.constant(2);
        String from = begin.isPresent()
                ? node.longs(taken.stream()
                        .map(range -> begin(node, range, begin.get().toLongs(), steps))
                        .toList())
                : computed(node, 1, taken, steps);
        boolean known = begin.isPresent() && (end.isPresent() || taken.stream().allMatch(Range::shrinks));
        String to = known
                ? node.longs(taken.stream()
                        .map(range -> end(
                                node,
                                range,
                                begin.get().toLongs(),
                                end.map(OnnxTensor::toLongs).orElse(new long[0]),
                                steps))
                        .toList())
                : computed(node, 2, taken, steps);
        return node.add("Slice", value, from, to, axes, step);
    }

    private static boolean isWhole(NodeExport node, Range range, long[] steps) {
        return steps[range.spec()] == 1
                && Ranges.bit(node, "begin_mask", range.spec())
                && Ranges.bit(node, "end_mask", range.spec());
    }

    private static long begin(NodeExport node, Range range, long[] begin, long[] steps) {
        if (!range.shrinks() && Ranges.bit(node, "begin_mask", range.spec())) {
            return steps[range.spec()] > 0 ? 0 : END;
        }
        return begin[range.spec()];
    }

    private static long end(NodeExport node, Range range, long[] begin, long[] end, long[] steps) {
        if (range.shrinks()) {
            return begin[range.spec()] == -1 ? END : begin[range.spec()] + 1;
        }
        if (Ranges.bit(node, "end_mask", range.spec())) {
            return steps[range.spec()] > 0 ? END : FRONT;
        }
        return end[range.spec()];
    }

    /** Takes begins or ends from a computed list, those that a mask leaves open from a constant one. */
    private static String computed(NodeExport node, int input, List<Range> taken, long[] steps) {
        String mask = input == 1 ? "begin_mask" : "end_mask";
        List<Long> places = taken.stream().map(range -> (long) range.spec()).toList();
        List<Long> open = new ArrayList<>();
        List<Boolean> masked = new ArrayList<>();
        for (Range range : taken) {
            boolean forward = steps[range.spec()] > 0;
            open.add(input == 1 ? forward ? 0 : END : forward ? END : FRONT);
            masked.add(!range.shrinks() && Ranges.bit(node, mask, range.spec()));
        }
        String value = node.add("Gather", node.inLongs(input), node.longs(places));
        if (input == 2 && taken.stream().anyMatch(Range::shrinks)) {
            String next = node.add("Add", node.add("Gather", node.inLongs(1), node.longs(places)), node.longs(1L));
            String atEnd = node.add("Equal", next, node.longs(0L));
            String single = node.add("Where", atEnd, node.longs(END), next);
            value = node.add(
                    "Where", truths(node, taken.stream().map(Range::shrinks).toList()), single, value);
        }
        return masked.contains(true) ? node.add("Where", truths(node, masked), node.longs(open), value) : value;
    }

    private static String truths(NodeExport node, List<Boolean> values) {
        long[] bits = values.stream().mapToLong(value -> value ? 1 : 0).toArray();
        return node.store(OnnxTensor.ofIntegers("", OnnxType.BOOL, new long[] {bits.length}, bits));
    }

    private static void slice(NodeExport node) {
        int rank = node.rank(0);
        Optional<Order> order = node.order(0);
        Order by = order.orElseGet(() -> Order.identity(rank));
        String axes = node.longs(IntStream.range(0, rank)
                .mapToObj(axis -> (long) by.position(axis))
                .toList());
        Optional<OnnxTensor> begin = node.constant(1);
        Optional<OnnxTensor> size = node.constant(2);
        String to;
        if (begin.isPresent() && size.isPresent()) {
            long[] from = begin.get().toLongs();
            long[] sizes = size.get().toLongs();
            to = node.longs(IntStream.range(0, rank)
                    .mapToObj(i -> sizes[i] < 0 ? END : from[i] + sizes[i])
                    .toList());
        } else {
            String open = node.add("Less", node.inLongs(2), node.longs(0L));
            to = node.add("Where", open, node.longs(END), node.add("Add", node.inLongs(1), node.inLongs(2)));
        }
        node.give(0, node.draft("Slice", node.in(0, by), node.inLongs(1), to, axes), by);
    }

    private static void reverse(NodeExport node) {
        int rank = node.rank(0);
        Order order = node.order(0).orElseGet(() -> Order.identity(rank));
        List<Long> axes = LongStream.of(node.integers(1))
                .mapToObj(axis -> (long) order.position(Math.floorMod((int) axis, rank)))
                .toList();
        if (axes.isEmpty()) {
            node.passes(0, 0);
            return;
        }
        node.give(
                0,
                node.draft(
                        "Slice",
                        node.in(0, order),
                        node.longs(axes.stream().map(axis -> -1L).toList()),
                        node.longs(axes.stream().map(axis -> FRONT).toList()),
                        node.longs(axes),
                        node.longs(axes.stream().map(axis -> -1L).toList())),
                order);
    }
}
