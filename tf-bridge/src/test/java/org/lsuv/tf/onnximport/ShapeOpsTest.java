package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

class ShapeOpsTest {
    private static OnnxTensor longs(String name, long... values) {
        return OnnxTensor.ofLongs(name, new long[] {values.length}, values);
    }

    private static OnnxTensor floats(String name, float... values) {
        return OnnxTensor.ofFloats(name, new long[] {values.length}, values);
    }

    /** Runs Pad on a vector whose size is open. */
    private static float[] pad(String mode, long before, long after, float... values) {
        OnnxModel model = TestModels.opset(19)
                .input("x", OnnxType.FLOAT, -1)
                .initializer(longs("pads", before, after))
                .node("Pad", "x, pads", "y", "mode", mode)
                .build("y");
        return TestModels.run(model, floats("x", values)).get(0).toFloats();
    }

    @Test
    void reflectionGoesToAndFroWherePadsExceedTheSize() {
        assertThat(pad("reflect", 3, 5, 1, 2, 3)).containsExactly(2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2);
    }

    @Test
    void reflectionOfOneElementRepeatsIt() {
        assertThat(pad("reflect", 1, 2, 7)).containsExactly(7, 7, 7, 7);
    }

    @Test
    void wrapGoesRoundMoreThanOnce() {
        assertThat(pad("wrap", 3, 3, 1, 2)).containsExactly(2, 1, 2, 1, 2, 1, 2, 1);
    }

    @Test
    void negativePadsCropBeforeTheOtherSideGrows() {
        assertThat(pad("constant", -2, 1, 1, 2, 3)).containsExactly(3, 0);
        assertThat(pad("edge", 2, -1, 1, 2, 3)).containsExactly(1, 1, 1, 2);
        assertThat(pad("wrap", 2, -1, 1, 2, 3)).containsExactly(1, 2, 1, 2);
    }

    @Test
    void computedPadsDoWhatConstantOnesDo() {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, 2, 3)
                .input("pads", OnnxType.INT64, 2)
                .input("axes", OnnxType.INT64, 1)
                .node("Pad", "x, pads,, axes", "y", "mode", "reflect")
                .build("y");

        OnnxTensor y = TestModels.run(
                        model,
                        OnnxTensor.ofFloats("x", new long[] {2, 3}, 1, 2, 3, 4, 5, 6),
                        longs("pads", 2, -1),
                        longs("axes", -1))
                .get(0);

