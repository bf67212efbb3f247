package org.lsuv.tf.onnximport.ops.attention;

import org.jspecify.annotations.Nullable;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Collects what an attention adds to its scores: which keys a query may see, and numbers that are added.
 * All parts broadcast to batch × heads × queries × keys.
 */
public final class AttentionMask {
    private final Ops tf;
    private final Operand<TNumber> like;
    private final double hidden;
    private @Nullable Operand<TBool> allowed;
    private @Nullable Operand<TNumber> added;
    private boolean mayHideRows;

    /**
     * Creates a mask that hides nothing.
     *
     * @param like a value of the element type of the scores
     * @param hidden what stands for a key that is hidden
     */
    public AttentionMask(NodeContext node, Operand<TNumber> like, double hidden) {
        this.tf = node.tf();
        this.like = like;
        this.hidden = hidden;
    }

    /** Hides all keys but these. */
    public void allow(Operand<TBool> keys) {
        allowed = allowed == null ? keys : tf.math.logicalAnd(allowed, keys);
        mayHideRows = true;
    }

    /** Hides all keys but these, of which each query has at least one. */
    public void allowSome(Operand<TBool> keys) {
        boolean before = mayHideRows;
        allow(keys);
        mayHideRows = before;
    }

    /** Adds numbers to the scores. */
    public void add(Operand<TNumber> numbers) {
        added = added == null ? numbers : tf.math.add(added, numbers);
        mayHideRows = true;
    }

    /** Returns the positions 0, 1, 2 … of keys, as a row. */
    public static Operand<TInt32> keys(Ops tf, Size count) {
        return tf.range(tf.constant(0), count.operand(), tf.constant(1));
    }

    /** Returns the positions of queries, as a column. */
    public static Operand<TInt32> queries(Ops tf, Size count) {
        return tf.expandDims(keys(tf, count), tf.constant(1));
    }

    /** Returns the scores with everything added. */
    public Operand<TNumber> apply(Operand<TNumber> scores) {
        Operand<TNumber> sum = bias();
        return sum == null ? scores : tf.math.add(scores, sum);
    }

    /** Returns the probabilities with 0 for the queries that may see no key. */
    public Operand<TNumber> withoutHiddenRows(Operand<TNumber> probabilities) {
        Operand<TNumber> sum = bias();
        if (sum == null || !mayHideRows) {
            return probabilities;
        }
        Operand<TNumber> most = tf.max(sum, tf.constant(-1), Max.keepDims(true));
        Operand<TBool> nothing = tf.math.equal(most, ElementTypes.scalar(tf, most, Double.NEGATIVE_INFINITY));
        return tf.select(nothing, ElementTypes.scalar(tf, most, 0), probabilities);
    }

    private @Nullable Operand<TNumber> bias() {
        if (allowed == null) {
            return added;
        }
        Operand<TNumber> shown = added == null ? ElementTypes.scalar(tf, like, 0) : added;
        return tf.select(allowed, shown, ElementTypes.scalar(tf, like, hidden));
    }
}
