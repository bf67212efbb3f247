package org.lsuv.tf.onnximport.ops;

import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/** Converts batch normalisation with stored statistics, or with those of the batch. */
final class BatchNormalizationConverter {
    private BatchNormalizationConverter() {}

    /** Before version 7 an attribute tells, and a node trains where it is absent. */
    static List<Operand<?>> batchNormalization1(NodeContext node) {
        return node.attributes().flag("is_test") ? List.of(inference(node)) : training(node);
    }

    /** From version 7 to 13 a node trains if it lists outputs beyond the first. */
    static List<Operand<?>> batchNormalization(NodeContext node) {
        boolean trains = IntStream.range(1, node.outputCount()).anyMatch(node::wants);
        return trains ? training(node) : List.of(inference(node));
    }

    static List<Operand<?>> batchNormalization14(NodeContext node) {
        if (node.attributes().flag("training_mode")) {
            return training(node);
        }
        if (IntStream.range(1, node.outputCount()).anyMatch(node::wants)) {
            throw node.malformed("running statistics are an output only where training_mode is 1");
        }
        return List.of(inference(node));
    }

    // A pass may redirect the stored mean and variance to the batch's: they go into the arithmetic as they are.
    private static <T extends TNumber> Operand<T> inference(NodeContext node) {
        Operand<T> x = node.input(0);
        if (x.type() == TFloat32.class && rank(node) == 4 && isSpatial(node) && parametersAre(node, TFloat32.class)) {
            return node.tf()
                    .nn
                    .fusedBatchNorm(
                            x,
                            node.<TFloat32>input(1),
                            node.<TFloat32>input(2),
                            node.<TFloat32>input(3),
                            node.<TFloat32>input(4),
                            FusedBatchNorm.isTraining(false),
                            FusedBatchNorm.epsilon(epsilon(node)),
                            FusedBatchNorm.dataFormat("NCHW"))
                    .y();
        }
        return normalised(node, x, along(node, x, 3), along(node, x, 4));
    }

    private static <T extends TNumber> List<Operand<?>> training(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        int rank = rank(node);
        Operand<TInt32> axes = tf.constant(IntStream.range(0, rank)
                .filter(axis -> axis == 0 || (isSpatial(node) && axis > 1))
                .toArray());
        Operand<T> mean = tf.math.mean(x, axes, Mean.keepDims(true));
        Operand<T> variance = tf.math.mean(tf.math.square(tf.math.sub(x, mean)), axes, Mean.keepDims(true));
        Operand<T> batchMean = tf.reshape(mean, tf.shape(node.input(3)));
        Operand<T> batchVariance = tf.reshape(variance, tf.shape(node.input(4)));
        return List.of(
                normalised(node, x, mean, variance),
                running(node, 3, batchMean),
                running(node, 4, batchVariance),
                batchMean,
                batchVariance);
    }

    /** Returns old · momentum + batch · (1 − momentum), in the type of the stored statistics. */
    private static <U extends TNumber> Operand<U> running(
            NodeContext node, int input, Operand<? extends TNumber> batch) {
        Ops tf = node.tf();
        Operand<U> old = node.input(input);
        double momentum = node.attributes().floatOr("momentum", 0.9f);
        return tf.math.add(
                tf.math.mul(old, tf.constant(old.type(), momentum)),
                tf.math.mul(tf.dtypes.cast(batch, old.type()), tf.constant(old.type(), 1 - momentum)));
    }

    private static <T extends TNumber> Operand<T> normalised(
            NodeContext node, Operand<T> x, Operand<T> mean, Operand<T> variance) {
        Ops tf = node.tf();
        Operand<T> epsilon = tf.constant(x.type(), epsilon(node));
        Operand<T> scale = tf.math.mul(along(node, x, 1), tf.math.rsqrt(tf.math.add(variance, epsilon)));
        return tf.math.add(tf.math.mul(tf.math.sub(x, mean), scale), along(node, x, 2));
    }

    /** Returns a parameter in x's type, shaped to broadcast against x. */
    private static <T extends TNumber> Operand<T> along(NodeContext node, Operand<T> x, int input) {
        Ops tf = node.tf();
        Operand<? extends TNumber> stored = node.input(input);
        Operand<T> value = stored.type() == x.type() ? NodeContext.cast(stored) : tf.dtypes.cast(stored, x.type());
        return isSpatial(node) ? Channels.along(tf, value, rank(node)) : tf.expandDims(value, tf.constant(0));
    }

    private static int rank(NodeContext node) {
        int rank = node.rank(0);
        if (rank < 2) {
            throw node.malformed("expected an input with at least 2 axes, got " + rank);
        }
        long channels = node.shape(0).get(1);
        for (int input = 1; input < 5; input++) {
            long size = node.rank(input) > 0 ? node.shape(input).get(0) : 1;
            if (channels >= 0 && size >= 0 && channels != size) {
                throw node.malformed("input \"" + node.node().input(input) + "\" has " + size + " values for "
                        + channels + " channels");
            }
        }
        return rank;
    }

    private static boolean parametersAre(NodeContext node, Class<?> type) {
        return IntStream.range(1, 5).allMatch(input -> node.input(input).type() == type);
    }

    /** Until version 8 statistics may be kept for each place of a plane. */
    private static boolean isSpatial(NodeContext node) {
        return node.opset() >= 9 || node.attributes().intOr("spatial", 1) != 0;
    }

    private static float epsilon(NodeContext node) {
        return node.attributes().floatOr("epsilon", 1e-5f);
    }
}
