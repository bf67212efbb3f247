package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.attention.DotProduct;
import org.lsuv.tf.onnximport.ops.attention.Heads;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Converts MultiHeadAttention. Queries, keys and values come apart, or packed as batch × sequence × heads ×
 * (2 or 3) × size; keys and values of another sequence may come spread over heads already.
 */
final class MultiHeadAttentionConverter {
    private static final int BIAS = 3;
    private static final int MASK = 4;
    private static final int ADDED = 5;
    private static final int PAST_KEY = 6;
    private static final int PAST_VALUE = 7;

    private final NodeContext node;
    private final Ops tf;
    private final long heads;

    private MultiHeadAttentionConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        this.heads = node.attributes().requireInt("num_heads");
    }

    static List<Operand<?>> multiHeadAttention(NodeContext node) {
        if (node.has(8) || node.has(9)) {
            throw node.unsupported("a past that shares its memory with the present");
        }
        return new MultiHeadAttentionConverter(node).convert();
    }

    private List<Operand<?>> convert() {
        List<Operand<TNumber>> parts = parts();
        Operand<TNumber> q = parts.get(0);
        Operand<TNumber> k = Heads.withPast(node, PAST_KEY, parts.get(1));
        Operand<TNumber> v = Heads.withPast(node, PAST_VALUE, parts.get(2));
        Operand<TNumber> scores = DotProduct.scores(node, q, k, DotProduct.scale(node, q));
        Operand<TNumber> masked = HiddenKeys.push(node, scores, MASK);
        Operand<TNumber> sum = node.has(ADDED) ? tf.math.add(masked, node.<TNumber>input(ADDED)) : masked;
        Operand<TNumber> y = DotProduct.weighted(node, tf.nn.softmax(sum), v);
        return List.of(Heads.merge(tf, y), tf.identity(k), tf.identity(v), tf.identity(scores));
    }

    private List<Operand<TNumber>> parts() {
        if (!node.has(1)) {
            return unpacked(0, 3);
        }
        List<Operand<TNumber>> parts = new ArrayList<>();
        if (node.rank(0) != 3) {
            throw node.malformed("expected queries of batch x sequence x hidden, got the shape " + node.shape(0));
        }
        parts.add(Heads.split(node, biased(node.input(0), 0), heads));
        if (!node.has(2)) {
            parts.addAll(unpacked(1, 2));
        } else if (node.rank(1) == 4 && node.rank(2) == 4) {
            parts.add(node.input(1));
            parts.add(node.input(2));
        } else {
            parts.add(Heads.split(node, biased(node.input(1), 1), heads));
            parts.add(Heads.split(node, biased(node.input(2), 2), heads));
        }
        return parts;
    }

    /** Returns the parts of a packed input, spread over heads. */
    private List<Operand<TNumber>> unpacked(int input, int count) {
        if (node.rank(input) != 5
                || node.shape(input).get(2) != heads
                || node.shape(input).get(3) != count) {
            throw node.malformed("expected batch x sequence x " + heads + " x " + count + " x size, got the shape "
                    + node.shape(input));
        }
        Operand<TNumber> packed = node.input(input);
        List<Operand<TNumber>> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Operand<TNumber> part = tf.gather(packed, tf.constant(i), tf.constant(3));
            Operand<TNumber> bias = bias(3 - count + i, packed.shape().get(4) * heads);
            parts.add(Heads.swap(
                    tf,
                    bias == null
                            ? part
                            : tf.math.add(part, tf.reshape(bias, tf.constant(new int[] {Math.toIntExact(heads), -1
                            })))));
        }
        return parts;
    }

    private Operand<TNumber> biased(Operand<TNumber> x, int part) {
        Operand<TNumber> bias = bias(part, node.shape(0).get(-1));
        return bias == null ? x : tf.math.add(x, bias);
    }

    /** Returns the part of the bias that belongs to queries, keys or values; the first two have one size. */
    private @Nullable Operand<TNumber> bias(int part, long size) {
        if (!node.has(BIAS)) {
            return null;
        }
        if (size < 1 || size > Integer.MAX_VALUE / 2) {
            throw node.unsupported("a hidden size that is not known before the graph runs");
        }
        Operand<TInt32> from = tf.constant(new int[] {Math.toIntExact(part * size)});
        Operand<TInt32> length = tf.constant(new int[] {part == 2 ? -1 : Math.toIntExact(size)});
        return tf.slice(node.input(BIAS), from, length);
    }
}
