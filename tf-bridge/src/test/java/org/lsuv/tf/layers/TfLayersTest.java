package org.lsuv.tf.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OnnxLayer;
import org.lsuv.onnx.layers.OutputChannels.Block;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.index.Indices;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.BatchToSpaceNd;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.nn.BiasAdd;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.FusedBatchNorm;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class TfLayersTest {
    private static final List<Long> ONES = List.of(1L, 1L, 1L, 1L);

    private final HandMade made = new HandMade();
    private final Ops tf = made.tf;

    @AfterEach
    void close() {
        made.close();
    }

    @Test
    void convolutionHasItsPositionsAndInputsAsFanIn() {
        Operand<TFloat32> x = made.input("x", 4, 8, 8, 3);
        Operand<TFloat32> conv = tf.nn.conv2d(x, made.weight("w", 3, 5, 3, 16), ONES, "SAME");
        Operand<TFloat32> biased = tf.nn.biasAdd(conv, made.weight("b", 16));
        Operand<TFloat32> relu = tf.nn.relu(biased);
        WeightedLayer layer = made.layer(tf.math.mean(relu, tf.constant(new int[] {1, 2})));
        assertThat(layer.kernel().fanIn()).isEqualTo(3 * 5 * 3);
        assertThat(layer.kernel().channels()).isEqualTo(16);
        assertThat(layer.kernel().blocks()).isEqualTo(1);
        assertThat(layer.channels().axis()).isEqualTo(OptionalInt.of(-1));
        assertThat(layer.bias().orElseThrow().weight()).isEqualTo("b");
        assertThat(layer.linear()).isEqualTo(TensorRef.of(conv));
        assertThat(layer.blob()).isEqualTo(TensorRef.of(biased));
        assertThat(layer.activation().orElseThrow().tensor()).isEqualTo(TensorRef.of(relu));
    }

    @Test
    void channelsFirstBiasLiesAlongAxisOne() {
        Operand<TFloat32> x = made.input("x", 4, 3, 8, 8);
        Conv2d<TFloat32> conv = tf.nn.conv2d(x, made.weight("w", 3, 3, 3, 16), ONES, "SAME", Conv2d.dataFormat("NCHW"));
        WeightedLayer layer = made.layer(tf.nn.biasAdd(conv, made.weight("b", 16), BiasAdd.dataFormat("NCHW")));
        assertThat(layer.channels().axis()).isEqualTo(OptionalInt.of(1));
        assertThat(layer.bias().orElseThrow().broadcast()).isEqualTo(OnnxLayer.Broadcast.CHANNELS);
    }

    @Test
    void kernelWithFewerInputsThanTheValuesHasGroups() {
        Operand<TFloat32> x = made.input("x", 4, 8, 8, 12);
        WeightedLayer layer = made.layer(tf.nn.conv2d(x, made.weight("w", 3, 3, 4, 18), ONES, "VALID"));
        assertThat(layer.kernel().blocks()).isEqualTo(3);
        assertThat(layer.kernel().fanIn()).isEqualTo(36);
        assertThat(layer.kernel().fanOut()).isEqualTo(6);
        assertThat(layer.kernel().channels()).isEqualTo(18);
    }

    @Test
    void depthwiseKernelIsOneMatrixAChannel() {
        Operand<TFloat32> x = made.input("x", 4, 8, 8, 6);
        WeightedLayer layer = made.layer(tf.nn.depthwiseConv2dNative(x, made.weight("w", 3, 3, 6, 2), ONES, "SAME"));
        assertThat(layer.kernel().blocks()).isEqualTo(6);
        assertThat(layer.kernel().fanIn()).isEqualTo(9);
        assertThat(layer.kernel().channels()).isEqualTo(12);
    }

    @Test
    void transposedConvolutionHasItsInputsLast() {
        Operand<TFloat32> x = made.input("x", 4, 8, 8, 6);
        Operand<TFloat32> conv = tf.nn.conv2dBackpropInput(
                tf.constant(new int[] {4, 16, 16, 5}),
                made.weight("w", 2, 2, 5, 6),
                x,
                List.of(1L, 2L, 2L, 1L),
                "SAME");
        WeightedLayer layer = made.layer(tf.nn.biasAdd(conv, made.weight("b", 5)));
        assertThat(layer.kernel().fanIn()).isEqualTo(6);
        assertThat(layer.kernel().fanOut()).isEqualTo(20);
        assertThat(layer.kernel().channels()).isEqualTo(5);
        assertThat(layer.bias()).isPresent();
    }

    @Test
    void convolutionOfThreeDimensions() {
        Operand<TFloat32> x = made.input("x", 2, 4, 5, 6, 3);
        List<Long> strides = List.of(1L, 1L, 1L, 1L, 1L);
        WeightedLayer layer = made.layer(tf.nn.conv3d(x, made.weight("w", 2, 3, 2, 3, 7), strides, "SAME"));
        assertThat(layer.kernel().fanIn()).isEqualTo(36);
        assertThat(layer.kernel().channels()).isEqualTo(7);
    }

    @Test
    void convolutionOfOneDimensionHasItsBiasBehindTheSqueeze() {
        Operand<TFloat32> x = made.input("x", 4, 10, 3);
        Operand<TFloat32> kernel = tf.expandDims(made.weight("w", 5, 3, 8), tf.constant(0));
        Operand<TFloat32> conv = tf.nn.conv2d(tf.expandDims(x, tf.constant(-3)), kernel, ONES, "SAME");
        Operand<TFloat32> squeezed = tf.squeeze(conv, Squeeze.axis(List.of(-3L)));
        Operand<TFloat32> biased = tf.nn.biasAdd(squeezed, made.weight("b", 8));
        WeightedLayer layer = made.layer(tf.math.tanh(biased));
        assertThat(layer.kernel().fanIn()).isEqualTo(15);
        assertThat(layer.weight().storedShape()).containsExactly(5L, 3L, 8L);
        assertThat(layer.linear()).isEqualTo(TensorRef.of(squeezed));
        assertThat(layer.bias()).isPresent();
        assertThat(layer.activation()).isPresent();
    }

    @Test
    void denseLayerOnSequencesHasItsBiasBehindTheReshape() {
        Operand<TFloat32> x = made.input("x", 4, 10, 6);
        Operand<TFloat32> flat = tf.reshape(x, tf.constant(new int[] {-1, 6}));
        Operand<TFloat32> product =
                tf.linalg.matMul(flat, tf.reshape(made.weight("w", 6, 8), tf.constant(new int[] {6, 8})));
        Operand<TInt32> rows = tf.gather(tf.shape(x), tf.constant(0), tf.constant(0));
        Operand<TFloat32> shaped = tf.reshape(product, tf.stack(List.of(rows, tf.constant(10), tf.constant(8))));
        WeightedLayer layer = made.layer(tf.nn.biasAdd(shaped, made.weight("b", 8)));
        assertThat(layer.linear()).isEqualTo(TensorRef.of(shaped));
        assertThat(layer.bias().orElseThrow().shape()).containsExactly(8L);
        assertThat(layer.kernel().fanIn()).isEqualTo(6);
    }

    @Test
    void attentionProjectionSumsOverInputsOnly() {
        Operand<TFloat32> x = made.input("x", 4, 10, 6);
        Operand<TFloat32> heads = tf.linalg.einsum(List.of(x, made.weight("w", 6, 2, 5)), "abc,cde->abde");
        Operand<TFloat32> biased = tf.math.add(heads, made.weight("b", 2, 5));
        Operand<TFloat32> joined = tf.linalg.einsum(List.of(biased, made.weight("o", 2, 5, 6)), "abcd,cde->abe");
        List<WeightedLayer> layers = made.layers(joined).layers();
        assertThat(layers).extracting(layer -> layer.kernel().fanIn()).containsExactly(6L, 10L);
        assertThat(layers).extracting(layer -> layer.kernel().channels()).containsExactly(10L, 6L);
        assertThat(layers.get(0).bias()).isPresent();
    }

    @Test
    void transposedMatricesAndThoseOnTheLeftHaveTheirOutputsFirst() {
        Operand<TFloat32> x = made.input("x", 6, 4);
        Operand<TFloat32> right = tf.linalg.matMul(x, made.weight("r", 9, 4), MatMul.transposeB(true));
        Operand<TFloat32> left = tf.linalg.matMul(made.weight("l", 7, 9), right, MatMul.transposeB(true));
        List<WeightedLayer> layers = made.layers(left).layers();
        assertThat(layers).extracting(layer -> layer.kernel().fanIn()).containsExactly(4L, 9L);
        assertThat(layers).extracting(layer -> layer.kernel().channels()).containsExactly(9L, 7L);
        assertThat(layers.get(1).channels().axis()).isEqualTo(OptionalInt.of(-2));
    }

    @Test
    void dilatedConvolutionIsMeasuredWhereItsMarginIsCutOff() {
        Operand<TFloat32> x = made.input("x", 4, 8, 8, 3);
        Operand<TFloat32> apart =
                tf.spaceToBatchNd(x, tf.constant(new int[] {2, 2}), tf.constant(new int[][] {{2, 2}, {2, 2}}));
        Operand<TFloat32> conv = tf.nn.conv2d(apart, made.weight("w", 3, 3, 3, 5), ONES, "VALID");
        BatchToSpaceNd<TFloat32> together =
                tf.batchToSpaceNd(conv, tf.constant(new int[] {2, 2}), tf.constant(new int[][] {{0, 0}, {0, 0}}));
        assertThat(made.layer(together).linear()).isEqualTo(TensorRef.of(together));
    }

    @Test
    void whatVariesAlongPositionsIsNoBias() {
        Operand<TFloat32> x = made.input("x", 4, 10, 6);
        Operand<TFloat32> product = tf.linalg.einsum(List.of(x, made.weight("w", 6, 8)), "abc,cd->abd");
        TfLayers found = made.layers(tf.math.add(product, made.weight("positions", 10, 8)));
        assertThat(found.layers().get(0).bias()).isEmpty();
        assertThat(found.notInitialised()).extracting(NotInitialised::name).containsExactly("positions");
        assertThat(found.notInitialised().get(0).reason()).contains("is added to activations by Add");
    }

    @Test
    void tableOfAnEmbeddingIsNotInitialised() {
        Operand<TFloat32> x = made.input("x", 4, 10);
        Operand<TInt32> ids = tf.dtypes.cast(x, TInt32.class);
        Operand<TFloat32> rows = tf.gather(made.weight("table", 50, 6), ids, tf.constant(0));
        TfLayers found = made.layers(rows);
        assertThat(found.layers()).isEmpty();
        assertThat(found.notInitialised().get(0).reason()).contains("as an embedding is");
    }

    @Test
    void productThatIsSplitHasABlockForEachPart() {
        Operand<TFloat32> x = made.input("x", 4, 10, 6);
        Operand<TFloat32> product = tf.linalg.einsum(List.of(x, made.weight("w", 6, 12)), "abc,cd->abd");
        Operand<TFloat32> biased = tf.math.add(product, made.weight("b", 12));
        List<Output<TFloat32>> parts = tf.split(tf.constant(-1), biased, 3L).output();
        WeightedLayer layer = made.layer(tf.math.mul(tf.math.add(parts.get(0), parts.get(1)), parts.get(2)));
        assertThat(layer.channels().blocks())
                .containsExactly(new Block("1 of 3", 0, 4), new Block("2 of 3", 4, 8), new Block("3 of 3", 8, 12));
        assertThat(layer.kernel().blocks()).isEqualTo(3);
    }

    @Test
    void productWhoseBlocksHaveAnAxisOfTheirOwnHasABlockForEach() {
        Operand<TFloat32> x = made.input("x", 4, 10, 6);
        Operand<TFloat32> product = tf.linalg.einsum(List.of(x, made.weight("w", 6, 12)), "abc,cd->abd");
        Operand<TFloat32> shaped = tf.reshape(product, tf.constant(new int[] {-1, 10, 3, 2, 2}));
        Operand<TFloat32> turned = tf.linalg.transpose(shaped, tf.constant(new int[] {2, 0, 3, 1, 4}));
        List<Output<TFloat32>> parts = tf.unstack(turned, 3L).output();
        WeightedLayer layer = made.layer(tf.math.mul(tf.math.add(parts.get(0), parts.get(1)), parts.get(2)));
        assertThat(layer.channels().blocks()).extracting(Block::from).containsExactly(0L, 4L, 8L);
    }

    @Test
    void productThatIsSlicedHasABlockForEachSlice() {
        Operand<TFloat32> x = made.input("x", 4, 6);
        Operand<TFloat32> product = tf.linalg.matMul(x, made.weight("w", 6, 12));
        Operand<TFloat32> left = tf.stridedSlice(product, Indices.ellipsis(), Indices.sliceTo(8));
        Operand<TFloat32> right = tf.stridedSlice(product, Indices.all(), Indices.sliceFrom(8));
        List<Block> blocks = made.layers(left, right).layers().get(0).channels().blocks();
        assertThat(blocks).containsExactly(new Block("1 of 2", 0, 8), new Block("2 of 2", 8, 12));
    }

    @Test
    void layersAreCalledAsTheModelCallsTheirValues() {
        Operand<TFloat32> x = made.input("x", 4, 6);
        Operand<TFloat32> product = tf.linalg.matMul(x, made.weight("w", 6, 12));
        TfModel plain = made.plain(tf.nn.biasAdd(product, made.weight("b", 12)));
        TfModel named = new TfModel(
                plain.label(),
                plain.graph(),
                plain.inputs(),
                plain.outputs(),
                Map.of("dense", TensorRef.of(product)),
                plain.inner(),
                plain.weights(),
                List.of(),
                List.of(),
                List.of());
        assertThat(TfLayers.in(named).layers().get(0).name()).isEqualTo("dense");
    }

    @Test
    void geluIsFoundBehindTheBias() {
        Operand<TFloat32> x = made.input("x", 4, 6);
        Operand<TFloat32> product = tf.linalg.matMul(x, made.weight("w", 6, 8));
        Operand<TFloat32> y = tf.nn.biasAdd(product, made.weight("b", 8));
        Operand<TFloat32> bent = tf.math.erf(tf.math.div(y, tf.constant(1.4142135f)));
        Operand<TFloat32> gelu = tf.math.mul(tf.math.mul(tf.constant(0.5f), y), tf.math.add(tf.constant(1f), bent));
        WeightedLayer layer = made.layer(tf.math.add(gelu, gelu));
        assertThat(layer.activation().orElseThrow().tensor()).isEqualTo(TensorRef.of(gelu));
    }

    @Test
    void spelledNormalisationIsFoundWithItsAxis() {
        Operand<TFloat32> x = made.input("x", 16, 5, 6);
        Operand<TFloat32> dense = tf.linalg.einsum(List.of(x, made.weight("w", 6, 8)), "abc,cd->abd");
        Operand<TFloat32> normal = spelled(dense);
        List<BatchNorm> norms = made.layers(normal).batchNorms();
        assertThat(norms)
                .containsExactly(new BatchNorm(TensorRef.of(normal).op(), TensorRef.of(dense), -1, "mean", "variance"));
    }

    /** Spells a normalisation as {@code tf.nn.batch_normalization} does. */
    private Operand<TFloat32> spelled(Operand<TFloat32> x) {
        Operand<TFloat32> factor = tf.math.mul(
                tf.math.rsqrt(tf.math.add(made.weight(positive("variance", 8)), tf.constant(0.001f))),
                made.weight("gamma", 8));
        Operand<TFloat32> shift = tf.math.sub(made.weight("beta", 8), tf.math.mul(made.weight("mean", 8), factor));
        return tf.math.add(tf.math.mul(x, factor), shift);
    }

    private static OnnxTensor positive(String name, int size) {
        float[] values = new float[size];
        Arrays.fill(values, 2.5f);
        return OnnxTensor.ofFloats(name, new long[] {size}, values);
    }

    private Operand<TFloat32> network() {
        Operand<TFloat32> x = made.input("x", 16, 12, 12, 3);
        Operand<TFloat32> a = tf.nn.conv2d(x, made.weight("a", 3, 3, 3, 8), ONES, "SAME");
        a = tf.nn.relu(tf.nn.biasAdd(a, made.weight("a.b", 8)));
        Operand<TFloat32> b = tf.nn.depthwiseConv2dNative(a, made.weight("b", 3, 3, 8, 1), ONES, "SAME");
        Operand<TFloat32> mean = made.weight("b.mean", 8);
        FusedBatchNorm.Options inference = FusedBatchNorm.isTraining(false);
        Operand<TFloat32> n = tf.nn.fusedBatchNorm(
                        b,
                        made.weight("b.gamma", 8),
                        made.weight("b.beta", 8),
                        mean,
                        made.weight(positive("b.var", 8)),
                        inference)
                .y();
        Operand<TFloat32> c = tf.nn.conv2d(tf.nn.relu6(n), made.weight("c", 1, 1, 8, 12), ONES, "SAME");
        Operand<TFloat32> pooled = tf.math.mean(tf.nn.relu(c), tf.constant(new int[] {1}));
        Operand<TFloat32> kernel = tf.expandDims(made.weight("d", 3, 12, 8), tf.constant(0));
        Operand<TFloat32> d = tf.squeeze(
                tf.nn.conv2d(tf.expandDims(pooled, tf.constant(1)), kernel, ONES, "SAME"), Squeeze.axis(List.of(1L)));
        d = tf.math.add(d, made.weight("d.b", 8));
        Operand<TFloat32> e = spelled(d);
        Operand<TFloat32> f = tf.linalg.einsum(List.of(tf.math.tanh(e), made.weight("f", 8, 2, 3)), "abc,cde->abde");
        f = tf.math.add(f, made.weight("f.b", 2, 3));
        Operand<TFloat32> flat = tf.reshape(tf.nn.elu(f), tf.constant(new int[] {-1, 72}));
        return tf.nn.biasAdd(tf.linalg.matMul(flat, made.weight("g", 72, 10)), made.weight("g.b", 10));
    }

    @Test
    void everyLayerOfAChannelsLastNetworkGetsUnitVariance() {
        TfModel model = made.model(network());
        assertThat(model.layers())
                .extracting(layer -> layer.weight().source())
                .containsExactly("a", "b", "c", "d", "f", "g");
        assertThat(model.batchNorms()).hasSize(2);
        for (Initializer initializer : List.of(Initializer.ORTHONORMAL, Initializer.KEEP)) {
            LsuvReport report = made.initialise(model, LsuvOptions.defaults().with(initializer));
            assertThat(report.allConverged()).isTrue();
            List<OnnxTensor> blobs = made.run(
                    model,
                    report.weights(),
                    model.layers().stream().map(WeightedLayer::blob).toList());
            assertThat(blobs)
                    .allSatisfy(blob -> assertThat(HandMade.variance(blob)).isCloseTo(1, within(0.011)));
        }
    }

    @Test
    void recalibratedStatisticsAreThoseOfTheBatch() {
        TfModel model = made.model(network());
        LsuvReport report = made.initialise(model, LsuvOptions.defaults());
        BatchNorm norm = model.batchNorms().get(0);
        OnnxTensor values =
                made.run(model, report.weights(), List.of(norm.input())).get(0);
        double[] stored = Objects.requireNonNull(report.weights().get("b.mean")).toDoubles();
        double[] all = values.toDoubles();
        for (int channel = 0; channel < stored.length; channel++) {
            int first = channel;
            double mean = LongStream.range(0, all.length / stored.length)
                    .mapToDouble(i -> all[(int) i * stored.length + first])
                    .average()
                    .orElseThrow();
            assertThat(stored[channel]).isCloseTo(mean, within(1e-4));
        }
    }

    @Test
    void everyChannelOfAChannelsLastLayerGetsUnitVariance() {
        TfModel model = made.model(network());
        LsuvReport report = made.initialise(model, LsuvOptions.defaults().with(Granularity.CHANNEL));
        OnnxTensor blob = made.run(
                        model, report.weights(), List.of(model.layers().get(1).blob()))
                .get(0);
        double[] all = blob.toDoubles();
        for (int channel = 0; channel < 8; channel++) {
            float[] own = new float[all.length / 8];
            for (int i = 0; i < own.length; i++) {
                own[i] = (float) all[8 * i + channel];
            }
            assertThat(HandMade.variance(OnnxTensor.ofFloats("", new long[] {own.length}, own)))
                    .isCloseTo(1, within(0.011));
        }
    }
}
