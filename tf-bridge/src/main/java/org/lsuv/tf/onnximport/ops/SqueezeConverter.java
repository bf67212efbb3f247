package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.math.Cumsum;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Converts Squeeze and Unsqueeze, whose axes are an attribute before version 13 and an input since. */
final class SqueezeConverter {
    private SqueezeConverter() {}

    static Operand<?> squeeze1(NodeContext node) {
        Optional<long[]> axes = node.attributes().ints("axes");
        return axes.isPresent() ? squeeze(node, axes.get()) : squeezeAll(node);
    }

    static Operand<?> squeeze13(NodeContext node) {
        if (!node.has(1)) {
            return squeezeAll(node);
        }
        Optional<long[]> axes = node.constant(1).map(tensor -> tensor.toLongs());
        return axes.isPresent() ? squeeze(node, axes.get()) : squeezeComputed(node);
    }

    private static Operand<?> squeeze(NodeContext node, long[] axes) {
        Operand<TType> x = node.input(0);
        int[] positions = Axes.positions(node, axes, node.rank(0));
        for (int position : positions) {
            long size = x.shape().get(position);
            if (size >= 0 && size != 1) {
                throw node.malformed("axis " + position + " of shape " + x.shape() + " is not of size 1");
            }
        }
        if (positions.length == 0) {
            return node.tf().identity(x);
        }
        List<Long> squeezed = Arrays.stream(positions).mapToObj(Long::valueOf).toList();
        return node.tf().squeeze(x, Squeeze.axis(squeezed));
    }

    private static Operand<?> squeezeAll(NodeContext node) {
        Shape shape = node.shape(0);
        if (shape.hasUnknownDimension()) {
            throw node.unsupported("without axes the sizes of the input must be known, but they are " + shape
                    + "; export the model with fixed shapes");
        }
        long[] kept = LongStream.of(shape.asArray()).filter(size -> size != 1).toArray();
        return node.tf().reshape(node.input(0), node.tf().constant(kept));
    }

    private static Operand<?> squeezeComputed(NodeContext node) {
        Ops tf = node.tf();
        int rank = node.rank(0);
        int resultRank = rank - axisCount(node);
        if (resultRank < 0) {
            throw node.malformed("there are more axes to squeeze than the rank of " + rank);
        }
        Operand<TInt64> kept =
                tf.reshape(tf.where(tf.math.logicalNot(named(node, rank))), tf.constant(new long[] {resultRank}));
        return tf.reshape(node.input(0), tf.gather(Dims.of(tf, node.input(0)), kept, tf.constant(0)));
    }

    static Operand<?> unsqueeze1(NodeContext node) {
        return unsqueeze(node, node.attributes().requireInts("axes"));
    }

    static Operand<?> unsqueeze13(NodeContext node) {
        Optional<long[]> axes = node.constant(1).map(tensor -> tensor.toLongs());
        return axes.isPresent() ? unsqueeze(node, axes.get()) : unsqueezeComputed(node);
    }

    private static Operand<?> unsqueeze(NodeContext node, long[] axes) {
        Operand<TType> result = node.input(0);
        // Axes count in the result; inserted in rising order they end up where they belong.
        int[] positions = Axes.positions(node, axes, node.rank(0) + axes.length);
        Arrays.sort(positions);
        for (int position : positions) {
            result = node.tf().expandDims(result, node.tf().constant(position));
        }
        return positions.length == 0 ? node.tf().identity(result) : result;
    }

    private static Operand<?> unsqueezeComputed(NodeContext node) {
        Ops tf = node.tf();
        int rank = node.rank(0) + axisCount(node);
        Operand<TBool> inserted = named(node, rank);
        Operand<TInt64> kept = tf.dtypes.cast(tf.math.logicalNot(inserted), TInt64.class);
        // Sizes with a 1 in front: what is inserted takes that one.
        Operand<TInt64> sizes =
                tf.concat(List.of(tf.constant(new long[] {1}), Dims.of(tf, node.input(0))), tf.constant(0));
        Operand<TInt64> source = tf.math.mul(kept, tf.math.cumsum(kept, tf.constant(0), Cumsum.exclusive(false)));
        return tf.reshape(node.input(0), tf.gather(sizes, source, tf.constant(0)));
    }

    private static int axisCount(NodeContext node) {
        long count = node.shape(1).isUnknown() ? -1 : node.shape(1).size();
        if (count < 0) {
            throw node.unsupported("the number of axes in \"" + node.node().input(1) + "\" is not known");
        }
        return Math.toIntExact(count);
    }

    /** Tells for each axis of a value of this rank whether input 1 names it. */
    private static Operand<TBool> named(NodeContext node, int rank) {
        Ops tf = node.tf();
        Operand<TInt64> axes = tf.reshape(node.<TInt64>input(1), tf.constant(new long[] {-1, 1}));
        Operand<TInt64> positions = tf.math.floorMod(axes, tf.constant((long) rank));
        Operand<TInt64> all = tf.constant(LongStream.range(0, rank).toArray());
        return tf.reduceAny(tf.math.equal(positions, all), tf.constant(0));
    }
}
