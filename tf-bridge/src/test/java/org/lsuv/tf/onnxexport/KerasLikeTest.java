package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.onnxexport.ExportCase.count;
import static org.lsuv.tf.onnxexport.ExportCase.draw;
import static org.lsuv.tf.onnxexport.ExportCase.positive;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxShape;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Graphs as Keras' layers make them: channels last, open batch, bias and normalisation as operations of their own. */
class KerasLikeTest {
    private static Operand<TFloat32> conv(ExportCase net, String name, Operand<TFloat32> x, long... kernel) {
        Ops tf = net.tf();
        Operand<TFloat32> y =
                tf.withName(name).nn.conv2d(x, net.weight(name + "/kernel", kernel), List.of(1L, 1L, 1L, 1L), "SAME");
        return tf.nn.biasAdd(y, net.weight(name + "/bias", kernel[3]));
    }

    private static Operand<TFloat32> dense(ExportCase net, String name, Operand<TFloat32> x, long in, long out) {
        Operand<TFloat32> y = net.tf().linalg.matMul(x, net.weight(name + "/kernel", in, out));
        return net.tf().nn.biasAdd(y, net.weight(name + "/bias", out));
    }

    private static Operand<TFloat32> batchNorm(ExportCase net, String name, Operand<TFloat32> x, long channels) {
        return net.tf()
                .nn
                .fusedBatchNorm(
                        x,
                        net.weight(name + "/gamma", channels),
                        net.weight(name + "/beta", channels),
                        net.weight(name + "/moving_mean", channels),
                        net.weight(positive(name + "/moving_variance", channels)),
                        FusedBatchNorm.isTraining(false),
                        FusedBatchNorm.epsilon(1e-3f))
                .y();
    }

    @Test
    void convolutionalNetworkHasOneTransposeAtItsInputAndOneBeforeFlatten() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("image", -1, 12, 12, 3);
            Operand<TFloat32> y = tf.nn.relu(conv(net, "conv1", x, 3, 3, 3, 8));
            y = batchNorm(net, "norm", y, 8);
            y = tf.nn.maxPool(y, tf.array(1, 2, 2, 1), tf.array(1, 2, 2, 1), "SAME");
            y = tf.math.add(y, tf.nn.relu(conv(net, "conv2", y, 3, 3, 8, 8)));
            y = tf.concat(List.of(y, conv(net, "conv3", y, 1, 1, 8, 4)), tf.constant(3));
            y = tf.math.mul(y, tf.constant(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
            y = tf.reshape(y, tf.constant(new int[] {-1, 6 * 6 * 12}));
            net.output("scores", tf.nn.softmax(dense(net, "dense", y, 6 * 6 * 12, 10)));

            OnnxModel model = net.agrees(draw("image", 5, 12, 12, 3));

            assertThat(count(model, "Transpose")).isEqualTo(2);
            assertThat(model.graph().inputs().get(0).toString()).isEqualTo("image: float32[batch, 12, 12, 3]");
            assertThat(model.graph().outputs().get(0).name()).isEqualTo("scores");
        }
    }

    @Test
    void globalPoolingNeedsNoTransposeBehindIt() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("image", -1, -1, -1, 3);
            Operand<TFloat32> y = tf.nn.relu6(conv(net, "conv", x, 3, 3, 3, 8));
            Operand<TFloat32> pooled = tf.math.mean(y, tf.constant(new int[] {1, 2}));
            Operand<TFloat32> kept = tf.math.mean(y, tf.constant(new int[] {1, 2}), Mean.keepDims(true));
            Operand<TFloat32> gate = tf.math.sigmoid(conv(net, "gate", kept, 1, 1, 8, 8));
            Operand<TFloat32> gated = tf.math.mean(tf.math.mul(y, gate), tf.constant(new int[] {1, 2}));
            net.output("y", dense(net, "dense", tf.math.add(pooled, gated), 8, 4));

