package org.lsuv.tf.diagnose;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.types.family.TFloating;

/** Lets batch normalisations in inference form use the statistics of the batch, as they do in training. */
final class BatchStatistics {
    private static final String SCOPE = "training.";

    private BatchStatistics() {}

    static GraphDef applied(TfModel model) {
        try (GraphRewrite rewrite = new GraphRewrite(model.graph())) {
            for (int i = 0; i < model.batchNorms().size(); i++) {
                BatchNorm norm = model.batchNorms().get(i);
                Ops tf = rewrite.tf().withName(SCOPE + i + ".");
                Operand<TFloating> values = floating(rewrite.operand(norm.input()));
                if (values.shape().isUnknown() || values.shape().numDimensions() < 2) {
                    continue;
                }
                int[] others = IntStream.range(0, values.shape().numDimensions())
                        .filter(axis -> axis != 1)
                        .toArray();
                Operand<TFloating> mean = tf.math.mean(values, tf.constant(others), Mean.keepDims(true));
                Operand<TFloating> variance =
                        tf.math.mean(tf.math.squaredDifference(values, mean), tf.constant(others));
                replace(rewrite, tf, model.weight(norm.mean()).tensor(), vector(tf, mean));
                replace(rewrite, tf, model.weight(norm.variance()).tensor(), variance);
            }
            return rewrite.finish();
        }
    }

    private static Operand<TFloating> vector(Ops tf, Operand<TFloating> values) {
        return tf.reshape(values, tf.constant(new int[] {-1}));
    }

    private static void replace(GraphRewrite rewrite, Ops tf, TensorRef placeholder, Operand<TFloating> statistics) {
        Operand<TFloating> old = floating(rewrite.operand(placeholder));
        Operand<TFloating> cast = tf.dtypes.cast(statistics, old.asOutput().type());
        long[] shape = old.shape().isUnknown() ? new long[] {-1} : old.shape().asArray();
        boolean known = Arrays.stream(shape).allMatch(size -> size >= 0);
        rewrite.redirect(placeholder, known ? tf.reshape(cast, tf.constant(shape)) : cast, SCOPE);
    }

    @SuppressWarnings("unchecked") // Normalisations are found on floating-point values only.
    private static Operand<TFloating> floating(Operand<?> operand) {
        return (Operand<TFloating>) operand;
    }
}
