package org.lsuv.tf.diagnose;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.GraphRewrite;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.nodes.AttrValues;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.types.family.TFloating;

/**
 * Lets batch normalisations in inference form use the statistics of the batch, as they do in training: the fused
 * operation by its own switch, since its inference form has no gradient of the statistics; arithmetic by reading the
 * batch's instead of the stored ones.
 */
final class BatchStatistics {
    private static final String SCOPE = "training.";
    private static final String FUSED = "FusedBatchNormV3";
    private static final int MEAN = 3;

    /** The fused operation takes stored statistics beside the batch's only where it is to average them. */
    private static final float AVERAGING = 0.5f;

    private BatchStatistics() {}

    static GraphDef applied(TfModel model) {
        GraphDef.Builder switched = model.graph().toBuilder();
        Set<TensorRef> fused = new HashSet<>();
        for (NodeDef.Builder node : switched.getNodeBuilderList()) {
            if (node.getOp().equals(FUSED) && reads(model, TensorRef.parse(node.getInput(MEAN)))) {
                fused.add(TensorRef.parse(node.getInput(MEAN)));
                node.putAttr("is_training", AttrValues.of(true))
                        .putAttr(
                                "exponential_avg_factor",
                                AttrValue.newBuilder().setF(AVERAGING).build());
            }
        }
        try (GraphRewrite rewrite = new GraphRewrite(switched.build())) {
            for (int i = 0; i < model.batchNorms().size(); i++) {
                BatchNorm norm = model.batchNorms().get(i);
                if (!fused.contains(model.weight(norm.mean()).tensor())) {
                    redirect(rewrite, model, norm, SCOPE + i + ".");
                }
            }
            return rewrite.finish();
        }
    }

    private static boolean reads(TfModel model, TensorRef mean) {
        return model.batchNorms().stream()
                .anyMatch(norm -> model.weight(norm.mean()).tensor().equals(mean));
    }

    private static void redirect(GraphRewrite rewrite, TfModel model, BatchNorm norm, String scope) {
        Ops tf = rewrite.tf().withName(scope);
        Operand<TFloating> values = floating(rewrite.operand(norm.input()));
        if (values.shape().isUnknown() || values.shape().numDimensions() < 2) {
            return;
        }
        int[] others = IntStream.range(0, values.shape().numDimensions())
                .filter(axis -> axis != 1)
                .toArray();
        Operand<TFloating> mean = tf.math.mean(values, tf.constant(others), Mean.keepDims(true));
        Operand<TFloating> variance = tf.math.mean(tf.math.squaredDifference(values, mean), tf.constant(others));
        replace(rewrite, tf, model.weight(norm.mean()).tensor(), mean);
        replace(rewrite, tf, model.weight(norm.variance()).tensor(), variance);
    }

    private static void replace(GraphRewrite rewrite, Ops tf, TensorRef placeholder, Operand<TFloating> statistics) {
        Operand<TFloating> old = floating(rewrite.operand(placeholder));
        Operand<TFloating> cast = tf.dtypes.cast(statistics, old.asOutput().type());
        long[] shape = old.shape().isUnknown() ? new long[] {-1} : old.shape().asArray();
        boolean known = Arrays.stream(shape).allMatch(size -> size >= 0);
        rewrite.redirect(placeholder, tf.reshape(cast, tf.constant(known ? shape : new long[] {-1})), SCOPE);
    }

    @SuppressWarnings("unchecked") // Normalisations are found on floating-point values only.
    private static Operand<TFloating> floating(Operand<?> operand) {
        return (Operand<TFloating>) operand;
    }
}
