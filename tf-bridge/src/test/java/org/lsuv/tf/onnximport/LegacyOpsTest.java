package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class LegacyOpsTest {
    private static final OnnxTensor X =
            OnnxTensor.ofFloats("x", new long[] {1, 2, 2, 3}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    private static float[] result(String op, Object... attributes) {
        OnnxModel model = TestModels.opset(6)
                .input("x", OnnxType.FLOAT, -1, 2, -1, 3)
                .node(op, "x", "y", attributes)
                .build("y");
        return TestModels.run(model, X).get(0).toFloats();
    }

    static List<Arguments> nodes() {
        return List.of(
                Arguments.of("Affine", new Object[] {"alpha", 2f, "beta", -1f}),
                Arguments.of("ImageScaler", new Object[] {"scale", 0.5f, "bias", new float[] {1, -1}}),
                Arguments.of("Crop", new Object[] {"border", new long[] {1, 0, 1, 1}}),
                Arguments.of("Crop", new Object[] {"border", new long[] {1, 1, 0, 0}, "scale", new long[] {1, 2}}),
                Arguments.of("ParametricSoftplus", new Object[] {"alpha", 3f, "beta", 0.5f}),
                Arguments.of("ScaledTanh", new Object[] {"alpha", 3f, "beta", 0.5f}));
    }

    /** ONNX Runtime still runs these. */
    @ParameterizedTest
    @MethodSource("nodes")
    void formerOperatorsMeanWhatTheyDid(String op, Object[] attributes) {
        OnnxModel model = TestModels.opset(7)
                .input("x", OnnxType.FLOAT, -1, 2, -1, 3)
                .node(op, "x", "y", attributes)
                .build("y");

        OrtReference.assertAgrees(model, X);
    }

    @Test
    void affineAndScaleMultiply() {
        assertThat(result("Affine", "alpha", 2f, "beta", -1f))
                .startsWith(-1, 1, 3)
                .endsWith(21);
        assertThat(result("Scale", "scale", 0.5f)).startsWith(0, 0.5f, 1).endsWith(5.5f);
    }

    @Test
    void imageScalerAddsToEachChannel() {
        assertThat(result("ImageScaler", "scale", 2f, "bias", new float[] {1, -1}))
                .containsExactly(1, 3, 5, 7, 9, 11, 11, 13, 15, 17, 19, 21);
    }

    @Test
    void imageScalerRefusesOtherNumbersOfChannels() {
        assertThatThrownBy(() -> result("ImageScaler", "bias", new float[] {1, 2, 3}))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("3 numbers for an input of the shape [-1, 2, -1, 3]");
    }

    @Test
    void cropTakesLeftTopRightBottom() {
        assertThat(result("Crop", "border", new long[] {2, 0, 0, 1})).containsExactly(2, 8);
        assertThat(result("Crop", "border", new long[] {1, 1, 0, 0}, "scale", new long[] {1, 1}))
                .containsExactly(4, 10);
    }

    @Test
    void cropRefusesWhatIsNotThere() {
        assertThatThrownBy(() -> result("Crop", "border", new long[] {2, 0, 2, 0}))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("a crop of -1 from 2 leaves axis 3 of shape [-1, 2, -1, 3]");
    }

    @Test
    void scaledFunctionsScaleInsideAndOutside() {
        assertThat(result("ScaledTanh", "alpha", 3f, "beta", 0.5f)[1])
                .isCloseTo((float) (3 * Math.tanh(0.5)), Offset.offset(1e-6f));
        assertThat(result("ParametricSoftplus", "alpha", 3f, "beta", 0.5f)[1])
                .isCloseTo((float) (3 * Math.log1p(Math.exp(0.5))), Offset.offset(1e-6f));
        assertThat(result("ThresholdedRelu", "alpha", 4f)).startsWith(0, 0, 0, 0, 0, 5, 6);
    }

    @Test
    void givenTensorFillHoldsItsValues() {
        OnnxModel model = TestModels.opset(1)
                .node("GivenTensorFill", "", "y", "shape", new long[] {1, 2}, "values", new float[] {3, 4})
                .build("y");

        assertThat(TestModels.run(model).get(0).toFloats()).containsExactly(3, 4);
    }

    @Test
    void dynamicSliceTakesComputedBounds() {
        OnnxModel model = TestModels.opset(1)
                .input("x", OnnxType.FLOAT, -1, 2, -1, 3)
                .input("from", OnnxType.INT64, 1)
                .initializer(OnnxTensor.ofLongs("to", new long[] {1}, 3))
                .initializer(OnnxTensor.ofLongs("axes", new long[] {1}, 3))
                .node("DynamicSlice", "x, from, to, axes", "y")
                .build("y");

        assertThat(TestModels.run(model, X, OnnxTensor.ofLongs("from", new long[] {1}, -1))
                        .get(0)
                        .toFloats())
                .containsExactly(2, 5, 8, 11);
    }
}
