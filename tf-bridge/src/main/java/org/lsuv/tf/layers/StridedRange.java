package org.lsuv.tf.layers;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.tf.TensorRef;
import org.tensorflow.proto.NodeDef;

/** Reads a {@code StridedSlice} that cuts one axis. */
final class StridedRange {
    private StridedRange() {}

    /** Returns from and to where an axis is cut; empty where other axes are, too, or steps are wider than 1. */
    static Optional<long[]> of(GraphView graph, NodeDef slice, int axis, long size) {
        Optional<long[]> begins = graph.integers(GraphView.input(slice, 1));
        Optional<long[]> ends = graph.integers(GraphView.input(slice, 2));
        Optional<long[]> steps = graph.integers(GraphView.input(slice, 3));
        boolean reshapes = mask(slice, "new_axis_mask") != 0 || mask(slice, "shrink_axis_mask") != 0;
        if (begins.isEmpty() || ends.isEmpty() || steps.isEmpty() || reshapes) {
            return Optional.empty();
        }
        int entry = entry(graph, slice, begins.get().length, axis);
        if (entry < 0) {
            return Optional.empty();
        }
        if (!leavesOthers(slice, begins.get().length, entry)
                || Arrays.stream(steps.get()).anyMatch(step -> step != 1)) {
            return Optional.empty();
        }
        long from = ((mask(slice, "begin_mask") >> entry) & 1) == 1 ? 0 : counted(begins.get()[entry], size);
        long to = ((mask(slice, "end_mask") >> entry) & 1) == 1 ? size : counted(ends.get()[entry], size);
        return from >= 0 && from < to ? Optional.of(new long[] {from, to}) : Optional.empty();
    }

    /** Tells whether a slice takes one index of an axis, which goes, and all of the others. */
    static boolean takesOne(GraphView graph, NodeDef slice, int axis) {
        Optional<long[]> begins = graph.integers(GraphView.input(slice, 1));
        if (begins.isEmpty() || mask(slice, "new_axis_mask") != 0) {
            return false;
        }
        int entry = entry(graph, slice, begins.get().length, axis);
        return entry >= 0
                && mask(slice, "shrink_axis_mask") == 1L << entry
                && leavesOthers(slice, begins.get().length, entry);
    }

    private static boolean leavesOthers(NodeDef slice, int entries, int entry) {
        long whole = (mask(slice, "begin_mask") & mask(slice, "end_mask")) | mask(slice, "ellipsis_mask");
        return IntStream.range(0, entries).allMatch(i -> i == entry || ((whole >> i) & 1) == 1);
    }

    /** Returns which entry of the specification holds an axis, −1 where an ellipsis covers it. */
    private static int entry(GraphView graph, NodeDef slice, int entries, int axis) {
        long ellipsis = mask(slice, "ellipsis_mask");
        if (ellipsis == 0) {
            return axis < entries ? axis : -1;
        }
        int place = Long.numberOfTrailingZeros(ellipsis);
        TensorRef value = GraphView.input(slice, 0);
        int fromEnd = graph.rank(value).orElse(0) - axis;
        if (axis < place) {
            return axis;
        }
        return entries - fromEnd > place ? entries - fromEnd : -1;
    }

    private static long counted(long index, long size) {
        return index < 0 ? index + size : Math.min(index, size);
    }

    private static long mask(NodeDef slice, String name) {
        return slice.getAttrOrThrow(name).getI();
    }
}
