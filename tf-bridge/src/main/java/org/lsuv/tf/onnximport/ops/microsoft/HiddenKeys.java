package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Size;
import org.lsuv.tf.onnximport.ops.attention.AttentionMask;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Reads the mask of an attention over batch × heads × queries × keys in any of its forms: lengths, ends
 * followed by starts, or one integer a key, a query and key, or for a whole cache, that is 0 for a hidden one.
 */
final class HiddenKeys {
    private final NodeContext node;
    private final Ops tf;
    private final Operand<TNumber> scores;
    private final Size queries;
    private final Size keys;

    private HiddenKeys(NodeContext node, Operand<TNumber> scores) {
        this.node = node;
        this.tf = node.tf();
        this.scores = scores;
        this.queries = Size.of(tf, scores, 2);
        this.keys = Size.of(tf, scores, 3);
    }

    /**
     * Returns the scores with hidden keys pushed down: by a finite number for those of the mask, so that a
     * query that sees nothing answers with what the scores alone say, to nothing for those of the future.
     */
    static Operand<TNumber> push(NodeContext node, Operand<TNumber> scores, int mask) {
        HiddenKeys hidden = new HiddenKeys(node, scores);
        Operand<TNumber> result = scores;
        if (node.has(mask)) {
            AttentionMask given =
                    new AttentionMask(node, scores, node.attributes().floatOr("mask_filter_value", -10000));
            given.allow(hidden.seen(mask));
            result = given.apply(result);
        }
        if (node.attributes().flag("unidirectional")) {
            AttentionMask causal = new AttentionMask(node, scores, -Float.MAX_VALUE);
            causal.allow(hidden.past());
            result = causal.apply(result);
        }
        return result;
    }

    /** The last query is the one of the last key. */
    private Operand<TBool> past() {
        Operand<TInt32> own = tf.math.add(
                AttentionMask.queries(tf, queries), keys.minus(queries).operand());
        return tf.math.lessEqual(AttentionMask.keys(tf, keys), own);
    }

    private Operand<TBool> seen(int mask) {
        Operand<TInt32> given = node.input(mask);
        Operand<TInt32> zero = tf.constant(0);
        return switch (node.rank(mask)) {
            case 1 -> within(mask, given);
            case 2 -> tf.math.greater(spread(given, 1, 2), zero);
            case 3 -> tf.math.greater(spread(given, 1), zero);
            case 4 -> {
                Size before = keys.minus(queries);
                Operand<TInt32> rows =
                        tf.gather(given, tf.range(before.operand(), keys.operand(), tf.constant(1)), tf.constant(2));
                yield tf.math.greater(tf.gather(rows, AttentionMask.keys(tf, keys), tf.constant(3)), zero);
            }
            default -> throw node.malformed("expected a mask of 1 to 4 axes, got " + node.rank(mask));
        };
    }

    private Operand<TInt32> spread(Operand<TInt32> given, int... axes) {
        Operand<TInt32> result = given;
        for (int axis : axes) {
            result = tf.expandDims(result, tf.constant(axis));
        }
        return result;
    }

    /** Lengths alone are ends whose starts are 0; which of the two it is may only be known when the graph runs. */
    private Operand<TBool> within(int mask, Operand<TInt32> given) {
        long count = node.shape(mask).get(0);
        long batch = scores.shape().get(0);
        if (count >= 0 && batch >= 0 && count != batch && count != 2 * batch) {
            throw node.unsupported("a mask of " + count + " numbers for a batch of " + batch);
        }
        Operand<TInt32> rows = tf.stack(List.of(Size.of(tf, scores, 0).operand()));
        Operand<TInt32> padded = tf.concat(List.of(given, tf.fill(rows, tf.constant(0))), tf.constant(0));
        Operand<TInt32> ends = tf.slice(padded, tf.constant(new int[1]), rows);
        Operand<TInt32> starts = tf.slice(padded, rows, rows);
        Operand<TInt32> places = AttentionMask.keys(tf, keys);
        return tf.math.logicalAnd(
                tf.math.less(places, spread(ends, 1, 2, 3)), tf.math.greaterEqual(places, spread(starts, 1, 2, 3)));
    }
}
