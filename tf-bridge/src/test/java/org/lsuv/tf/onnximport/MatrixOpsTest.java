package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.WeightedLayer;

class MatrixOpsTest {
    /** All operands are ones, so that each element is the number of terms in its sum. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "5; 5; ''",
                "5; 5,3; 3",
                "4,5; 5; 4",
                "2,4,5; 5; 2,4",
                "5; 2,5,3; 2,3",
                "4,5; 5,3; 4,3",
                "2,4,5; 5,3; 2,4,3",
                "4,5; 2,5,3; 2,4,3",
                "2,1,4,5; 6,5,3; 2,6,4,3"
            })
    void productsTakeAllRanks(String shapes) {
        String[] parts = shapes.split("; ", -1);
        long[] expected = shape(parts[2].equals("''") ? "" : parts[2]);
        OnnxTensor a = ones("a", shape(parts[0]));
        OnnxTensor b = ones("b", shape(parts[1]));
        OnnxModel model = TestModels.opset(13)
                .input("a", OnnxType.FLOAT, a.shape())
                .input("b", OnnxType.FLOAT, b.shape())
                .node("MatMul", "a,b", "y")
                .build("y");
        OnnxTensor y = TestModels.run(model, a, b).get(0);
        assertThat(y.shape()).containsExactly(expected);
        assertThat(y.toDoubles()).containsOnly(5);
    }

    @Test
    void productsOfRowsAndColumnsAreInTheRightPlaces() {
        OnnxTensor a = OnnxTensor.ofFloats("a", new long[] {2, 1, 2}, 1, 2, 3, 4);
        OnnxModel model = TestModels.opset(13)
                .input("a", OnnxType.FLOAT, -1, -1, 2)
                .initializer(OnnxTensor.ofFloats("w", new long[] {2, 2}, 1, 10, 100, 1000))
                .node("MatMul", "a,w", "p")
                // Only works where the rank of the product is known.
                .node("Softmax", "p", "s", "axis", 0)
                .build("p", "s");
        assertThat(TestModels.run(model, a).get(0).toDoubles()).containsExactly(201, 2010, 403, 4030);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "3", "1,3", "2,1", "1,1", "2,3"})
    void biasOfGemmStretchesToTheProduct(String shape) {
        OnnxTensor c = ones("c", shape(shape));
        assertThat(gemm(c, "beta", 0.5f).toDoubles()).containsExactly(3.5, 3.5, 3.5, 7.5, 7.5, 7.5);
        assertThat(gemm(c).toDoubles()).containsExactly(4, 4, 4, 8, 8, 8);
        assertThat(gemm(c, "beta", 0f, "alpha", 2f).toDoubles()).containsExactly(6, 6, 6, 14, 14, 14);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "4,2,3", "1,2,3", "2,4"})
    void biasOfGemmThatDoesNotFitIsMalformed(String shape) {
        assertThatThrownBy(() -> gemm(ones("c", shape(shape))))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("does not broadcast to the product's [2, 3]");
    }

    @Test
    void gemmMarksItsProductBeforeTheBias() {
        OnnxModel model = gemmModel(ones("c", 3), "alpha", 3f);
        TfModel imported = OnnxImporter.load(model, ImportOptions.defaults());
        WeightedLayer layer = imported.layers().get(0);
        try (TfRun run = TfRun.open(imported.graph(), TfOptions.defaults())) {
            run.feedWeights(imported);
            run.feed(imported.inputs().get(0).tensor(), OnnxTensor.ofFloats("a", new long[] {2, 2}, 1, 2, 3, 4));
            List<OnnxTensor> found = run.fetch(List.of(layer.linear(), layer.blob()));
            assertThat(found.get(0).toDoubles()).containsExactly(9, 9, 9, 21, 21, 21);
            assertThat(found.get(1).toDoubles()).containsExactly(10, 10, 10, 22, 22, 22);
        }
    }

    @Test
    void innerSizesThatDifferAreMalformed() {
        OnnxModel model = TestModels.opset(13)
                .input("a", OnnxType.FLOAT, -1, 4)
                .input("b", OnnxType.FLOAT, 5, 3)
                .node("MatMul", "a,b", "y")
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(
                        "model: node \"MatMul_0\" MatMul(a, b) -> y: the inner sizes of the product differ: 4 and 5");
    }

    @Test
    void zeroPointsAreSubtractedByRowOfAAndColumnOfB() {
        OnnxModel model = TestModels.opset(10)
                .input("a", OnnxType.UINT8, 2, 1)
                .input("b", OnnxType.INT8, 1, 2)
                .initializer(bytes("za", OnnxType.UINT8, new long[] {2}, 1, 2))
                .initializer(bytes("zb", OnnxType.INT8, new long[] {2}, -1, 3))
                .node("MatMulInteger", "a,b,za,zb", "y")
                .build("y");
        OnnxTensor a = bytes("a", OnnxType.UINT8, new long[] {2, 1}, 255, 0);
        OnnxTensor b = bytes("b", OnnxType.INT8, new long[] {1, 2}, -128, 127);
        OnnxTensor y = TestModels.run(model, a, b).get(0);
        assertThat(y.type()).isEqualTo(OnnxType.INT32);
        assertThat(y.toDoubles()).containsExactly(254 * -127, 254 * 124, -2 * -127, -2 * 124);
    }

    /** With weights 1, 2, 3 … in the operands the expected numbers were worked out by hand. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = ';',
            value = {
                "ij,jk->ik; 7 10 15 22",
                "ij , jk; 7 10 15 22",
                "ba,bc; 10 14 14 20",
                "ij,jk,kl; 37 54 81 118",
                "ij,jk,kl->li; 37 81 54 118",
                "ij,kl->; 100",
                "ij,ij; 30",
                "...i,...i->...; 5 25",
                "i...,jk->...; 40 60",
                "ii,jk->jk; 5 10 15 20"
            })
    void einsumTakesImplicitResultsAndManyOperands(String equation, String expected) {
        String left = equation.split("->", -1)[0];
        int operands = left.split(",", -1).length;
        OnnxModel model = TestModels.opset(12)
                .input("m", OnnxType.FLOAT, 2, 2)
                .node("Einsum", String.join(",", Collections.nCopies(operands, "m")), "y", "equation", equation)
                .build("y");
        OnnxTensor m = OnnxTensor.ofFloats("m", new long[] {2, 2}, 1, 2, 3, 4);
        double[] numbers = Arrays.stream(expected.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertThat(TestModels.run(model, m).get(0).toDoubles()).containsExactly(numbers, offset(1e-4));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"ij->i->j; at most one arrow", "i.j->ij; expected letters", "ij,jk; has 2 terms for 1 inputs"})
    void malformedEquationsAreNamed(String equation, String message) {
        OnnxModel model = TestModels.opset(12)
                .input("m", OnnxType.FLOAT, 2, 2)
                .node("Einsum", "m", "y", "equation", equation)
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("attribute \"equation\"")
                .hasMessageContaining(message);
    }

    private static OnnxTensor gemm(OnnxTensor c, Object... attributes) {
        return TestModels.run(gemmModel(c, attributes), OnnxTensor.ofFloats("a", new long[] {2, 2}, 1, 2, 3, 4))
                .get(0);
    }

    private static OnnxModel gemmModel(OnnxTensor c, Object... attributes) {
        return TestModels.opset(13)
                .input("a", OnnxType.FLOAT, 2, 2)
                .initializer(ones("b", 2, 3))
                .initializer(c)
                .node("Gemm", "a,b,c", "y", attributes)
                .build("y");
    }

    private static long[] shape(String sizes) {
        return sizes.isEmpty()
                ? new long[0]
                : Arrays.stream(sizes.split(",")).mapToLong(Long::parseLong).toArray();
    }

    private static OnnxTensor ones(String name, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        Arrays.fill(values, 1);
        return OnnxTensor.ofFloats(name, shape, values);
    }

    private static OnnxTensor bytes(String name, OnnxType type, long[] shape, int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int value : values) {
            bytes.put((byte) value);
        }
        return OnnxTensor.of(name, type, shape, List.of(bytes.flip()));
    }
}
