package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.lsuv.onnx.OnnxType.DOUBLE;
import static org.lsuv.onnx.OnnxType.FLOAT;
import static org.lsuv.onnx.OnnxType.INT64;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

class ElementwiseOpsTest {
    @Test
    void integersAreDividedTowardsZero() {
        assertThat(binary("Div", 14, longs("a", -7, 7, -7, Long.MIN_VALUE), longs("b", 2, -2, -2, -1)))
                .containsExactly(-3, -3, 3, Long.MIN_VALUE);
    }

    @Test
    void divisionOfIntegersByZeroIsAnErrorOfTheModel() {
        assertThatThrownBy(() -> binary("Div", 14, longs("a", 1), longs("b", 0)))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("Integer division by zero");
    }

    @Test
    void remaindersTakeTheSignOfTheDivisorUnlessFmodAsksForThatOfTheDividend() {
        OnnxTensor a = longs("a", -7, 7, -7, 7);
        OnnxTensor b = longs("b", 3, -3, -3, 3);
        assertThat(binary("Mod", 13, a, b)).containsExactly(2, -2, -1, 1);
        assertThat(binary("Mod", 13, a, b, "fmod", 1)).containsExactly(-1, 1, -1, 1);
        assertThat(binary("Mod", 13, floats("a", -7.5f, 7.5f), floats("b", 3, -3), "fmod", 1))
                .containsExactly(-1.5, 1.5);
    }

    @Test
    void floatingRemaindersNeedFmod() {
        assertThatThrownBy(() -> binary("Mod", 13, floats("a", 1), floats("b", 1)))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("model: node \"Mod_0\" Mod(a, b) -> y: attribute \"fmod\":"
                        + " must be 1 for floating-point operands");
    }

    @Test
    void powersHaveTheTypeOfTheBase() {
        assertThat(binary("Pow", 13, longs("a", 2, 10, -3, 2), longs("b", 10, 0, 3, -1)))
                .containsExactly(1024, 1, -27, 0);
        assertThat(binary("Pow", 13, longs("a", 2, 9), floats("b", 0.5f, 0.5f))).containsExactly(1, 3);
        assertThat(binary("Pow", 13, floats("a", -2, 2.5f), longs("b", 3, 2))).containsExactly(-8, 6.25);
        // The exponent is not rounded to the type of the base: 2^24 + 1 is odd.
        assertThat(binary("Pow", 13, floats("a", -1), OnnxTensor.ofDoubles("b", DOUBLE, new long[] {1}, (1 << 24) + 1)))
                .containsExactly(-1);
    }

    @Test
    void beforeVersion7TheSecondOperandStartsAtAnAxis() {
        OnnxTensor a = OnnxTensor.ofFloats("a", new long[] {1, 2, 2}, 1, 2, 3, 4);
        assertThat(binary("Add", 6, a, floats("b", 10, 20), "broadcast", 1, "axis", 1))
                .containsExactly(11, 12, 23, 24);
        assertThat(binary("Add", 6, a, floats("b", 10, 20), "broadcast", 1)).containsExactly(11, 22, 13, 24);
        assertThatThrownBy(() -> binary("Add", 6, a, floats("b", 10, 20), "broadcast", 1, "axis", 3))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("attribute \"axis\": an operand of rank 1 cannot start at axis 3 of 3");
    }

    @Test
    void variadicOperatorsBroadcastAllOperands() {
        OnnxTensor[] feeds = {
            OnnxTensor.ofFloats("a", new long[] {2, 1}, 0, 10),
            floats("b", 1, 2, 6),
            OnnxTensor.ofFloats("c", new long[0], 5)
        };
        assertThat(variadic("Max", feeds)).containsExactly(5, 5, 6, 10, 10, 10);
        assertThat(variadic("Min", feeds)).containsExactly(0, 0, 0, 1, 2, 5);
        assertThat(variadic("Sum", feeds)).containsExactly(6, 7, 11, 16, 17, 21);
        assertThat(variadic("Mean", feeds))
                .containsExactly(new double[] {2, 7 / 3.0, 11 / 3.0, 16 / 3.0, 17 / 3.0, 7}, offset(1e-6));
    }

    @Test
    void aNodeThatChangesNothingCanBeAnOutputOfTheModel() {
        assertThat(variadic("Max", floats("a", 1, 2))).containsExactly(1, 2);
    }

    @Test
    void halvesAreRoundedToTheEvenNeighbour() {
        assertThat(variadic("Round", floats("a", 0.5f, 1.5f, 2.5f, -0.5f, -2.5f, 2.6f)))
                .containsExactly(0, 2, 2, -0.0, -2, 3);
    }

    @Test
    void bitsOfUint32StayWithinTheirWidth() {
        OnnxTensor x = OnnxTensor.of(
                "x", OnnxType.UINT32, new long[] {1}, List.of(ByteBuffer.wrap(new byte[] {1, 0, 0, (byte) 0x80})));
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.UINT32, 1)
                .initializer(OnnxTensor.of(
                        "four", OnnxType.UINT32, new long[] {1}, List.of(ByteBuffer.wrap(new byte[] {4, 0, 0, 0}))))
                .node("BitwiseNot", "x", "not")
                .node("BitShift", "x,four", "shifted", "direction", "LEFT")
                .build("not", "shifted");
        List<OnnxTensor> results = TestModels.run(model, x);
        assertThat(results.get(0).toDoubles()).containsExactly(0x7FFF_FFFE);
        assertThat(results.get(1).toDoubles()).containsExactly(16);
    }

    private static double[] variadic(String op, OnnxTensor... feeds) {
        TestModels models = TestModels.opset(13);
        StringBuilder names = new StringBuilder();
        for (OnnxTensor feed : feeds) {
            models.input(feed.name(), FLOAT, feed.shape());
            names.append(names.isEmpty() ? "" : ",").append(feed.name());
        }
        return TestModels.run(models.node(op, names.toString(), "y").build("y"), feeds)
                .get(0)
                .toDoubles();
    }

    private static double[] binary(String op, int opset, OnnxTensor a, OnnxTensor b, Object... attributes) {
        OnnxModel model = TestModels.opset(opset)
                .input("a", a.type(), a.shape())
                .input("b", b.type(), b.shape())
                .node(op, "a,b", "y", attributes)
                .build("y");
        OnnxTensor result = TestModels.run(model, a, b).get(0);
        assertThat(result.type()).isEqualTo(a.type() == INT64 ? INT64 : FLOAT);
        return result.toDoubles();
    }

    private static OnnxTensor longs(String name, long... values) {
        return OnnxTensor.ofLongs(name, new long[] {values.length}, values);
    }

    private static OnnxTensor floats(String name, float... values) {
        return OnnxTensor.ofFloats(name, new long[] {values.length}, values);
    }
}
