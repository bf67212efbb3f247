package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.onnximport.OrtReference.assertClose;
import static org.lsuv.tf.onnximport.OrtReference.draw;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class FusedNormalizationOpsTest {
    private static final String DOMAIN = "com.microsoft.";
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @ValueSource(strings = {"x,skip,g", "x,skip,g,b", "x,skip,g,b,bias", "x,skip,g,,bias"})
    void skipLayerNormalizationNormalisesTheSum(String inputs) {
        OnnxModel model = normalised()
                .node(DOMAIN + "SkipLayerNormalization", inputs, "y,,,sum", "epsilon", 0.1f)
                .build("y", "sum");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 8), draw("skip", 2, 3, 8));
    }

    @Test
    void skipOfOneSequenceServesTheBatch() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3, 8)
                .input("skip", OnnxType.FLOAT, 3, 8)
                .initializer(draw("g", 8))
                .node(DOMAIN + "SkipLayerNormalization", "x,skip,g", "y")
                .build("y");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 8), draw("skip", 3, 8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"x,skip,g", "x,skip,g,bias"})
    void skipSimplifiedLayerNormalizationSubtractsNoMean(String inputs) {
        OnnxModel model = normalised()
                .node(DOMAIN + "SkipSimplifiedLayerNormalization", inputs, "y,,,sum")
                .build("y", "sum");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 8), draw("skip", 2, 3, 8));
    }

    @ParameterizedTest
    @CsvSource({"LayerNormalization, 'x,g,b'", "LayerNormalization, 'x,g'", "SimplifiedLayerNormalization, 'x,g'"})
    void layerNormalizationsOfOlderFilesStandInOnnxsDomain(String op, String inputs) {
        OnnxModel model =
                normalised().node(op, inputs, "y", "axis", -1, "epsilon", 0.1f).build("y");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 8), draw("skip", 2, 3, 8));
    }

    @ParameterizedTest
    @CsvSource({"true, true, true", "true, false, false", "false, true, true", "false, false, false"})
    void embeddingsAreAddedAndNormalised(boolean segments, boolean masked, boolean placed) {
        OnnxModel model = TestModels.opset(13)
                .input("ids", OnnxType.INT32, -1, -1)
                .input("segments", OnnxType.INT32, -1, -1)
                .input("mask", OnnxType.INT32, -1, -1)
                .input("at", OnnxType.INT32, -1, -1)
                .initializer(draw("words", 10, 8))
                .initializer(draw("places", 6, 8))
                .initializer(draw("kinds", 2, 8))
                .initializer(draw("g", 8))
                .initializer(draw("b", 8))
                .node(
                        DOMAIN + "EmbedLayerNormalization",
                        String.join(
                                ",",
                                "ids",
                                segments ? "segments" : "",
                                "words",
                                "places",
                                segments ? "kinds" : "",
                                "g",
                                "b",
                                masked ? "mask" : "",
                                placed ? "at" : ""),
                        "y,lengths,sum")
                .build("y", "lengths", "sum");
        long[] shape = {2, 3};
        assertClose(
                model,
                TOLERANCE,
                OnnxTensor.ofIntegers("ids", OnnxType.INT32, shape, 1, 9, 0, 3, 3, 4),
                OnnxTensor.ofIntegers("segments", OnnxType.INT32, shape, 0, 0, 1, 0, 1, 1),
                OnnxTensor.ofIntegers("mask", OnnxType.INT32, shape, 1, 1, 0, 1, 0, 0),
                OnnxTensor.ofIntegers("at", OnnxType.INT32, shape, 5, 4, 3, 0, 0, 2));
    }

    /** ONNX Runtime has no such kernel for the processor: ONNX's own operator is the reference. */
    @ParameterizedTest
    @CsvSource({"1, 0", "1, 1", "0, 0", "0, 1"})
    void groupNormEqualsGroupNormalization(int last, int silu) {
        boolean swap = last == 1;
        TestModels models = TestModels.opset(21)
                .input("x", OnnxType.FLOAT, -1, swap ? -1 : 6, 3, swap ? 6 : -1)
                .initializer(draw("g", 6))
                .initializer(draw("b", 6))
                .initializer(draw("bias", 6))
                .input("skip", OnnxType.FLOAT, -1, 6);
        Object[] attributes = {"groups", 3, "activation", silu, "channels_last", last, "epsilon", 0.01f};
        models.node(DOMAIN + "GroupNorm", "x,g,b", "y", attributes);
        models.node(DOMAIN + "SkipGroupNorm", "x,g,b,skip,bias", "z,sum", attributes);
        models.node(DOMAIN + "GroupNorm", "sum,g,b", "w", attributes);
        models.node("Transpose", "x", "t", "perm", swap ? new long[] {0, 3, 1, 2} : new long[] {0, 1, 2, 3});
        models.node("GroupNormalization", "t,g,b", "n", "num_groups", 3, "epsilon", 0.01f);
        models.node("Sigmoid", "n", "s");
        models.node("Mul", silu == 1 ? "n,s" : "n,one", "m");
        models.initializer(OnnxTensor.ofFloats("one", new long[0], 1));
        models.node("Transpose", "m", "expected", "perm", swap ? new long[] {0, 2, 3, 1} : new long[] {0, 1, 2, 3});
        OnnxModel model = models.build("y", "expected", "z", "w", "sum");
        OnnxTensor x = swap ? draw("x", 2, 4, 3, 6) : draw("x", 2, 6, 3, 4);
        OnnxTensor skip = draw("skip", 2, 6);
        List<OnnxTensor> found = TestModels.run(model, x, skip);
        assertThat(found.get(0).toDoubles()).containsExactly(found.get(1).toDoubles(), within(1e-5));
        assertThat(found.get(2).toDoubles()).containsExactly(found.get(3).toDoubles(), within(1e-6));
        double[] bias = draw("bias", 6).toDoubles();
        // The last element of the second row belongs to the last channel in either layout.
        int end = found.get(4).toDoubles().length - 1;
        assertThat(found.get(4).toDoubles()[end])
                .isCloseTo(x.toDoubles()[end] + skip.toDoubles()[11] + bias[5], within(1e-5));
    }

    private static TestModels normalised() {
        return TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 8)
                .input("skip", OnnxType.FLOAT, -1, -1, 8)
                .initializer(draw("g", 8))
                .initializer(draw("b", 8))
                .initializer(draw("bias", 8));
    }
}
