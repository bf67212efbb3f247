package org.lsuv.tf.onnximport.ops.attention;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Converts Attention: softmax(mask(cap(scale · Q · Kᵀ))) · V. The key at position j is seen by query i of
 * a causal attention if j ≤ i + offset, where the offset counts the keys in front of the first query.
 */
final class AttentionConverter {
    private static final int MASK = 3;
    private static final int PAST_KEY = 4;
    private static final int PAST_VALUE = 5;
    private static final int FILLED = 6;

    private final NodeContext node;
    private final Ops tf;
    private final boolean packed;
    private final Operand<TNumber> queries;
    private final Operand<TNumber> keys;
    private final Operand<TNumber> values;
    private final Size queryCount;
    private final Size keyCount;

    private AttentionConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        int rank = node.rank(0);
        if ((rank != 3 && rank != 4) || node.rank(1) != rank || node.rank(2) != rank) {
            throw node.malformed("expected Q, K and V with 3 or 4 axes each, got " + rank + ", " + node.rank(1)
                    + " and " + node.rank(2));
        }
        if (node.has(PAST_KEY) != node.has(PAST_VALUE)) {
            throw node.malformed("past_key and past_value must be given together");
        }
        this.packed = rank == 3;
        this.queries = heads(0, "q_num_heads");
        this.keys = Heads.withPast(node, PAST_KEY, heads(1, "kv_num_heads"));
        this.values = Heads.withPast(node, PAST_VALUE, heads(2, "kv_num_heads"));
        this.queryCount = Size.of(tf, queries, 2);
        this.keyCount = Size.of(tf, keys, 2);
    }

    private Operand<TNumber> heads(int input, String attribute) {
        Operand<TNumber> x = node.input(input);
        return packed ? Heads.split(node, x, node.attributes().requireInt(attribute)) : x;
    }

    static List<Operand<?>> attention(NodeContext node) {
        return new AttentionConverter(node).convert();
    }

    private List<Operand<?>> convert() {
        Operand<TNumber> scores = DotProduct.scores(node, queries, keys, DotProduct.scale(node, queries));
        Operand<TNumber> capped = DotProduct.capped(node, scores);
        AttentionMask mask = mask();
        Operand<TNumber> masked = mask.apply(capped);
        Operand<TNumber> probabilities = mask.withoutHiddenRows(softmax(masked));
        Operand<TNumber> y = DotProduct.weighted(node, probabilities, like(values, queries));
        long mode = node.attributes().intOr("qk_matmul_output_mode", 0);
        if (mode < 0 || mode > 3) {
            throw node.malformedAttribute("qk_matmul_output_mode", "expected 0, 1, 2 or 3, got " + mode);
        }
        Operand<TNumber> shown = List.of(scores, capped, masked, probabilities).get((int) mode);
        return List.of(packed ? Heads.merge(tf, y) : y, tf.identity(keys), tf.identity(values), tf.identity(shown));
    }

    private Operand<TNumber> softmax(Operand<TNumber> scores) {
        long precision = node.attributes().intOr("softmax_precision", 0);
        Class<? extends TNumber> type = switch ((int) precision) {
            case 0 -> scores.type();
            // The 16-bit types are computed in float32 like everywhere.
            case 1, 10, 16 -> TFloat32.class;
            case 11 -> TFloat64.class;
            default ->
                throw node.malformedAttribute("softmax_precision", "expected a floating-point type, got " + precision);
        };
        return ElementTypes.as(tf, tf.nn.softmax(ElementTypes.as(tf, scores, type)), scores.type());
    }

    private Operand<TNumber> like(Operand<TNumber> x, Operand<TNumber> other) {
        return ElementTypes.as(tf, x, other.type());
    }

    private AttentionMask mask() {
        AttentionMask mask = new AttentionMask(node, queries, Double.NEGATIVE_INFINITY);
        if (node.has(MASK)) {
            given(mask);
        }
        window(mask);
        if (node.has(FILLED)) {
            Operand<TInt32> filled = tf.reshape(filled(), tf.constant(new int[] {-1, 1, 1, 1}));
            mask.allow(tf.math.less(AttentionMask.keys(tf, keyCount), filled));
        }
        return mask;
    }

    private Operand<TInt32> filled() {
        return tf.dtypes.cast(node.<TInt64>input(FILLED), TInt32.class);
    }

    private void given(AttentionMask mask) {
        if (node.rank(MASK) < 1 || node.rank(MASK) > 4) {
            throw node.malformed("expected a mask of 1 to 4 axes, got " + node.rank(MASK));
        }
        Operand<TType> raw = node.input(MASK);
        if (ElementTypes.is(raw, TBool.class)) {
            mask.allow(NodeContext.cast(reaching(raw, NodeContext.cast(tf.constant(false)))));
        } else {
            Operand<TNumber> numbers = like(node.input(MASK), queries);
            mask.add(reaching(numbers, ElementTypes.scalar(tf, numbers, Double.NEGATIVE_INFINITY)));
        }
    }

    /** Returns a mask that reaches to the last key: those that it does not mention are hidden. */
    private <T extends TType> Operand<T> reaching(Operand<T> mask, Operand<T> hidden) {
        int rank = mask.shape().numDimensions();
        Size given = Size.of(tf, mask, rank - 1);
        Size missing = keyCount.minus(given);
        if (missing.is(0)) {
            return mask;
        }
        if (missing.known().orElse(0) < 0) {
            throw node.malformed("the mask is for " + given.known().orElse(-1) + " keys, but there are "
                    + keyCount.known().orElse(-1));
        }
        Operand<TInt32> front = tf.zeros(tf.constant(new int[] {rank}), TInt32.class);
        Operand<TInt32> back = tf.concat(
                List.of(tf.constant(new int[rank - 1]), tf.reshape(missing.operand(), tf.constant(new int[] {1}))),
                tf.constant(0));
        return tf.pad(mask, tf.stack(List.of(front, back), org.tensorflow.op.core.Stack.axis(1L)), hidden);
    }

    private void window(AttentionMask mask) {
        boolean causal = node.attributes().flag("is_causal");
        long left = bound("left_window_size");
        long right = causal ? 0 : bound("right_window_size");
        if (left < 0 && right < 0) {
            return;
        }
        Operand<TInt32> positions = tf.math.add(AttentionMask.queries(tf, queryCount), offset());
        Operand<TInt32> ahead = tf.math.sub(AttentionMask.keys(tf, keyCount), positions);
        // With the offset of an external cache, leading queries may see nothing; else each sees its own key.
        boolean seesSome = !node.has(FILLED) && left < 0;
        if (right >= 0) {
            Operand<TBool> seen = tf.math.lessEqual(ahead, tf.constant(Math.toIntExact(right)));
            if (seesSome) {
                mask.allowSome(seen);
            } else {
                mask.allow(seen);
            }
        }
        if (left >= 0) {
            mask.allow(tf.math.greaterEqual(ahead, tf.constant(Math.toIntExact(-left))));
        }
    }

    private long bound(String attribute) {
        long bound = node.attributes().intOr(attribute, -1);
        if (bound < -1 || bound > Integer.MAX_VALUE) {
            throw node.malformedAttribute(attribute, "expected an integer from -1, got " + bound);
        }
        return bound;
    }

    private Operand<TInt32> offset() {
        if (node.has(PAST_KEY)) {
            return Size.of(tf, node.input(PAST_KEY), 2).operand();
        }
        if (node.has(FILLED)) {
            Operand<TInt32> first = tf.math.sub(filled(), queryCount.operand());
            return tf.reshape(first, tf.constant(new int[] {-1, 1, 1, 1}));
        }
        return tf.constant(0);
    }
}
