package org.lsuv.tf.onnximport.ops.attention;

import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.family.TNumber;

/**
 * Computes the two products of an attention. Queries are batch × heads × queries × size; keys and values
 * may have fewer heads, each of which then serves several of the queries'.
 */
public final class DotProduct {
    private DotProduct() {}

    /** Returns scale · Q · Kᵀ. */
    public static Operand<TNumber> scores(
            NodeContext node, Operand<TNumber> queries, Operand<TNumber> keys, double scale) {
        Ops tf = node.tf();
        long size = queries.shape().get(3);
        long other = keys.shape().get(3);
        if (size != other && size >= 0 && other >= 0) {
            throw node.malformed("the heads of queries have the size " + size + ", those of keys " + other);
        }
        Operand<TNumber> scaled = tf.math.mul(queries, ElementTypes.scalar(tf, queries, scale));
        return tf.train.batchMatMul(scaled, Heads.shared(node, keys, queries), queries.type(), BatchMatMul.adjY(true));
    }

    /** Returns 1 / √(size of a head), or what the attribute {@code scale} says. */
    public static double scale(NodeContext node, Operand<TNumber> queries) {
        float given = node.attributes().floatOr("scale", 0);
        if (given != 0) {
            return given;
        }
        long size = queries.shape().get(3);
        if (size < 1) {
            throw node.unsupported("a head size that is not known before the graph runs");
        }
        return 1 / Math.sqrt((double) size);
    }

    /** Returns cap · tanh(scores / cap), the scores themselves for a cap of 0. */
    public static Operand<TNumber> capped(NodeContext node, Operand<TNumber> scores) {
        float cap = node.attributes().floatOr("softcap", 0);
        Ops tf = node.tf();
        Operand<TNumber> limit = ElementTypes.scalar(tf, scores, cap);
        return cap == 0 ? scores : tf.math.mul(tf.math.tanh(tf.math.div(scores, limit)), limit);
    }

    /** Returns the sums of values that the probabilities weigh. */
    public static Operand<TNumber> weighted(NodeContext node, Operand<TNumber> probabilities, Operand<TNumber> values) {
        return node.tf()
                .train
                .batchMatMul(probabilities, Heads.shared(node, values, probabilities), probabilities.type());
    }
}
