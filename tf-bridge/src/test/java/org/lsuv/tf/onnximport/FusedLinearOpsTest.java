package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnximport.OrtReference.assertClose;
import static org.lsuv.tf.onnximport.OrtReference.draw;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class FusedLinearOpsTest {
    private static final String DOMAIN = "com.microsoft.";
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @CsvSource({"Relu, ''", "Tanh, ''", "Sigmoid, ''", "LeakyRelu, 0.3", "Clip, '-0.5 0.75'", "HardSigmoid, '0.3 0.4'"})
    void fusedConvolutionAppliesItsActivationLast(String activation, String parameters) {
        float[] values = parameters.isEmpty() ? new float[0] : floats(parameters);
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 4, -1, -1)
                .initializer(draw("w", 6, 2, 3, 3))
                .initializer(draw("b", 6))
                .node(
                        DOMAIN + "FusedConv",
                        "x,w,b",
                        "y",
                        "activation",
                        activation,
                        "activation_params",
                        values,
                        "group",
                        2,
                        "pads",
                        new long[] {1, 0, 0, 1},
                        "strides",
                        new long[] {2, 1})
                .build("y");
        assertClose(model, TOLERANCE, draw("x", 2, 4, 7, 6));
    }

    @Test
    void residualOfFusedConvolutionComesBeforeTheActivation() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3, 5, 5)
                .input("z", OnnxType.FLOAT, -1, 6, 5, 5)
                .initializer(draw("w", 6, 3, 1, 1))
                .initializer(draw("b", 6))
                .node(DOMAIN + "FusedConv", "x,w,b,z", "y", "activation", "Relu")
                .build("y");
        assertClose(model, TOLERANCE, draw("x", 2, 3, 5, 5), draw("z", 2, 6, 5, 5));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void convolutionWithChannelsLastEqualsConv(int group) {
        TestModels models = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1, -1, 4)
                .initializer(draw("w", 6, 4 / group, 3, 2))
                .initializer(draw("b", 6));
        OnnxModel fused = models.node(DOMAIN + "NhwcConv", "x,w,b", "y", "group", group)
                .node("Transpose", "x", "t", "perm", new long[] {0, 3, 1, 2})
                .node("Conv", "t,w,b", "c", "group", group)
                .node("Transpose", "c", "expected", "perm", new long[] {0, 2, 3, 1})
                .build("y", "expected");
        var found = TestModels.run(fused, draw("x", 2, 5, 6, 4));
        assertThat(found.get(0).shape()).containsExactly(2, 3, 5, 6);
        assertThat(found.get(0).toDoubles()).containsExactly(found.get(1).toDoubles());
    }

    @ParameterizedTest
    @CsvSource({
        "Relu, 0, 0",
        "LeakyRelu, 0.2, 0",
        "Tanh, 0, 0",
        "Sigmoid, 0, 0",
        "Elu, 0.7, 0",
        "HardSigmoid, 0.3, 0.6",
        "Softplus, 0, 0",
        "Softsign, 0, 0",
        "ThresholdedRelu, 0.5, 0",
        "Selu, 1.5, 0"
    })
    void fusedGemmAppliesItsActivationLast(String activation, float alpha, float beta) {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 5)
                .initializer(draw("w", 7, 5))
                .initializer(draw("b", 7))
                .node(
                        DOMAIN + "FusedGemm",
                        "x,w,b",
                        "y",
                        "transB",
                        1,
                        "alpha",
                        0.5f,
                        "beta",
                        2f,
                        "activation",
                        activation,
                        "activation_alpha",
                        alpha,
                        "activation_beta",
                        beta,
                        "activation_gamma",
                        1.2f)
                .build("y");
        assertClose(model, TOLERANCE, draw("x", 3, 5));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0, '2,3,4,5', '2,3,5,6'",
        "1, 0, 0, 0, '2,3,5,4', '2,3,5,6'",
        "0, 1, 0, 0, '2,3,4,5', '2,3,6,5'",
        "1, 1, 0, 0, '2,5,4', '6,5'",
        "0, 0, 1, 0, '4,2,3,5', '2,3,5,6'",
        "1, 0, 1, 0, '5,2,3,4', '2,3,5,6'",
        "0, 1, 0, 1, '2,3,4,5', '6,2,3,5'",
        "1, 1, 1, 1, '5,2,4', '6,2,5'",
        "0, 0, 0, 0, '5', '5,6'"
    })
    void fusedMatMulTransposesItsFactors(int a, int b, int batchA, int batchB, String left, String right) {
        long[] leftShape = shape(left);
        long[] open = leftShape.clone();
        open[0] = open.length == 1 ? open[0] : -1;
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, open)
                .initializer(draw("w", shape(right)))
                .node(
                        DOMAIN + "FusedMatMul",
                        "x,w",
                        "y",
                        "transA",
                        a,
                        "transB",
                        b,
                        "transBatchA",
                        batchA,
                        "transBatchB",
                        batchB,
                        "alpha",
                        0.25f)
                .build("y");
        assertClose(model, TOLERANCE, draw("x", leftShape));
    }

    /** These have no kernel for the processor in ONNX Runtime; FusedMatMul is compared above. */
    @Test
    void productsApplyTheirFunctionsLast() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 2)
                .initializer(OnnxTensor.ofFloats("w", new long[] {2, 2}, 1, -1, 0, 1))
                .initializer(OnnxTensor.ofFloats("b", new long[] {2}, 10, -2))
                .node(
                        DOMAIN + "FusedMatMulActivation",
                        "x,w",
                        "y",
                        "transB",
                        1,
                        "alpha",
                        2f,
                        "activation",
                        "LeakyRelu",
                        "activation_alpha",
                        0.5f)
                .node(DOMAIN + "TransposeMatMul", "x,w", "t", "transB", 1)
                .node(DOMAIN + "GemmFastGelu", "x,w,b", "z")
                .build("y", "t", "z");
        var found = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {1, 2}, 1, 3));
        assertThat(found.get(0).toDoubles()).containsExactly(-2, 6);
        assertThat(found.get(1).toDoubles()).containsExactly(-2, 3);
        // x·w + b is (11, 0).
        assertThat(found.get(2).toDoubles()).containsExactly(11, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "4, 16, 40, none", "4, 32, 64, none", "8, 16, 40, none", "8, 32, 32, packed",
        "4, 16, 48, packed", "4, 16, 40, packed", "4, 16, 40, float", "2, 16, 40, none"
    })
    void packedMatrixIsUnpackedByBlock(int bits, int blockSize, int inputs, String zeroPoints) {
        int outputs = 5;
        int blocks = (inputs + blockSize - 1) / blockSize;
        int blob = blockSize * bits / 8;
        int zeroBytes = (blocks * bits + 7) / 8;
        TestModels models = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, -1, inputs)
                .initializer(bytes("w", outputs, blocks, blob))
                .initializer(draw("scale", outputs, blocks))
                .initializer(draw("bias", outputs));
        String zero = "";
        if (zeroPoints.equals("packed")) {
            models.initializer(bytes("zp", outputs, zeroBytes));
            zero = "zp";
        } else if (zeroPoints.equals("float")) {
            models.initializer(draw("zp", outputs, blocks));
            zero = "zp";
        }
        OnnxModel model = models.node(
                        DOMAIN + "MatMulNBits",
                        "x,w,scale," + zero + ",,bias",
                        "y",
                        "K",
                        inputs,
                        "N",
                        outputs,
                        "bits",
                        bits,
                        "block_size",
                        blockSize)
                .build("y");
        assertClose(model, 1e-4, draw("x", 2, 3, inputs));
    }

    @Test
    void packedMatrixOfWrongSizeIsMalformed() {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 40)
                .initializer(bytes("w", 5, 2, 8))
                .initializer(draw("scale", 5, 2))
                .node(DOMAIN + "MatMulNBits", "x,w,scale", "y", "K", 40, "N", 5, "bits", 4, "block_size", 16)
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("the packed matrix has 80 bytes; expected 120");
    }

    private static OnnxTensor bytes(String name, long... shape) {
        long count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return OnnxTensor.ofIntegers(
                name, OnnxType.UINT8, shape, new Random(3).longs(count, 0, 256).toArray());
    }

    private static long[] shape(String sizes) {
        return Arrays.stream(sizes.split(",", -1)).mapToLong(Long::parseLong).toArray();
    }

    private static float[] floats(String numbers) {
        String[] parts = numbers.split(" ", -1);
        float[] values = new float[parts.length];
        for (int i = 0; i < parts.length; i++) {
            values[i] = Float.parseFloat(parts[i]);
        }
        return values;
    }
}
