package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsuv.onnx.NarrowFloat;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Demands of types that TensorFlow carries in a wider one what they do in ONNX. */
class ElementTypesTest {
    @ParameterizedTest
    @CsvSource({
        "Add, INT8, 100, 100, -56",
        "Sub, INT8, -100, 100, 56",
        "Mul, INT16, 300, 300, 24464",
        "Div, INT8, -128, -1, -128",
        "Add, UINT8, 200, 100, 44",
        "Sub, UINT8, 1, 2, 255",
        "Sub, UINT16, 1, 2, 65535",
        "Mul, UINT16, 300, 300, 24464",
        "Add, UINT32, 4294967295, 2, 1",
        "Sub, UINT32, 1, 2, 4294967295",
        "Mul, UINT32, 65536, 65537, 65536",
        "Max, INT8, -5, 3, 3",
        "Mod, UINT32, 4294967295, 10, 5",
    })
    void arithmeticWrapsAround(String op, OnnxType type, double a, double b, double expected) {
        assertThat(binary(op, type, OnnxTensor.ofNumbers("b", type, new long[0], b), a))
                .isEqualTo((long) expected);
    }

    private static long binary(String op, OnnxType type, OnnxTensor b, double a) {
        OnnxModel model = TestModels.opset(18)
                .input("a", type)
                .initializer(b)
                .node(op, "a, b", "y")
                .build("y");
        return TestModels.run(model, OnnxTensor.ofNumbers("a", type, new long[0], a))
                .get(0)
                .toLongs()[0];
    }

    /** The literals are unsigned; −1 stands for 2^64 − 1. */
    @ParameterizedTest
    @CsvSource({
        "Add, -1, 2, 1",
        "Sub, 1, 2, -1",
        "Mul, -1, 2, -2",
        "Div, -1, 2, 9223372036854775807",
        "Div, 7, -1, 0",
        "Mod, -1, 10, 5",
        "Max, -1, 3, -1",
        "Min, -1, 3, 3",
        "Less, -1, 3, 0",
        "Less, 3, -1, 1",
        "Greater, -1, 3, 1",
        "LessOrEqual, -1, 3, 0",
        "GreaterOrEqual, -1, 3, 1",
        "Equal, -1, -1, 1",
        "BitwiseAnd, -1, 12, 12",
    })
    void unsigned64BitIntegersKeepTheirHighestBit(String op, long a, long b, long expected) {
        OnnxModel model = TestModels.opset(18)
                .input("a", OnnxType.UINT64)
                .initializer(OnnxTensor.ofIntegers("b", OnnxType.UINT64, new long[0], b))
                .node(op, "a, b", "y")
                .build("y");
        OnnxTensor x = OnnxTensor.ofIntegers("a", OnnxType.UINT64, new long[0], a);
        assertThat(TestModels.run(model, x).get(0).toLongs()).containsExactly(expected);
    }

