package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Converts Split: into equal parts, into parts of given sizes, or (since 18) with a smaller last part. */
final class SplitConverter {
    private SplitConverter() {}

    static List<Operand<TType>> split1(NodeContext node) {
        Optional<long[]> sizes = node.attributes().ints("split");
        return sizes.isPresent() ? split(node, sizes.get()) : split13(node);
    }

    static List<Operand<TType>> split13(NodeContext node) {
        if (!node.has(1)) {
            return equalParts(node, node.outputCount());
        }
        Optional<long[]> sizes = node.constant(1).map(tensor -> tensor.toLongs());
        return sizes.isPresent() ? split(node, sizes.get()) : split(node, node.<TInt64>input(1));
    }

    static List<Operand<TType>> split18(NodeContext node) {
        if (!node.attributes().has("num_outputs")) {
            return split13(node);
        }
        long parts = node.attributes().requireInt("num_outputs");
        if (parts != node.outputCount()) {
            throw node.malformedAttribute(
                    "num_outputs", "is " + parts + ", but the node has " + node.outputCount() + " outputs");
        }
        long size = node.input(0).shape().get(axis(node));
        return size >= 0 ? split(node, unevenParts(node, size, parts)) : equalParts(node, parts);
    }

    private static long[] unevenParts(NodeContext node, long size, long parts) {
        long part = (size + parts - 1) / parts;
        long last = size - part * (parts - 1);
        if (last < 0) {
            throw node.malformed("a size of " + size + " cannot be split into " + parts + " parts of " + part);
        }
        return LongStream.concat(LongStream.generate(() -> part).limit(parts - 1), LongStream.of(last))
                .toArray();
    }

    private static int axis(NodeContext node) {
        return Axes.attribute(node, 0, 0);
    }

    private static List<Operand<TType>> equalParts(NodeContext node, long parts) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        int axis = axis(node);
        long size = x.shape().get(axis);
        if (size >= 0 && size % parts != 0) {
            throw node.malformed("a size of " + size + " cannot be split into " + parts + " equal parts");
        }
        if (size >= 0 || node.opset() < 18) {
            return tf.split(tf.constant(axis), x, parts).output().stream()
                    .<Operand<TType>>map(part -> part)
                    .toList();
        }
        Operand<TInt64> count = tf.constant(parts);
        Operand<TInt64> part = tf.math.floorDiv(tf.math.add(Dims.size(tf, x, axis), tf.constant(parts - 1)), count);
        // SplitV takes what is left for the part of size −1.
        Operand<TInt64> sizes = tf.concat(
                List.of(tf.fill(tf.constant(new long[] {parts - 1}), part), tf.constant(new long[] {-1})),
                tf.constant(0));
        return split(node, sizes);
    }

    private static List<Operand<TType>> split(NodeContext node, long[] sizes) {
        long size = node.input(0).shape().get(axis(node));
        if (sizes.length != node.outputCount()) {
            throw node.malformed(
                    "expected " + node.outputCount() + " sizes, one for each output, got " + Arrays.toString(sizes));
        }
        if (LongStream.of(sizes).anyMatch(part -> part < 0)
                || (size >= 0 && LongStream.of(sizes).sum() != size)) {
            throw node.malformed("sizes " + Arrays.toString(sizes) + " do not add up to " + size);
        }
        return split(node, node.tf().constant(sizes));
    }

    private static List<Operand<TType>> split(NodeContext node, Operand<TInt64> sizes) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        return tf.splitV(x, sizes, tf.constant(axis(node)), (long) node.outputCount()).output().stream()
                .<Operand<TType>>map(part -> part)
                .toList();
    }
}
