package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.MeasuringPoint;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.LayerResult.Status;

/** What other LSUV tools get wrong, and what is promised beyond them. */
class LsuvTest {
    private static final LsuvOptions DEFAULTS = LsuvOptions.defaults();
    private static final LsuvOptions KEEP = DEFAULTS.with(Initializer.KEEP);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mlp50.onnx",
                "resnet20-eval.onnx",
                "resnet20-unfused.onnx",
                "resnet20-training.onnx",
                "resnet20-identity.onnx",
                "resnet20-nobn.onnx",
                "fitnet-maxout.onnx",
                "order-reversed.onnx",
                "constants.onnx",
                "mlp-external.onnx",
                "mlp-float64.onnx",
                "attention.onnx",
                "transformer-layer.onnx"
            })
    void everyLayerHasUnitVarianceInOnnxRuntime(String file) {
        Initialised initialised = Initialised.of(file, DEFAULTS);

        assertThat(initialised.report().allConverged()).isTrue();
        assertThat(initialised.verified(DEFAULTS).layers())
                .isNotEmpty()
                .flatMap(Verification.Layer::targets)
                .allSatisfy(part -> assertThat(part.variance()).isCloseTo(1, within(0.01)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"attention.onnx", "transformer-layer.onnx", "decoder.onnx"})
    void queriesKeysAndValuesInOneProductAreThreeLayers(String file) {
        Initialised initialised = Initialised.of(file, DEFAULTS);

        LayerResult packed = initialised.report().layers().stream()
                .filter(result -> !result.parts().isEmpty())
                .findFirst()
                .orElseThrow();
        assertThat(packed.parts()).extracting(LayerResult.Part::name).containsExactly("1 of 3", "2 of 3", "3 of 3");
        assertThat(packed.layer().kernel().blocks()).isEqualTo(3);
        assertThat(packed.parts())
                .allSatisfy(part -> assertThat(part.variance()).isCloseTo(1, within(0.01)));
        assertThat(initialised
                        .verified(DEFAULTS)
                        .layers()
                        .get(packed.layer().index())
                        .parts())
                .hasSize(3)
                .allSatisfy(part -> assertThat(part.variance()).isCloseTo(1, within(0.01)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"resnet20-eval.onnx", "resnet20-unfused.onnx", "mlp-float64.onnx", "attention.onnx"})
    void everyChannelHasUnitVarianceWhereChannelsAreScaledApart(String file) {
        LsuvOptions options = DEFAULTS.with(Granularity.CHANNEL).with(BiasRule.KEEP);
        Initialised initialised = Initialised.of(file, options);

        assertThat(initialised.report().allConverged()).isTrue();
        for (Verification.Layer layer : initialised.verified(options).layers()) {
            assertThat(layer.parts()).hasSize((int) layer.layer().kernel().channels());
            assertThat(layer.parts())
                    .allSatisfy(channel -> assertThat(channel.variance()).isCloseTo(1, within(0.01)));
        }
    }

    @ParameterizedTest
    @EnumSource(Granularity.class)
    void biasesBringMeansToZero(Granularity granularity) {
        LsuvOptions options = DEFAULTS.with(granularity).with(Centering.BIAS).with(BiasRule.KEEP);
        Initialised initialised = Initialised.of("resnet20-eval.onnx", options);

        assertThat(initialised.report().allConverged()).isTrue();
        assertThat(initialised.report().notes()).isEmpty();
        assertThat(initialised.verified(options).layers())
                .flatMap(Verification.Layer::targets)
                .allSatisfy(part -> {
                    assertThat(part.mean()).isCloseTo(0, within(1e-4));
                    assertThat(part.variance()).isCloseTo(1, within(0.01));
                });
    }

    @Test
    void layersWithoutABiasAreNamedAndNotCentred() {
        Initialised initialised = Initialised.of("resnet20-unfused.onnx", DEFAULTS.with(Centering.BIAS));

        assertThat(initialised.report().notes())
                .singleElement()
                .asString()
                .startsWith("not centred, for want of a bias");
    }

    @Test
    void varianceBehindTheNonLinearityIsWhatIsAskedFor() {
        LsuvOptions options = DEFAULTS.with(MeasuringPoint.POST);
        Initialised initialised = Initialised.of("resnet20-nobn.onnx", options);

        assertThat(initialised.report().allConverged()).isTrue();
        assertThat(initialised.report().layers())
                .anySatisfy(result -> assertThat(result.output())
                        .isNotEqualTo(result.layer().output())
                        .contains("Relu"));
        assertThat(initialised.verified(options).layers())
                .allSatisfy(layer -> assertThat(layer.statistics().variance()).isCloseTo(1, within(0.01)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp50.onnx", "resnet20-nobn.onnx", "resnet20-unfused.onnx"})
    void keptWeightsAndBiasesAreOnlyRescaled(String file) {
        Initialised initialised = Initialised.of(file, KEEP);

        assertThat(initialised.layersInOnnxRuntime())
                .allSatisfy(layer -> assertThat(layer.variance()).isCloseTo(1, within(0.01)));
        for (LayerResult result : initialised.report().layers()) {
            String name = result.layer().weight().source();
            double[] before = Initialised.weight(initialised.original(), name).toDoubles();
            double[] after = initialised.weight(name).toDoubles();
            assertThat(after[0] / before[0]).isCloseTo(result.scale(), within(1e-5 * result.scale()));
            result.layer()
                    .bias()
                    .ifPresent(
                            bias -> assertThat(initialised.weight(bias.weight()).toDoubles())
                                    .isEqualTo(Initialised.weight(initialised.original(), bias.weight())
                                            .toDoubles()));
        }
    }

    @Test
    void theFirstLayerIsScaledAlsoOnInputTimes255() {
        OnnxModel model = Initialised.read("order-reversed.onnx");
        OnnxTensor images =
                Initialised.images(model, 64).tensors().values().iterator().next();
        double[] bright =
                Arrays.stream(images.toDoubles()).map(value -> value * 255).toArray();
        DataBatch batch = DataBatch.of(
                model.graph().inputs(),
                Map.of("input", OnnxTensor.ofDoubles("input", OnnxType.FLOAT, images.shape(), bright)));

        Initialised initialised = Initialised.of(model, batch, TieRule.AUTO, OptionalLong.empty(), DEFAULTS);

        assertThat(initialised.layersInOnnxRuntime())
                .allSatisfy(layer -> assertThat(layer.variance()).isCloseTo(1, within(0.01)));
        assertThat(initialised.report().layers().get(0).scale()).isLessThan(1.0 / 200);
    }

    @Test
    void layersAreTakenInExecutionOrderNotInThatOfTheFile() {
        assertThat(Initialised.of("order-reversed.onnx", DEFAULTS).report().layers())
                .extracting(result -> result.layer().weight().source())
                .containsExactly("conv1.weight", "conv2.weight", "conv3.weight", "fc1.weight", "fc2.weight");
    }

    @Test
    void aDeadLayerIsFlaggedAndKeepsFiniteWeights() {
        Initialised initialised = Initialised.of("dead-layer.onnx", DEFAULTS.with(BiasRule.KEEP));

        LayerResult dead = initialised.layer("/4/Conv");
        assertThat(dead.status()).isEqualTo(Status.FLAGGED);
        assertThat(dead.reason()).isEqualTo("its output is zero for every sample: nothing reaches it");
        assertThat(dead.scale()).isEqualTo(1);
        double largest = Arrays.stream(initialised.weight("4.weight").toDoubles())
                .map(Math::abs)
                .max()
                .orElseThrow();
        assertThat(largest).isLessThanOrEqualTo(1);
        assertThat(initialised.layer("/0/Conv").variance()).isCloseTo(1, within(0.01));
        // Its bias of −100 in every channel shifts the output and adds no variance.
        assertThat(initialised.layer("/2/Conv").variance()).isCloseTo(1, within(0.01));
    }

    @Test
    void aBiasThatAloneExceedsTheTargetIsFlagged() {
        OnnxModel read = Initialised.read("order-reversed.onnx");
        OnnxTensor bias = Initialised.weight(read, "fc1.bias");
        double[] spread = IntStream.range(0, (int) bias.elementCount())
                .mapToDouble(i -> i % 2 == 0 ? 3 : -3)
                .toArray();
        OnnxModel model = read.withWeights(
                Map.of("fc1.bias", OnnxTensor.ofDoubles("fc1.bias", bias.type(), bias.shape(), spread)));
        Initialised initialised = Initialised.of(
                model,
                Initialised.images(model, 128),
                TieRule.AUTO,
                OptionalLong.empty(),
                DEFAULTS.with(BiasRule.KEEP));

        LayerResult flagged = initialised.layer("/fc1/Gemm");
        assertThat(flagged.status()).isEqualTo(Status.FLAGGED);
        assertThat(flagged.reason())
                .isEqualTo("its bias alone has variance 9.000, above the target of 1.000;"
                        + " no scale of the weight reaches it");
        assertThat(flagged.scale()).isEqualTo(1);
        assertThat(initialised.layer("/fc2/Gemm").variance()).isCloseTo(1, within(0.01));
    }

    @Test
    void aTiedWeightReachesTheTargetPooledOverItsUses() {
        Initialised initialised = Initialised.of("tied.onnx", DEFAULTS);

        List<ValueStatistics> layers = initialised.layersInOnnxRuntime();
        List<LayerResult> results = initialised.report().layers();
        for (String weight : List.of("conv.weight", "linear.weight")) {
            ValueStatistics pooled = IntStream.range(0, layers.size())
                    .filter(i -> results.get(i).layer().weight().source().equals(weight))
                    .mapToObj(layers::get)
                    .reduce(ValueStatistics.EMPTY, ValueStatistics::merge);
            assertThat(pooled.variance()).isCloseTo(1, within(0.01));
        }
    }

    @Test
    void splitTiesGiveEveryUseUnitVariance() {
        OnnxModel model = Initialised.read("tied.onnx");
        Initialised initialised =
                Initialised.of(model, Initialised.images(model, 128), TieRule.SPLIT, OptionalLong.empty(), DEFAULTS);

        assertThat(initialised.layersInOnnxRuntime())
                .hasSize(10)
                .allSatisfy(layer -> assertThat(layer.variance()).isCloseTo(1, within(0.01)));
    }

    @Test
    void mergedInitializersBecomeWeightsOfTheirOwn() {
        Initialised initialised = Initialised.of("resnet20-identity.onnx", DEFAULTS);

        long identities = initialised.original().graph().nodes().stream()
                .filter(node -> node.is("Identity"))
                .count();
        assertThat(identities).isEqualTo(18);
        assertThat(initialised.model().graph().nodes()).noneMatch(node -> node.is("Identity"));
        assertThat(initialised.model().graph().initializerNames())
                .hasSize(initialised.original().graph().initializerNames().size() + 18);
    }

    @Test
    void attentionProjectionsAreInitialised() {
        Initialised initialised = Initialised.of("attention.onnx", DEFAULTS);

        assertThat(initialised.report().layers())
                .anySatisfy(result -> assertThat(result.layer().kernel().channels())
                        .isEqualTo(3 * result.layer().kernel().fanIn()));
        assertThat(initialised.report().layers()).allMatch(result -> result.status() == Status.CONVERGED);
    }

    @Test
    void runningStatisticsAreThoseOfTheBatch() {
        Initialised initialised = Initialised.of("resnet20-unfused.onnx", DEFAULTS);
        var norms = initialised.original().graph().nodes().stream()
                .filter(node -> node.is("BatchNormalization"))
                .toList();

        assertThat(norms).hasSize(21);
        for (var norm : norms) {
            double[] scale = initialised.weight(norm.input(1)).toDoubles();
            double[] shift = initialised.weight(norm.input(2)).toDoubles();
            // A normalised channel c has mean shift(c) and variance scale(c)².
            double mean = Arrays.stream(shift).average().orElseThrow();
            double variance = IntStream.range(0, scale.length)
                    .mapToDouble(c -> scale[c] * scale[c] + (shift[c] - mean) * (shift[c] - mean))
                    .average()
                    .orElseThrow();
            ValueStatistics output = initialised.inOnnxRuntime(norm.output(0));
            assertThat(output.mean()).isCloseTo(mean, within(1e-3));
            assertThat(output.variance()).isCloseTo(variance, within(2e-3 * variance));
        }
    }

    @Test
    void sixteenBitWeightsAreScaledInTheirOwnType() {
        for (String file : List.of("mlp-float16.onnx", "mlp-bfloat16.onnx")) {
            Initialised initialised = Initialised.of(file, DEFAULTS);

            assertThat(initialised.report().layers())
                    .allSatisfy(layer -> assertThat(layer.variance()).isCloseTo(1, within(0.01)))
                    .allSatisfy(layer -> assertThat(initialised
                                    .weight(layer.layer().weight().source())
                                    .type())
                            .isEqualTo(layer.layer().weight().type()));
        }
    }

    @Test
    void theSameSeedGivesTheSameBytesAndAnotherSeedOthers() {
        LsuvOptions other = DEFAULTS.withSeed(7);

        assertThat(weights(Initialised.of("resnet20-unfused.onnx", DEFAULTS)))
                .isEqualTo(weights(Initialised.of("resnet20-unfused.onnx", DEFAULTS)))
                .isNotEqualTo(weights(Initialised.of("resnet20-unfused.onnx", other)));
    }

    private static List<List<?>> weights(Initialised initialised) {
        return initialised.report().weights().entrySet().stream()
                .<List<?>>map(
                        weight -> List.of(weight.getKey(), weight.getValue().chunks()))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp50.onnx", "fitnet-maxout.onnx", "mlp-float16.onnx"})
    void aSecondRunChangesNoWeight(String file) {
        Initialised first = Initialised.of(file, KEEP);
        Initialised second = Initialised.of(first.model(), first.batch(), TieRule.AUTO, OptionalLong.empty(), KEEP);

        assertThat(second.report().weights()).isEmpty();
        assertThat(second.report().layers())
                .allMatch(layer -> layer.status() == Status.CONVERGED)
                .allMatch(layer -> layer.parts().isEmpty()
                        ? layer.scale() == 1
                        : layer.parts().stream().allMatch(part -> part.scale() == 1));
    }

    @Test
    void layersLeftOutKeepTheirWeights() {
        LsuvOptions options = DEFAULTS.choosing(
                        Optional.of(Pattern.compile("conv")), Optional.of(Pattern.compile("conv2")))
                .withTarget(2, 0.01);
        Initialised initialised = Initialised.of("order-reversed.onnx", options);

        assertThat(initialised.report().layers())
                .extracting(LayerResult::status)
                .containsExactly(Status.CONVERGED, Status.SKIPPED, Status.CONVERGED, Status.SKIPPED, Status.SKIPPED);
        assertThat(initialised.report().weights().keySet())
                .containsExactlyInAnyOrder("conv1.weight", "conv1.bias", "conv3.weight", "conv3.bias");
        assertThat(initialised.layersInOnnxRuntime().get(0).variance()).isCloseTo(2, within(0.02));
        assertThat(initialised.layersInOnnxRuntime().get(2).variance()).isCloseTo(2, within(0.02));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp50.onnx", "resnet20-unfused.onnx", "tied.onnx"})
    void piecesOfABatchGiveTheVarianceOfTheWhole(String file) {
        OnnxModel model = Initialised.read(file);
        Initialised initialised =
                Initialised.of(model, Initialised.images(model, 200), TieRule.SPLIT, OptionalLong.of(48), DEFAULTS);

        assertThat(initialised.layersInOnnxRuntime())
                .allSatisfy(layer -> assertThat(layer.variance()).isCloseTo(1, within(0.011)));
        assertThat(initialised.report().allConverged()).isTrue();
    }

    @Test
    void rowsOneAtATimeGiveTheVarianceOfAllOfThem() {
        OnnxModel model = Initialised.read("order-reversed.onnx");
        Initialised initialised =
                Initialised.of(model, Initialised.images(model, 40), TieRule.AUTO, OptionalLong.of(1), DEFAULTS);

        // The last layer has ten values a row: too few alone, enough together.
        assertThat(initialised.report().allConverged()).isTrue();
        assertThat(initialised.layersInOnnxRuntime())
                .allSatisfy(layer -> assertThat(layer.variance()).isCloseTo(1, within(0.011)));
    }
}