    @Test
    void unsigned64BitIntegersAreOrderedWithoutSign() {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.UINT64, 4)
                .initializer(OnnxTensor.ofLongs("k", new long[] {1}, 2))
                .node("TopK", "x, k", "top, places")
                .node("ReduceMax", "x", "max")
                .node("ReduceMin", "x", "min", "keepdims", 0)
                .node("ArgMax", "x", "first")
                .node("BitShift", "x, x", "unused", "direction", "LEFT")
                .node("Cast", "x", "real", "to", OnnxType.DOUBLE.code())
                .node("Cast", "real", "back", "to", OnnxType.UINT64.code())
                .build("top", "places", "max", "min", "first", "real", "back");
        OnnxTensor x = OnnxTensor.ofIntegers("x", OnnxType.UINT64, new long[] {4}, 5, Long.MIN_VALUE, 7, 0);
        var results = TestModels.run(model, x);
        assertThat(results.get(0).toLongs()).containsExactly(Long.MIN_VALUE, 7);
        assertThat(results.get(1).toLongs()).containsExactly(1, 2);
        assertThat(results.get(2).toLongs()).containsExactly(Long.MIN_VALUE);
        assertThat(results.get(3).toLongs()).containsExactly(0);
        assertThat(results.get(4).toLongs()).containsExactly(1);
        assertThat(results.get(5).toDoubles()).containsExactly(5, 0x1p63, 7, 0);
        assertThat(results.get(6).toLongs()).containsExactly(5, Long.MIN_VALUE, 7, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "INT64, 300, INT8, 44",
        "INT64, 200, INT8, -56",
        "INT64, -1, UINT8, 255",
        "INT64, -1, UINT16, 65535",
        "INT64, -1, UINT32, 4294967295",
        "INT32, 40000, INT16, -25536",
        "FLOAT, -3.9, INT8, -3",
        "FLOAT, 3e9, UINT32, 3000000000",
        "INT64, 9, INT4, -7",
        "INT64, 19, UINT4, 3",
        "INT64, 2, INT2, -2",
        "INT64, 7, UINT2, 3",
        "BOOL, 1, INT8, 1",
        "INT8, -1, UINT32, 4294967295",
        "FLOAT, 0.5, BOOL, 1",
    })
    void castsOfIntegersKeepTheLowerBits(OnnxType from, double value, OnnxType to, long expected) {
        assertThat((long) cast(from, value, to, 1)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT16, 1.0003, 1",
        "FLOAT16, 70000, Infinity",
        "BFLOAT16, 1.003, 1",
        "FLOAT8E4M3FN, 460, 448",
        "FLOAT8E4M3FN, Infinity, 448",
        "FLOAT8E4M3FN, NaN, NaN",
        "FLOAT8E5M2, -Infinity, -57344",
        "FLOAT8E5M2, 0.3, 0.3125",
        "FLOAT4E2M1, 2.5, 2",
        "FLOAT4E2M1, 99, 6",
        "FLOAT8E8M0, 5, 8",
        "FLOAT8E8M0, 1e39, Infinity",
    })
    void castsOfRealNumbersRound(OnnxType to, double value, double expected) {
        double reachable = to == OnnxType.FLOAT8E8M0 ? Math.min(expected, 0x1p127) : expected;
        assertThat(List.of(cast(OnnxType.DOUBLE, value, to, 1))).containsExactly(reachable);
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT8E4M3FN, 600, NaN", "FLOAT8E4M3FN, Infinity, NaN", "FLOAT8E5M2, 1e6, Infinity",
        "FLOAT8E5M2, -Infinity, -Infinity", "FLOAT8E4M3FNUZ, 300, NaN", "FLOAT8E5M2FNUZ, Infinity, NaN"
    })
    void withoutSaturationWhatIsTooLargeIsSpecial(OnnxType to, double value, double expected) {
        assertThat(List.of(cast(OnnxType.FLOAT, value, to, 0))).containsExactly(expected);
    }

    private static double cast(OnnxType from, double value, OnnxType to, int saturate) {
        OnnxModel model = TestModels.opset(25)
                .input("x", from)
                .node("Cast", "x", "y", "to", to.code(), "saturate", saturate)
                .build("y");
        OnnxTensor x = OnnxTensor.ofNumbers("x", from, new long[0], value);
        return TestModels.run(model, x).get(0).toDoubles()[0];
    }

    /** Rounds as the format's own encoder does, for numbers in and between those of the format. */
    @ParameterizedTest
    @EnumSource
    void castsRoundAsTheFormatDoes(NarrowFloat format) {
        OnnxType type = OnnxType.valueOf(format == NarrowFloat.E2M1 ? "FLOAT4E2M1" : "FLOAT8" + format.name());
        float[] values = new float[4000];
        float[] expected = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.scalb(1 + (i % 97) / 97.0, i / 100 - 22) * (i % 2 == 0 ? 1 : -1);
            expected[i] = format.decode(format.encode(values[i]));
        }
        OnnxModel model = TestModels.opset(25)
                .input("x", OnnxType.FLOAT, values.length)
                .node("Cast", "x", "y", "to", type.code())
                .build("y");
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {values.length}, values);
        assertThat(TestModels.run(model, x).get(0).toFloats()).containsExactly(expected);
    }

    /** A cast to a narrow type, not declared anywhere, decides what the next nodes do. */
    @Test
    void computedValuesKeepTheirNarrowType() {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.INT64)
                .node("Cast", "x", "narrow", "to", OnnxType.INT8.code())
                .node("Identity", "narrow", "same")
                .node("Add", "same, same", "y")
                .build("y");
        OnnxTensor x = OnnxTensor.ofLongs("x", new long[0], 100);
        assertThat(TestModels.run(model, x).get(0).toLongs()).containsExactly(-56);
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT16, INT16", "BFLOAT16, UINT16", "INT8, UINT8", "UINT8, FLOAT8E4M3FN", "UINT8, FLOAT8E4M3FNUZ",
        "UINT8, FLOAT8E5M2", "UINT8, FLOAT8E5M2FNUZ", "UINT8, FLOAT8E8M0", "UINT32, FLOAT", "INT64, DOUBLE",
        "UINT64, DOUBLE",
    })
    void bitsComeBackFromAnotherType(OnnxType type, OnnxType other) {
        double[] values = {0, 1, 2, 3, 60, 66, 100, 118};
        OnnxModel model = TestModels.opset(26)
                .input("x", type, values.length)
                .node("BitCast", "x", "other", "to", other.code())
                .node("BitCast", "other", "y", "to", type.code())
                .build("other", "y");
        OnnxTensor x = OnnxTensor.ofNumbers("x", type, new long[] {values.length}, values);
        var results = TestModels.run(model, x);
        assertThat(results.get(0).toDoubles())
                .containsExactly(x.reinterpreted(other).toDoubles());
        assertThat(results.get(1).toDoubles()).containsExactly(values);
    }

    @Test
    void numbersAreWrittenWithTheFewestDigitsThatReadBack() {
        OnnxModel model = TestModels.opset(19)
                .input("x", OnnxType.FLOAT, 5)
                .node("Cast", "x", "text", "to", OnnxType.STRING.code())
                .node("Cast", "text", "y", "to", OnnxType.FLOAT.code())
                .build("text", "y");
        OnnxTensor x = OnnxTensor.ofFloats(
                "x", new long[] {5}, 0.1f, 314.15927f, Float.NaN, Float.NEGATIVE_INFINITY, 0.2961402f);
        var results = TestModels.run(model, x);
        assertThat(results.get(0).strings()).containsExactly("0.1", "314.15927", "NaN", "-INF", "0.2961402");
        assertThat(results.get(1).toFloats()).containsExactly(x.toFloats());
    }
}
