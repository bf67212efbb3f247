package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.draw.RandomTensors.random;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.onnximport.TestModels;

/** Weights that the graph makes from parameters before it uses them. */
class ComputedWeightTest {
    private static final LsuvOptions DEFAULTS = LsuvOptions.defaults();
    private static final LsuvOptions KEEP = DEFAULTS.with(Initializer.KEEP);

    /** Builds convolutions with weight normalisation by output, and a dense layer with one gain. */
    private static OnnxModel normalised() {
        return TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 3, 8, 8)
                .initializer(random("va", 6, 3, 3, 3))
                .initializer(random("ga", 6, 1, 1, 1))
                .initializer(random("vt", 6, 4, 2, 2))
                .initializer(random("gt", 6, 1, 1, 1))
                .initializer(random("vb", 5, 144))
                .initializer(OnnxTensor.ofFloats("gb", new long[0], 0.2f))
                .node("ReduceL2", "va", "na", "axes", new long[] {1, 2, 3})
                .node("Div", "va,na", "da")
                .node("Mul", "da,ga", "wa")
                .node("Conv", "x,wa", "a")
                .node("Relu", "a", "ar")
                .node("ReduceL2", "vt", "nt", "axes", new long[] {1, 2, 3})
                .node("Div", "vt,nt", "dt")
                .node("Mul", "dt,gt", "wt")
                .node("ConvTranspose", "ar,wt", "t", "strides", new long[] {2, 2}, "pads", new long[] {3, 3, 3, 3})
                .node("Flatten", "t", "f")
                .node("ReduceL2", "vb", "nb")
                .node("Div", "vb,nb", "db")
                .node("Mul", "db,gb", "wb")
                .node("Gemm", "f,wb", "y", "transB", 1)
                .build("y");
    }

    @Test
    void weightNormalisationIsScaledByItsGain() {
        Initialised drawn = initialised(normalised(), DEFAULTS);
        assertUnitVariance(drawn, DEFAULTS);
        double scale = drawn.report().layers().get(0).scale();
        assertThat(Arrays.stream(drawn.weight("ga").toDoubles()).boxed())
                .as("the rows of an orthonormal matrix have length 1")
                .allSatisfy(gain -> assertThat(gain).isCloseTo(scale, within(1e-6)));

        Initialised kept = initialised(normalised(), KEEP);
        assertUnitVariance(kept, KEEP);
        assertThat(kept.report().weights()).containsOnlyKeys("ga", "gt", "gb");
    }

    @Test
    void aSecondRunFindsNothingToDo() {
        Initialised first = initialised(normalised(), DEFAULTS);
        assertThat(initialised(first.model(), KEEP).report().weights()).isEmpty();
    }

    @Test
    void aGainOfSeveralChannelsCannotScaleThemApart() {
        LsuvOptions options = KEEP.with(Granularity.CHANNEL);
        Initialised initialised = initialised(normalised(), options);
        List<LayerResult> layers = initialised.report().layers();
        assertThat(layers.get(0).status()).isEqualTo(LayerResult.Status.CONVERGED);
        assertThat(layers.get(1).status()).isEqualTo(LayerResult.Status.FLAGGED);
        assertThat(layers.get(1).reason()).contains("its gain \"gt\" scales several of its parts together");
        assertThat(layers.get(2).status()).isEqualTo(LayerResult.Status.FLAGGED);
        assertThat(initialised.report().weights()).containsOnlyKeys("ga");
    }

    @ParameterizedTest
    @EnumSource(Granularity.class)
    void constantFactorsOfWeightsStayInPlace(Granularity granularity) {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 3, 8, 8)
                .initializer(random("w", 6, 3, 3, 3))
                .initializer(OnnxTensor.ofFloats("c", new long[0], 0.1f))
                .node("Mul", "w,c", "scaled")
                .node("Conv", "x,scaled", "y")
                .build("y");
        Initialised initialised = initialised(model, DEFAULTS.with(granularity));
        assertUnitVariance(initialised, DEFAULTS.with(granularity));
        assertThat(initialised.report().weights()).containsOnlyKeys("w");
    }

    private static Initialised initialised(OnnxModel model, LsuvOptions options) {
        Map<String, OnnxTensor> batch = Map.of("x", random("x", 16, 3, 8, 8));
        return Initialised.of(
                model, DataBatch.of(model.graph().inputs(), batch), TieRule.AUTO, OptionalLong.empty(), options);
    }

    private static void assertUnitVariance(Initialised initialised, LsuvOptions options) {
        List<Verification.Layer> measured = initialised.verified(options).layers();
        assertThat(measured).hasSameSizeAs(initialised.report().layers());
        assertThat(measured)
                .flatMap(Verification.Layer::targets)
                .allSatisfy(part -> assertThat(part.variance()).isCloseTo(1, within(0.01)));
    }
}
