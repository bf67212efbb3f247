package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class QuantizeOpsTest {
    private static final float[] VALUES = {-1e9f, -70, -3.75f, -1.25f, -0.25f, 0, 0.25f, 0.75f, 1.25f, 3.75f, 90, 1e9f};

    @ParameterizedTest
    @EnumSource(names = {"INT8", "UINT8", "INT16", "UINT16", "INT4", "UINT4"})
    void quantizeLinearRoundsHalvesToEvenAndSaturates(OnnxType type) {
        OnnxModel model = TestModels.opset(21)
                .input("x", OnnxType.FLOAT, VALUES.length)
                .initializer(number("scale", OnnxType.FLOAT, 0.5))
                .initializer(number("zero", type, 3))
                .node("QuantizeLinear", "x, scale, zero", "q")
                .node("DequantizeLinear", "q, scale, zero", "y")
                .build("y");
        OrtReference.assertSame(model, floats("x", VALUES, VALUES.length));
    }

    @ParameterizedTest
    @CsvSource({"FLOAT8E4M3FN, 1", "FLOAT8E4M3FN, 0", "FLOAT8E4M3FNUZ, 1", "FLOAT8E4M3FNUZ, 0"})
    void quantizeLinearTo8BitFloatsAgreesWithOnnxRuntime(OnnxType type, int saturate) {
        OnnxModel model = TestModels.opset(19)
                .input("x", OnnxType.FLOAT, VALUES.length)
                .initializer(number("scale", OnnxType.FLOAT, 0.5))
                .initializer(number("zero", type, 0))
                .node("QuantizeLinear", "x, scale, zero", "q", "saturate", saturate)
                .node("DequantizeLinear", "q, scale", "y")
                .build("y");
        OrtReference.assertSame(model, floats("x", VALUES, VALUES.length));
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "-1"})
    void scalesBelongToPositionsAlongTheAxis(int axis) {
        int count = axis == 0 ? 2 : 3;
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1)
                .initializer(floats("scale", new float[] {0.5f, 0.1f, 2}, 3).rows(0, count))
                .initializer(numbers("zero", OnnxType.INT8, 1, -7, 3).rows(0, count))
                .node("QuantizeLinear", "x, scale, zero", "q", "axis", axis)
                .node("DequantizeLinear", "q, scale, zero", "y", "axis", axis)
                .build("q", "y");
        OrtReference.assertSame(model, floats("x", new float[] {1, -2, 3, 0.3f, -0.7f, 111}, 2, 3));
    }

    @Test
    void theLastBlockMayBeShorter() {
        OnnxModel model = TestModels.opset(21)
                .input("x", OnnxType.FLOAT, 2, 5)
                .initializer(floats("scale", new float[] {0.5f, 0.25f, 1, 3, 0.1f, 0.2f}, 2, 3))
                .initializer(OnnxTensor.ofNumbers("zero", OnnxType.UINT8, new long[] {2, 3}, 1, 2, 3, 4, 5, 6))
                .node("QuantizeLinear", "x, scale, zero", "q", "axis", 1, "block_size", 2)
                .node("DequantizeLinear", "q, scale, zero", "y", "axis", 1, "block_size", 2)
                .build("q", "y");
        OrtReference.assertSame(model, floats("x", new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 2, 5));
    }

    @Test
    void blocksThatDoNotFitAreRefused() {
        OnnxModel model = TestModels.opset(21)
                .input("x", OnnxType.FLOAT, 2, 5)
                .initializer(floats("scale", new float[] {0.5f, 0.25f}, 2, 1))
                .node("QuantizeLinear", "x, scale", "q", "axis", 1, "block_size", 2)
                .build("q");
        assertThatThrownBy(() -> TestModels.run(model, floats("x", new float[10], 2, 5)))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("need 3 scales along axis 1, got 1");
    }

    @Test
    void theQuotientHasThePrecisionOfTheScale() {
        // 1000.5 / 0.333 is 3004.5045, which float16 rounds to 3004; of the even neighbours 3004 and 3006.
        OnnxModel model = TestModels.opset(21)
                .input("x", OnnxType.FLOAT16, 1)
                .initializer(number("scale", OnnxType.FLOAT16, 0.333))
                .initializer(number("zero", OnnxType.INT16, 0))
                .node("QuantizeLinear", "x, scale, zero", "q")
                .build("q");
        OnnxTensor x = OnnxTensor.ofDoubles("x", OnnxType.FLOAT16, new long[] {1}, 1000.5);
        assertThat(TestModels.run(model, x).get(0).toDoubles()).containsExactly(3004);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 3, 7.5", "-1, -2, -3, -7.5", "-4, 0.1, 0.2, 9", "0, 0, 0, 0"})
    void dynamicQuantizeLinearIncludesZeroInTheRange(float a, float b, float c, float d) {
        OnnxModel model = TestModels.opset(11)
                .input("x", OnnxType.FLOAT, -1)
                .node("DynamicQuantizeLinear", "x", "y, scale, zero")
                .build("y", "scale", "zero");
        OrtReference.assertSame(model, floats("x", new float[] {a, b, c, d}, 4));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, NOTSET, UINT8, INT8", "2, 1, 1, NOTSET, UINT8, UINT8", "4, 1, 1, SAME_UPPER, INT8, INT8",
        "1, 2, 1, SAME_LOWER, UINT8, INT8", "2, 1, 2, NOTSET, UINT8, INT8", "1, 1, 2, VALID, UINT8, INT8",
    })
    void quantisedConvolutionsAreExact(
            int group, int stride, int dilation, String autoPad, OnnxType type, OnnxType filterType) {
        Object[] attributes = {
            "group",
            group,
            "strides",
            new long[] {stride, stride},
            "dilations",
            new long[] {dilation, dilation},
            "auto_pad",
            autoPad
        };
        TestModels models = TestModels.opset(13)
                .input("x", type, -1, 4, 7, 6)
                .initializer(random("w", filterType, 4, 4 / group, 3, 3))
                .initializer(floats("wScale", new float[] {0.02f, 0.03f, 0.01f, 0.04f}, 4))
                .initializer(numbers("wZeros", filterType, 0, 0, 0, 0))
                .initializer(number("wZero", filterType, 0))
                .initializer(number("xScale", OnnxType.FLOAT, 0.1))
                .initializer(number("xZero", type, 5))
                .initializer(number("yScale", OnnxType.FLOAT, 0.7))
                .initializer(number("yZero", type, 9))
                .initializer(numbers("bias", OnnxType.INT32, 100, -200, 3, 4000))
                .node("QLinearConv", "x, xScale, xZero, w, wScale, wZeros, yScale, yZero, bias", "y", attributes);
        // ONNX Runtime convolves unsigned inputs alone into integers.
        boolean integer = type == OnnxType.UINT8;
        OnnxModel model = integer
                ? models.node("ConvInteger", "x, w, xZero, wZero", "z", attributes)
                        .build("y", "z")
                : models.build("y");
        OrtReference.assertSame(model, random("x", type, 2, 4, 7, 6));
    }

    @ParameterizedTest
    @CsvSource({"UINT8, UINT8", "UINT8, INT8", "INT8, INT8"})
    void quantisedProductsAreExact(OnnxType left, OnnxType right) {
        OnnxModel model = TestModels.opset(13)
                .input("a", left, 2, 3, 40)
                .initializer(random("b", right, 40, 5))
                .initializer(number("aScale", OnnxType.FLOAT, 0.1))
                .initializer(number("aZero", left, 7))
                .initializer(floats("bScale", new float[] {0.02f, 0.03f, 0.01f, 0.04f, 0.5f}, 5))
                .initializer(numbers("bZero", right, 1, 2, 3, 4, 5))
                .initializer(number("yScale", OnnxType.FLOAT, 3))
                .initializer(number("yZero", left, 9))
                .node("QLinearMatMul", "a, aScale, aZero, b, bScale, bZero, yScale, yZero", "y")
                .node("MatMulInteger", "a, b, aZero, bZero", "z")
                .build("y", "z");
        OrtReference.assertSame(model, random("a", left, 2, 3, 40));
    }

    @Test
    void sumsOfManyProductsStayExact() {
        // 3,000 products of 255 · 127 need 27 bits, more than float32 has.
        OnnxModel model = TestModels.opset(10)
                .input("x", OnnxType.UINT8, 1, 3000, 1, 1)
                .initializer(filled("w", OnnxType.INT8, 127, 1, 3000, 1, 1))
                .node("ConvInteger", "x, w", "y")
                .build("y");
        OnnxTensor x = filled("x", OnnxType.UINT8, 255, 1, 3000, 1, 1);
        assertThat(TestModels.run(model, x).get(0).toLongs()).containsExactly(3000L * 255 * 127);
    }

    static OnnxTensor floats(String name, float[] values, long... shape) {
        return OnnxTensor.ofFloats(name, shape, values);
    }

    static OnnxTensor number(String name, OnnxType type, double value) {
        return OnnxTensor.ofNumbers(name, type, new long[0], value);
    }

    static OnnxTensor numbers(String name, OnnxType type, double... values) {
        return OnnxTensor.ofNumbers(name, type, new long[] {values.length}, values);
    }

    static OnnxTensor filled(String name, OnnxType type, double value, long... shape) {
        return OnnxTensor.ofNumbers(
                name,
                type,
                shape,
                DoubleStream.generate(() -> value).limit(count(shape)).toArray());
    }

    /** Returns numbers over the whole range of an 8-bit type. */
    static OnnxTensor random(String name, OnnxType type, long... shape) {
        int least = type == OnnxType.INT8 ? -128 : 0;
        Random random = new Random(name.hashCode());
        return OnnxTensor.ofNumbers(
                name,
                type,
                shape,
                random.ints(count(shape), least, least + 256).asDoubleStream().toArray());
    }

    private static long count(long... shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }
}