        assertThat(y.shape()).containsExactly(2, 4);
        assertThat(y.toFloats()).containsExactly(1, 2, 1, 2, 4, 5, 4, 5);
    }

    @Test
    void padOfVersion2TakesAttributes() {
        OnnxModel model = TestModels.opset(9)
                .input("x", OnnxType.DOUBLE, 1)
                .node("Pad", "x", "y", "pads", new long[] {1, 0}, "value", 2.5f)
                .build("y");

        OnnxTensor x = OnnxTensor.ofDoubles("x", OnnxType.DOUBLE, new long[] {1}, 4);
        assertThat(TestModels.run(model, x).get(0).toDoubles()).containsExactly(2.5, 4);
    }

    @ParameterizedTest
    @CsvSource({"0, '2,3,0', 0", "1, '2,0,3', 0", "1, '0,7', 0"})
    void zeroIsASizeWhereAllowed(long allowZero, String target, long elements) {
        long[] shape =
                List.of(target.split(",")).stream().mapToLong(Long::parseLong).toArray();
        OnnxModel model = TestModels.opset(14)
                .input("x", OnnxType.FLOAT, 2, 3, 0)
                .initializer(longs("shape", shape))
                .node("Reshape", "x, shape", "y", "allowzero", allowZero)
                .build("y");

        OnnxTensor y = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {2, 3, 0}))
                .get(0);

        assertThat(y.shape()).isEqualTo(shape);
        assertThat(y.elementCount()).isEqualTo(elements);
    }

    @Test
    void zeroKeepsAnOpenSizeNextToAnInferredOne() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, 4)
                .initializer(longs("shape", 0, -1, 2))
                .node("Reshape", "x, shape", "y")
                .build("y");

        OnnxTensor y = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {3, 1, 4}, new float[12]))
                .get(0);

        assertThat(y.shape()).containsExactly(3, 2, 2);
    }

    @Test
    void reshapeRefusesTwoInferredSizes() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, 4)
                .initializer(longs("shape", -1, -1))
                .node("Reshape", "x, shape", "y")
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("model: node \"Reshape_0\" Reshape(x, shape) -> y: "
                        + "expected sizes of −1 (once), 0 or more, got [-1, -1]");
    }

    @Test
    void lastPartOfUnevenSplitIsSmaller() {
        for (long declared : new long[] {7, -1}) {
            OnnxModel model = TestModels.opset(18)
                    .input("x", OnnxType.FLOAT, declared)
                    .node("Split", "x", "a, b, c", "num_outputs", 3)
                    .build("a", "b", "c");

            List<OnnxTensor> parts = TestModels.run(model, floats("x", 1, 2, 3, 4, 5, 6, 7));

            assertThat(parts).extracting(OnnxTensor::elementCount).containsExactly(3L, 3L, 1L);
            assertThat(parts.get(2).toFloats()).containsExactly(7);
        }
    }

    @Test
    void splitRefusesSizesThatDoNotAddUp() {
        OnnxModel model = TestModels.opset(11)
                .input("x", OnnxType.FLOAT, 5)
                .node("Split", "x", "a, b", "split", new long[] {2, 2})
                .build("a", "b");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageEndingWith("sizes [2, 2] do not add up to 5");
    }

    @Test
    void expandBroadcastsBothWays() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 1, 2)
                .initializer(longs("shape", 3, 1))
                .node("Expand", "x, shape", "y")
                .build("y");

        OnnxTensor y = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {2, 1, 2}, 1, 2, 3, 4))
                .get(0);

        assertThat(y.shape()).containsExactly(2, 3, 2);
        assertThat(y.toFloats()).containsExactly(1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4);
    }

    @Test
    void computedAxesAreSqueezed() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, 1, -1, 1, 2)
                .input("axes", OnnxType.INT64, 2)
                .node("Squeeze", "x, axes", "y")
                .build("y");

        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {1, 3, 1, 2}, 1, 2, 3, 4, 5, 6);
        OnnxTensor y = TestModels.run(model, x, longs("axes", -2, 0)).get(0);

        assertThat(y.shape()).containsExactly(3, 2);
        assertThat(y.toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void squeezeWithoutAxesNeedsKnownSizes() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 1)
                .node("Squeeze", "x", "y")
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("without axes the sizes of the input must be known, but they are [-1, 1]");
    }

    /** 2049 and 2051 lie between float16 values, 257 and 259 between bfloat16 ones: ties go to even. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT16, 2049, 2048",
        "FLOAT16, 2051, 2052",
        "FLOAT16, 1e6, Infinity",
        "BFLOAT16, 257, 256",
        "BFLOAT16, 259, 260",
        "INT32, -2.9, -2",
        "INT8, 130, -126",
        "INT16, 32769, -32767",
        "UINT8, 3.7, 3",
        "UINT32, 4294967295, 4294967295",
        "BOOL, 0.25, 1",
    })
    void castGivesValuesOfTheNarrowType(OnnxType type, double value, double expected) {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.DOUBLE, 1)
                .node("Cast", "x", "narrow", "to", type.code())
                .node("Cast", "narrow", "y", "to", OnnxType.DOUBLE.code())
                .build("y");

        OnnxTensor x = OnnxTensor.ofDoubles("x", OnnxType.DOUBLE, new long[] {1}, value);
        assertThat(TestModels.run(model, x).get(0).toDoubles()).containsExactly(expected);
    }

    @Test
    void castLikeTakesTheDeclaredTypeNotTheComputedOne() {
        OnnxModel model = TestModels.opset(15)
                .input("x", OnnxType.FLOAT, 1)
                .input("like", OnnxType.FLOAT16, 1)
                .node("CastLike", "x, like", "y")
                .build("y");

        OnnxTensor like = OnnxTensor.ofDoubles("like", OnnxType.FLOAT16, new long[] {1}, 0);
        assertThat(TestModels.run(model, floats("x", 2049), like).get(0).toFloats())
                .containsExactly(2048);
    }

    @Test
    void flattenAtTheRankMakesAColumn() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 2)
                .node("Flatten", "x", "y", "axis", 2)
                .build("y");

        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {3, 2}, new float[6]);
        assertThat(TestModels.run(model, x).get(0).shape()).containsExactly(6, 1);
    }

    @Test
    void tileKnowsEveryNumericType() {
        for (OnnxType type : List.of(OnnxType.UINT16, OnnxType.UINT8, OnnxType.INT8, OnnxType.BOOL)) {
            OnnxModel model = TestModels.opset(13)
                    .input("x", OnnxType.INT64, 2)
                    .initializer(longs("repeats", 2))
                    .node("Cast", "x", "narrow", "to", type.code())
                    .node("Tile", "narrow, repeats", "y")
                    .build("y");

            assertThat(TestModels.run(model, longs("x", 1, 0)).get(0).toLongs()).containsExactly(1, 0, 1, 0);
        }
    }
}
