package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.Size;
import org.lsuv.tf.onnximport.ops.attention.AttentionMask;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/** Converts normalisations of a sum. */
final class SkipNormalizationOps {
    private SkipNormalizationOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.many("SkipLayerNormalization", 1, SkipNormalizationOps::skipLayerNormalization);
        ops.many("SkipSimplifiedLayerNormalization", 1, SkipNormalizationOps::skipSimplifiedLayerNormalization);
        ops.many("EmbedLayerNormalization", 1, SkipNormalizationOps::embedLayerNormalization);
        ops.one("GroupNorm", 1, node -> groupNorm(node, node.input(0)));
        ops.many("SkipGroupNorm", 1, SkipNormalizationOps::skipGroupNorm);
    }

    private static List<Operand<?>> skipLayerNormalization(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> sum = sum(node, 4);
        Operand<TNumber> mean = mean(tf, sum);
        Operand<TNumber> centred = tf.math.sub(sum, mean);
        Operand<TNumber> inverse = inverseRoot(node, mean(tf, tf.math.square(centred)));
        Operand<TNumber> scaled = tf.math.mul(tf.math.mul(centred, inverse), node.<TNumber>input(2));
        Operand<TNumber> y = node.has(3) ? tf.math.add(scaled, node.<TNumber>input(3)) : scaled;
        return List.of(y, mean, inverse, sum);
    }

    /** The second output would be a mean, which this normalisation does not subtract. */
    private static List<Operand<?>> skipSimplifiedLayerNormalization(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> sum = sum(node, 3);
        Operand<TNumber> inverse = inverseRoot(node, mean(tf, tf.math.square(sum)));
        Operand<TNumber> y = tf.math.mul(tf.math.mul(sum, inverse), node.<TNumber>input(2));
        return List.of(y, tf.zerosLike(inverse), inverse, sum);
    }

    private static Operand<TNumber> sum(NodeContext node, int bias) {
        Ops tf = node.tf();
        Operand<TNumber> sum = tf.math.add(node.<TNumber>input(0), node.<TNumber>input(1));
        return node.has(bias) ? tf.math.add(sum, node.<TNumber>input(bias)) : sum;
    }

    private static Operand<TNumber> mean(Ops tf, Operand<TNumber> x) {
        return tf.math.mean(x, tf.constant(-1), Mean.keepDims(true));
    }

    private static Operand<TNumber> inverseRoot(NodeContext node, Operand<TNumber> square) {
        Ops tf = node.tf();
        float epsilon = node.attributes().floatOr("epsilon", 1e-12f);
        return tf.math.rsqrt(tf.math.add(square, ElementTypes.scalar(tf, square, epsilon)));
    }

    private static List<Operand<?>> embedLayerNormalization(NodeContext node) {
        Ops tf = node.tf();
        Operand<TInt32> ids = node.input(0);
        if (node.rank(0) != 2) {
            throw node.malformed("expected ids of batch x sequence, got the shape " + node.shape(0));
        }
        Operand<TInt32> zero = tf.constant(0);
        Operand<TInt32> positions = node.has(8) ? node.input(8) : AttentionMask.keys(tf, Size.of(tf, ids, 1));
        Operand<TNumber> sum = tf.math.add(
                tf.gather(node.<TNumber>input(2), ids, zero), tf.gather(node.<TNumber>input(3), positions, zero));
        if (node.has(1) != node.has(4)) {
            throw node.malformed("segment_ids and segment_embedding must be given together");
        }
        if (node.has(1)) {
            sum = tf.math.add(sum, tf.gather(node.<TNumber>input(4), node.<TInt32>input(1), zero));
        }
        Operand<TNumber> centred = tf.math.sub(sum, mean(tf, sum));
        Operand<TNumber> inverse = inverseRoot(node, mean(tf, tf.math.square(centred)));
        Operand<TNumber> scaled = tf.math.mul(tf.math.mul(centred, inverse), node.<TNumber>input(5));
        Operand<TNumber> y = tf.math.add(scaled, node.<TNumber>input(6));
        // Without a mask the lengths are there, but say nothing.
        Operand<TInt32> lengths = node.has(7)
                ? tf.sum(node.<TInt32>input(7), tf.constant(1))
                : tf.fill(tf.stack(List.of(Size.of(tf, ids, 0).operand())), zero);
        return List.of(y, lengths, sum);
    }

    /** Returns the normalised value and the sum, which is the second output. */
    private static List<Operand<?>> skipGroupNorm(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        Operand<TNumber> skip = node.input(3);
        if (node.rank(3) == 2) {
            int space = last(node) ? 1 : 2;
            skip = tf.expandDims(tf.expandDims(skip, tf.constant(space)), tf.constant(space));
        }
        Operand<TNumber> sum = tf.math.add(x, skip);
        if (node.has(4)) {
            sum = tf.math.add(sum, perChannel(node, 4));
        }
        return List.of(groupNorm(node, sum), sum);
    }

    private static boolean last(NodeContext node) {
        return node.attributes().intOr("channels_last", 1) != 0;
    }

    private static Operand<TNumber> perChannel(NodeContext node, int input) {
        Operand<TNumber> values = ElementTypes.as(
                node.tf(), node.input(input), node.<TNumber>input(0).type());
        return last(node) ? values : Channels.along(node.tf(), values, node.rank(0));
    }

    private static Operand<TNumber> groupNorm(NodeContext node, Operand<TNumber> x) {
        Ops tf = node.tf();
        int rank = node.rank(0);
        int axis = last(node) ? rank - 1 : 1;
        long channels = x.shape().get(axis);
        long groups = node.attributes().requireInt("groups");
        if (rank < 3 || channels < 0) {
            throw node.unsupported("an input of the shape " + x.shape() + "; the channels must be known");
        }
        if (groups < 1 || channels % groups != 0) {
            throw node.malformedAttribute("groups", groups + " does not divide " + channels + " channels");
        }
        List<Size> sizes = new ArrayList<>();
        List<Integer> reduced = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            if (i == axis) {
                sizes.add(Size.of(tf, groups));
                sizes.add(Size.of(tf, channels / groups));
                reduced.add(i + 1);
            } else {
                sizes.add(Size.of(tf, x, i));
                if (i > 0) {
                    reduced.add(i > axis ? i + 1 : i);
                }
            }
        }
        Operand<TInt32> over = tf.constant(reduced.stream().mapToInt(i -> i).toArray());
        Operand<TNumber> grouped = tf.reshape(x, Size.vector(tf, sizes));
        Operand<TNumber> centred = tf.math.sub(grouped, tf.math.mean(grouped, over, Mean.keepDims(true)));
        Operand<TNumber> variance = tf.math.mean(tf.math.square(centred), over, Mean.keepDims(true));
        float epsilon = node.attributes().floatOr("epsilon", 1e-5f);
        Operand<TNumber> inverse = tf.math.rsqrt(tf.math.add(variance, ElementTypes.scalar(tf, x, epsilon)));
        Operand<TNumber> normal = tf.ensureShape(tf.reshape(tf.math.mul(centred, inverse), tf.shape(x)), x.shape());
        Operand<TNumber> y = tf.math.add(tf.math.mul(normal, perChannel(node, 1)), perChannel(node, 2));
        long activation = node.attributes().requireInt("activation");
        if (activation != 0 && activation != 1) {
            throw node.malformedAttribute("activation", "expected 0 or 1, got " + activation);
        }
        return activation == 0 ? y : tf.math.mul(y, tf.math.sigmoid(y));
    }
}
