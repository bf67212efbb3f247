package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.MatrixOps;
import org.lsuv.tf.onnximport.ops.attention.DotProduct;
import org.lsuv.tf.onnximport.ops.attention.Heads;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/** Converts Attention, which makes queries, keys and values itself: columns of one matrix, one block each. */
final class PackedAttentionConverter {
    private static final int BIAS = 2;
    private static final int MASK = 3;
    private static final int PAST = 4;
    private static final int ADDED = 5;

    private PackedAttentionConverter() {}

    static List<Operand<?>> attention(NodeContext node) {
        if (node.attributes().flag("do_rotary") || node.attributes().flag("past_present_share_buffer")) {
            throw node.unsupported("rotary positions and a past that shares its memory with the present");
        }
        Ops tf = node.tf();
        if (node.rank(0) != 3 || node.rank(1) != 2) {
            throw node.malformed("expected an input of batch x sequence x hidden and a matrix, got the shapes "
                    + node.shape(0) + " and " + node.shape(1));
        }
        Operand<TNumber> product = node.linear(MatrixOps.matMul(node, node.input(0), node.input(1)));
        Operand<TNumber> biased =
                node.inner("qkv", node.has(BIAS) ? tf.math.add(product, node.<TNumber>input(BIAS)) : product);
        List<Operand<TNumber>> parts = split(node, biased);
        Operand<TNumber> q = parts.get(0);
        Operand<TNumber> k = parts.get(1);
        Operand<TNumber> v = parts.get(2);
        if (node.has(PAST)) {
            if (node.rank(PAST) != 5) {
                throw node.malformed("expected a past with 5 axes, got the shape " + node.shape(PAST));
            }
            Operand<TNumber> past = node.input(PAST);
            k = tf.concat(List.of(tf.gather(past, tf.constant(0), tf.constant(0)), k), tf.constant(2));
            v = tf.concat(List.of(tf.gather(past, tf.constant(1), tf.constant(0)), v), tf.constant(2));
        }
        Operand<TNumber> scores = DotProduct.scores(node, q, k, DotProduct.scale(node, q));
        Operand<TNumber> masked = HiddenKeys.push(node, scores, MASK);
        Operand<TNumber> sum = node.has(ADDED) ? tf.math.add(masked, node.<TNumber>input(ADDED)) : masked;
        List<Operand<?>> results =
                new ArrayList<>(List.of(Heads.merge(tf, DotProduct.weighted(node, tf.nn.softmax(sum), v))));
        if (node.wants(1)) {
            results.add(tf.stack(List.of(k, v)));
        }
        return results;
    }

    /** Returns queries, keys and values by heads. */
    private static List<Operand<TNumber>> split(NodeContext node, Operand<TNumber> packed) {
        Ops tf = node.tf();
        long heads = node.attributes().requireInt("num_heads");
        long width = packed.shape().get(2);
        long[] sizes = node.attributes().ints("qkv_hidden_sizes").orElse(new long[] {width / 3, width / 3, width / 3});
        if (sizes.length != 3
                || LongStream.of(sizes).sum() != width
                || LongStream.of(sizes).anyMatch(size -> size < 1)) {
            throw node.malformed("the matrix has " + width + " columns; expected "
                    + (sizes.length == 3 ? "the sum of " : "three blocks, not ") + Arrays.toString(sizes));
        }
        List<Operand<TNumber>> parts = new ArrayList<>();
        tf.splitV(packed, tf.constant(sizes), tf.constant(2), 3L)
                .output()
                .forEach(part -> parts.add(Heads.split(node, part, heads)));
        return parts;
    }
}