            OnnxModel model = net.agrees(draw("image", 2, 9, 7, 3));

            assertThat(count(model, "Transpose")).isEqualTo(1);
        }
    }

    @Test
    void weightsKeepTheirNamesAndAreStoredAsConvolutionsReadThem() {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> y = conv(net, "conv", net.input("image", -1, 8, 8, 3), 3, 5, 3, 16);
            net.output("y", net.tf().math.mean(y, net.tf().constant(new int[] {1, 2})));

            OnnxModel model = net.agrees(draw("image", 2, 8, 8, 3));

            assertThat(model.graph().initializerNames()).contains("conv/kernel", "conv/bias");
            assertThat(Objects.requireNonNull(
                                    model.graph().initializer("conv/kernel").orElse(null))
                            .shape())
                    .isEqualTo(new long[] {16, 3, 3, 5});
            assertThat(model.graph().nodes())
                    .filteredOn(node -> node.opType().equals("Conv"))
                    .singleElement()
                    .satisfies(node -> assertThat(node.inputs()).contains("conv/kernel", "conv/bias"));
        }
    }

    @Test
    void outputThatLiesChannelsFirstComesOutChannelsLast() {
        try (ExportCase net = new ExportCase()) {
            net.output("map", net.tf().nn.relu(conv(net, "conv", net.input("image", -1, 6, 6, 3), 3, 3, 3, 4)));

            OnnxModel model = net.agrees(draw("image", 2, 6, 6, 3));

            assertThat(count(model, "Transpose")).isEqualTo(2);
            assertThat(count(model, "Identity")).isZero();
            assertThat(model.graph().outputs().get(0).shape()).contains(OnnxShape.of(-1, 6, 6, 4));
        }
    }

    @Test
    void kernelThatIsSharedIsStoredOnce() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> kernel = net.weight("shared/kernel", 3, 3, 3, 3);
            Operand<TFloat32> y = net.input("image", -1, 6, 6, 3);
            for (int i = 0; i < 3; i++) {
                y = tf.math.tanh(tf.nn.conv2d(y, tf.identity(kernel), List.of(1L, 1L, 1L, 1L), "SAME"));
            }
            net.output("y", y);

            OnnxModel model = net.agrees(draw("image", 2, 6, 6, 3));

            assertThat(model.graph().initializerNames()).containsExactly("shared/kernel");
            assertThat(count(model, "Transpose")).isEqualTo(2);
        }
    }

    /** Keras folds the rows of a layer into the channels of a batch normalisation that takes the batch's statistics. */
    @Test
    void layerNormalisationIsOneOfEachRow() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 5, 8);
            Operand<TInt32> rows = tf.math.mul(
                    tf.stridedSlice(
                            tf.shape(x), tf.constant(new int[] {0}), tf.constant(new int[] {1}), tf.constant(new int[] {
                                1
                            })),
                    tf.constant(5));
            Operand<TInt32> one = tf.constant(new int[] {1});
            Operand<TInt32> folded = tf.concat(List.of(one, rows, tf.constant(new int[] {8}), one), tf.constant(0));
            Operand<TFloat32> empty = tf.constant(new float[0]);
            Operand<TFloat32> y = tf.nn.fusedBatchNorm(
                            tf.reshape(x, folded),
                            tf.fill(rows, tf.constant(1f)),
                            tf.fill(rows, tf.constant(0f)),
                            empty,
                            empty,
                            FusedBatchNorm.isTraining(true),
                            FusedBatchNorm.dataFormat("NCHW"),
                            FusedBatchNorm.epsilon(1e-3f))
                    .y();
            Operand<TFloat32> back = tf.reshape(y, tf.shape(x));
            net.output("y", tf.math.add(tf.math.mul(back, net.weight("gamma", 8)), net.weight("beta", 8)));
            net.agrees(draw("x", 3, 5, 8));
        }
    }
}
