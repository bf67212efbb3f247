package org.lsuv.tf.onnximport;

import static org.lsuv.tf.onnximport.QuantizeOpsTest.floats;
import static org.lsuv.tf.onnximport.QuantizeOpsTest.number;
import static org.lsuv.tf.onnximport.QuantizeOpsTest.random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class MicrosoftQuantizeOpsTest {
    @ParameterizedTest
    @CsvSource({"QLinearAdd, UINT8", "QLinearAdd, INT8", "QLinearMul, UINT8", "QLinearMul, INT8"})
    void arithmeticAgreesWithOnnxRuntime(String op, OnnxType type) {
        OnnxModel model = start(type, 3, 50)
                .initializer(random("b", type, 50))
                .node("com.microsoft." + op, "x, xScale, xZero, b, bScale, bZero, yScale, yZero", "y")
                .build("y");
        OrtReference.assertSame(model, random("x", type, 3, 50));
    }

    @ParameterizedTest
    @CsvSource({
        "QLinearSigmoid, UINT8",
        "QLinearSigmoid, INT8",
        "QLinearLeakyRelu, UINT8",
        "QLinearLeakyRelu, INT8",
        "QLinearGlobalAveragePool, UINT8",
        "QLinearSoftmax, UINT8",
        "QLinearSoftmax, INT8"
    })
    void functionsAgreeWithOnnxRuntime(String op, OnnxType type) {
        Object[] attributes = op.equals("QLinearLeakyRelu")
                ? new Object[] {"alpha", 0.2f}
                : op.equals("QLinearSoftmax") ? new Object[] {"opset", 13} : new Object[0];
        OnnxModel model = start(type, 2, 3, 5, 8)
                .initializer(number("small", OnnxType.FLOAT, 1 / 256.0))
                .node(
                        "com.microsoft." + op,
                        "x, xScale, xZero, " + (op.endsWith("Pool") ? "yScale" : "small") + ", yZero",
                        "y",
                        attributes)
                .build("y");
        OrtReference.assertSame(model, random("x", type, 2, 3, 5, 8));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "0, 1"})
    void averagesAgreeWithOnnxRuntime(int countPadding, int roundUp) {
        OnnxModel model = start(OnnxType.UINT8, 2, 3, 7, 6)
                .node(
                        "com.microsoft.QLinearAveragePool",
                        "x, xScale, xZero, yScale, yZero",
                        "y",
                        "kernel_shape",
                        new long[] {3, 3},
                        "strides",
                        new long[] {2, 2},
                        "pads",
                        new long[] {1, 1, 1, 1},
                        "count_include_pad",
                        countPadding,
                        "ceil_mode",
                        roundUp)
                .build("y");
        OrtReference.assertSame(model, random("x", OnnxType.UINT8, 2, 3, 7, 6));
    }

    @Test
    void partsOfAConcatHaveScalesOfTheirOwn() {
        OnnxModel model = start(OnnxType.UINT8, 2, 9)
                .initializer(random("b", OnnxType.UINT8, 2, 4))
                .node(
                        "com.microsoft.QLinearConcat",
                        "yScale, yZero, x, xScale, xZero, b, bScale, bZero",
                        "y",
                        "axis",
                        1)
                .build("y");
        OrtReference.assertSame(model, random("x", OnnxType.UINT8, 2, 9));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "0, 1", "1, 1"})
    void qGemmAgreesWithOnnxRuntime(int transA, int transB) {
        OnnxModel model = start(OnnxType.UINT8, transA == 0 ? new long[] {4, 30} : new long[] {30, 4})
                .initializer(random("b", OnnxType.INT8, transB == 0 ? new long[] {30, 5} : new long[] {5, 30}))
                .initializer(number("zero", OnnxType.INT8, 2))
                .initializer(QuantizeOpsTest.numbers("c", OnnxType.INT32, 1, -2000, 300, 40, 5))
                .node(
                        "com.microsoft.QGemm",
                        "x, xScale, xZero, b, bScale, zero, c, yScale, yZero",
                        "y",
                        "transA",
                        transA,
                        "transB",
                        transB,
                        "alpha",
                        0.5f)
                .node(
                        "com.microsoft.QGemm",
                        "x, xScale, xZero, b, bScale, zero, c",
                        "z",
                        "transA",
                        transA,
                        "transB",
                        transB,
                        "alpha",
                        0.5f)
                .build("y", "z");
        OrtReference.assertClose(
                model,
                1e-6,
                random(
                        "x",
                        OnnxType.UINT8,
                        model.graph().inputs().get(0).shape().orElseThrow().sizes()));
    }

    @Test
    void productsAsRealNumbersAgreeWithOnnxRuntime() {
        OnnxModel model = start(OnnxType.UINT8, 3, 30)
                .input("a", OnnxType.FLOAT, 2, 4)
                .initializer(random("b", OnnxType.INT8, 30, 5))
                .initializer(number("zero", OnnxType.INT8, 2))
                .initializer(floats("bias", new float[] {1, 2, 3, 4, 5}, 5))
                .initializer(random("d", OnnxType.INT8, 4, 5))
                .node("com.microsoft.MatMulIntegerToFloat", "x, b, xScale, bScale, xZero, zero, bias", "y")
                .node("com.microsoft.DynamicQuantizeMatMul", "a, d, bScale, zero, bias", "z")
                .build("y", "z");
        OnnxTensor a = floats("a", new float[] {0.1f, 0.2f, -3, 4, 5, 6.5f, 7, 0.8f}, 2, 4);
        OrtReference.assertClose(model, 1e-6, random("x", OnnxType.UINT8, 3, 30), a);
    }

    @Test
    void quantizeLinearOfTheDomainAgreesWithOnnxRuntime() {
        OnnxModel model = TestModels.opset(13)
                .domain("com.microsoft", 1)
                .input("x", OnnxType.FLOAT, 4)
                .initializer(number("scale", OnnxType.FLOAT, 0.5))
                .initializer(number("zero", OnnxType.UINT16, 40000))
                .node("com.microsoft.QuantizeLinear", "x, scale, zero", "q")
                .node("com.microsoft.DequantizeLinear", "q, scale, zero", "y")
                .build("y");
        OrtReference.assertSame(model, floats("x", new float[] {-1e6f, 0.75f, 1.25f, 1e6f}, 4));
    }

    private static TestModels start(OnnxType type, long... shape) {
        return TestModels.opset(13)
                .domain("com.microsoft", 1)
                .input("x", type, shape)
                .initializer(number("xScale", OnnxType.FLOAT, 0.031))
                .initializer(number("xZero", type, 7))
                .initializer(number("bScale", OnnxType.FLOAT, 0.017))
                .initializer(number("bZero", type, 100))
                .initializer(number("yScale", OnnxType.FLOAT, 0.043))
                .initializer(number("yZero", type, 3));
    }
}
