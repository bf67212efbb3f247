package org.lsuv.tf.onnximport.ops.ml;

import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** Lists what is done to the scores of a model, rows of a matrix. */
enum PostTransform {
    NONE,
    SOFTMAX,
    LOGISTIC,
    SOFTMAX_ZERO,
    PROBIT;

    static PostTransform of(NodeContext node) {
        if (node.attributes().isInt("post_transform")) {
            long code = node.attributes().intOr("post_transform", 0);
            if (code < 0 || code >= values().length) {
                throw node.malformedAttribute("post_transform", "expected 0 to 4, got " + code);
            }
            return values()[(int) code];
        }
        String name = node.attributes().stringOr("post_transform", "NONE");
        try {
            return valueOf(name);
        } catch (IllegalArgumentException unknown) {
            throw node.malformedAttribute("post_transform", "there is no transform " + name);
        }
    }

    Operand<TFloat32> apply(Ops tf, Operand<TFloat32> scores) {
        return switch (this) {
            case NONE -> scores;
            case SOFTMAX -> tf.nn.softmax(scores);
            case LOGISTIC -> tf.math.sigmoid(scores);
            case SOFTMAX_ZERO -> softmaxZero(tf, scores);
            // The quantile of the normal distribution.
            case PROBIT ->
                tf.math.mul(
                        tf.math.erfinv(tf.math.sub(tf.math.mul(scores, tf.constant(2f)), tf.constant(1f))),
                        tf.constant((float) Math.sqrt(2)));
        };
    }

    /** Scores of zero keep no share: they count as zero times the smallest. */
    private static Operand<TFloat32> softmaxZero(Ops tf, Operand<TFloat32> scores) {
        Operand<TInt64> last = tf.constant(new long[] {-1});
        Operand<TFloat32> max = tf.max(scores, last, Max.keepDims(true));
        Operand<TBool> zero = tf.math.lessEqual(tf.math.abs(scores), tf.constant(1e-7f));
        Operand<TFloat32> shares = tf.select(
                zero, tf.math.mul(scores, tf.math.exp(tf.math.neg(max))), tf.math.exp(tf.math.sub(scores, max)));
        Operand<TFloat32> sum = tf.sum(shares, last, Sum.keepDims(true));
        return tf.select(tf.math.equal(sum, tf.constant(0f)), tf.constant(0.5f), tf.math.div(shares, sum));
    }
}
