package org.lsuv.tf.onnximport.ops.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.lsuv.tf.ControlFlow;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.SequenceValue;
import org.lsuv.tf.onnximport.ops.Axes;
import org.lsuv.tf.onnximport.ops.Dims;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Converts SplitToSequence: into parts of one size, the last one smaller, or of given sizes. */
final class SequenceSplit {
    private static final long MAX_PARTS = 10_000;

    private SequenceSplit() {}

    static Operand<?> splitToSequence(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        int axis = Axes.attribute(node, 0, 0);
        boolean keep = node.has(1) || node.attributes().intOr("keepdims", 1) != 0;
        long size = x.shape().get(axis);
        boolean known = size >= 0
                && size <= MAX_PARTS
                && (!node.has(1) || node.constant(1).isPresent());
        if (!known && node.has(1)) {
            return openParts(node, x, axis);
        }
        if (!known) {
            return rows(node, x, axis, keep);
        }
        long[] sizes = sizes(node, size);
        List<Operand<?>> parts = new ArrayList<>();
        if (sizes.length == 1) {
            parts.add(x);
        } else if (sizes.length > 1) {
            Operand<TInt64> all = tf.constant(sizes);
            parts.addAll(
                    tf.splitV(x, all, tf.constant(axis), (long) sizes.length).output());
        }
        if (!keep) {
            parts.replaceAll(part -> tf.squeeze(part, Squeeze.axis(List.of((long) axis))));
        }
        return SequenceValue.of(x.type(), parts);
    }

    private static Operand<?> openParts(NodeContext node, Operand<TType> x, int axis) {
        Ops tf = node.tf();
        Operand<TInt64> split = tf.dtypes.cast(node.<TType>input(1), TInt64.class);
        if (node.rank(1) == 0) {
            return chunks(tf, x, split, axis);
        }
        long count = node.shape(1).get(0);
        if (count < 1 || count > MAX_PARTS) {
            throw node.unsupported("the number of parts must be known before the graph runs");
        }
        return SequenceValue.of(
                x.type(), tf.splitV(x, split, tf.constant(axis), count).output());
    }

    private static SequenceValue chunks(Ops tf, Operand<TType> x, Operand<TInt64> size, int axis) {
        List<Output<?>> last = ControlFlow.loop(
                tf,
                List.of(tf.constant(0L), Dims.size(tf, x, axis), size, x, SequenceValue.empty(tf, x.type())),
                (inside, state) -> List.of(inside.math.less(number(state.get(0)), number(state.get(1)))),
                (inside, state) -> {
                    Operand<TInt64> end = inside.math.minimum(
                            inside.math.add(number(state.get(0)), number(state.get(2))), number(state.get(1)));
                    Operand<TInt64> indices = inside.range(number(state.get(0)), end, inside.constant(1L));
                    Operand<TType> part =
                            inside.gather(NodeContext.<TType>cast(state.get(3)), indices, inside.constant(axis));
                    SequenceValue before = SequenceValue.ofList(x.type(), state.get(4));
                    return List.of(
                            end,
                            state.get(1),
                            state.get(2),
                            state.get(3),
                            TensorLists.append(inside, before, part).list(inside));
                });
        return SequenceValue.ofList(x.type(), last.get(4));
    }

    private static Operand<TInt64> number(Output<?> value) {
        return NodeContext.cast(value);
    }

    private static long[] sizes(NodeContext node, long size) {
        if (!node.has(1)) {
            return LongStream.generate(() -> 1).limit(size).toArray();
        }
        long[] given = node.constantLongs(1);
        boolean equal = node.constant(1).orElseThrow().rank() == 0;
        if (!equal) {
            if (LongStream.of(given).anyMatch(part -> part < 0)
                    || LongStream.of(given).sum() != size) {
                throw node.malformed("the parts do not add up to " + size);
            }
            return given;
        }
        long part = given[0];
        if (part < 1) {
            throw node.malformed("a part has " + part + " elements; expected at least 1");
        }
        long count = (size + part - 1) / part;
        return LongStream.range(0, count)
                .map(i -> Math.min(part, size - i * part))
                .toArray();
    }

    private static Operand<?> rows(NodeContext node, Operand<TType> x, int axis, boolean keep) {
        Ops tf = node.tf();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, node.rank(0)).boxed().toList());
        order.add(0, order.remove(axis));
        Operand<TType> rows = axis == 0
                ? x
                : tf.linalg.transpose(
                        x, tf.constant(order.stream().mapToInt(i -> i).toArray()));
        Operand<TType> kept = keep ? tf.expandDims(rows, tf.constant(axis + 1)) : rows;
        return SequenceValue.ofList(
                x.type(), SequenceValue.raw(tf, "TensorListFromTensor", x.type(), kept, tf.constant(-1)));
    }
}
