package org.lsuv.tf.onnximport.ops;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Converts losses of classification. Classes stand at axis 1 of the scores; labels lack that axis. */
final class LossOps {
    private static final int WEIGHTS = 2;

    private LossOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("NegativeLogLikelihoodLoss", 12, node -> negativeLogLikelihood(node, node.input(0)));
        ops.many("SoftmaxCrossEntropyLoss", 12, LossOps::softmaxCrossEntropyLoss);
    }

    private static List<Operand<?>> softmaxCrossEntropyLoss(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> scores = node.input(0);
        atLeastTwoAxes(node);
        Operand<TInt32> classes = tf.constant(1);
        Operand<TNumber> centred = tf.math.sub(scores, tf.max(scores, classes, Max.keepDims(true)));
        Operand<TNumber> total = tf.sum(tf.math.exp(centred), classes, Sum.keepDims(true));
        Operand<TNumber> logarithms = tf.math.sub(centred, tf.math.log(total));
        return List.of(negativeLogLikelihood(node, logarithms), logarithms);
    }

    private static void atLeastTwoAxes(NodeContext node) {
        if (node.rank(0) < 2 || node.rank(1) != node.rank(0) - 1) {
            throw node.malformed("expected scores of 2 or more axes and labels without the second, got the shapes "
                    + node.shape(0) + " and " + node.shape(1));
        }
    }

    private static Operand<TNumber> negativeLogLikelihood(NodeContext node, Operand<TNumber> logarithms) {
        Ops tf = node.tf();
        atLeastTwoAxes(node);
        Operand<TInt64> labels = tf.dtypes.cast(node.<TNumber>input(1), TInt64.class);
        Operand<TBool> chosen = chosen(node, logarithms, labels);
        Operand<TNumber> zero = ElementTypes.scalar(tf, logarithms, 0);
        Operand<TInt32> classes = tf.constant(1);
        // Chosen and not multiplied: the logarithms of other classes may be infinite.
        Operand<TNumber> plain = tf.math.neg(tf.sum(tf.select(chosen, logarithms, zero), classes));
        Operand<TNumber> weights = weights(node, logarithms, chosen, labels);
        Operand<TNumber> losses = tf.select(tf.math.equal(weights, zero), zero, tf.math.mul(plain, weights));
        Operand<TInt32> all = tf.constant(Axes.all(node.rank(1)));
        String reduction = node.attributes().stringOr("reduction", "mean");
        return switch (reduction) {
            case "none" -> losses;
            case "sum" -> tf.sum(losses, all);
            case "mean" -> tf.math.div(tf.sum(losses, all), tf.sum(weights, all));
            default -> throw node.malformedAttribute("reduction", "expected none, sum or mean, got " + reduction);
        };
    }

    /** Returns where the scores belong to the label. A label outside the classes chooses nothing. */
    private static Operand<TBool> chosen(NodeContext node, Operand<TNumber> scores, Operand<TInt64> labels) {
        Ops tf = node.tf();
        Operand<TInt64> numbers = tf.range(tf.constant(0L), Dims.size(tf, scores, 1), tf.constant(1L));
        return tf.math.equal(tf.expandDims(labels, tf.constant(1)), Channels.along(tf, numbers, node.rank(0)));
    }

    /** Returns the weight of each label: that of its class, and 0 where it is to be ignored. */
    private static Operand<TNumber> weights(
            NodeContext node, Operand<TNumber> logarithms, Operand<TBool> chosen, Operand<TInt64> labels) {
        Ops tf = node.tf();
        Operand<TNumber> zero = ElementTypes.scalar(tf, logarithms, 0);
        Operand<TNumber> weights;
        if (node.has(WEIGHTS)) {
            if (node.rank(WEIGHTS) != 1) {
                throw node.malformed("expected one weight a class, got the shape " + node.shape(WEIGHTS));
            }
            Operand<TNumber> byClass = Channels.along(tf, node.input(WEIGHTS), node.rank(0));
            weights = tf.sum(tf.select(chosen, byClass, zero), tf.constant(1));
        } else {
            weights = tf.fill(tf.shape(labels), ElementTypes.scalar(tf, logarithms, 1));
        }
        if (!node.attributes().has("ignore_index")) {
            return weights;
        }
        Operand<TInt64> ignored = tf.constant(node.attributes().requireInt("ignore_index"));
        return tf.select(tf.math.equal(labels, ignored), zero, weights);
    }
}
