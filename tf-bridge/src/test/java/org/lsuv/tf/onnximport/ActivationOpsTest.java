package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class ActivationOpsTest {
    private static final long[] SHAPE = {2, 3, 4};
    private static final OnnxTensor X = ramp();

    /** Counts the values that share one sum: a whole row before version 13, one axis from there on. */
    @ParameterizedTest(name = "opset {0}, axis {1}")
    @CsvSource({"11, 0, 24", "11, 1, 12", "11, 2, 4", "11, -2, 12", "13, 0, 2", "13, 1, 3", "13, 2, 4", "13, -3, 2"})
    void softmaxBefore13FlattensToMatrix(int opset, int axis, int group) {
        double[] p = one(model(opset, "Softmax", -1, "axis", axis), X);
        // All groups sum to 1, so the whole tells how many there are.
        double sum = 0;
        for (double value : p) {
            sum += value;
        }
        assertThat(sum).isCloseTo(24.0 / group, offset(1e-5));
        double[] hard = one(model(opset, "Hardmax", -1, "axis", axis), X);
        assertThat(hard).contains(1).containsOnly(0, 1);
        assertThat(Arrays.stream(hard).sum()).isEqualTo(24.0 / group);
    }

    @Test
    void softmaxWithoutAxisTakesTheSecondBefore13AndTheLastSince() {
        assertThat(one(model(11, "Softmax", 2), X)).isEqualTo(one(model(11, "Softmax", 2, "axis", 1), X));
        assertThat(one(model(13, "Softmax", 2), X)).isEqualTo(one(model(13, "Softmax", 2, "axis", 2), X));
        assertThatThrownBy(() -> one(model(13, "Softmax", 2, "axis", 3), X))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("attribute \"axis\": 3 is outside of an input of rank 3");
    }

    /** oneDNN's kernel stops at rank 5. */
    @Test
    void softmaxTakesAnyRank() {
        long[] shape = {1, 2, 1, 3, 1, 1, 4};
        OnnxTensor x = X.withShape(shape);
        double[] expected = one(model(13, "Softmax", 2, "axis", 1), X);
        for (long[] declared : new long[][] {shape, {-1, 2, 1, -1, 1, 1, 4}}) {
            OnnxModel model = TestModels.opset(13)
                    .input("x", OnnxType.FLOAT, declared)
                    .node("Softmax", "x", "y", "axis", 3)
                    .build("y");
            assertThat(one(model, x)).isEqualTo(expected);
        }
    }

    @Test
    void slopesOfPReluBelongToChannels() {
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {1, 2, 2}, -1, 1, -1, -2);
        OnnxTensor channels = OnnxTensor.ofFloats("s", new long[] {2, 1}, 10, 100);
        OnnxTensor flat = OnnxTensor.ofFloats("s", new long[] {2}, 10, 100);
        assertThat(one(with(9, "PRelu", x, channels), x)).containsExactly(-10, 1, -100, -200);
        // Before version 7 one slope a channel is meant, since then the operand is broadcast from the right.
        assertThat(one(with(6, "PRelu", x, flat), x)).containsExactly(-10, 1, -100, -200);
        assertThat(one(with(9, "PRelu", x, flat), x)).containsExactly(-10, 1, -10, -200);
    }

    @Test
    void clipTakesTheUpperBoundWhereBoundsCross() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, 3)
                .initializer(OnnxTensor.ofFloats("low", new long[0], 2))
                .initializer(OnnxTensor.ofFloats("high", new long[] {1}, 1))
                .node("Clip", "x,low,high", "both")
                .node("Clip", "x,,high", "above")
                .node("Clip", "x", "none")
                .build("both", "above", "none");
        List<OnnxTensor> results = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {3}, 0, 1.5f, 9));
        assertThat(results.get(0).toDoubles()).containsExactly(1, 1, 1);
        assertThat(results.get(1).toDoubles()).containsExactly(0, 1, 1);
        assertThat(results.get(2).toDoubles()).containsExactly(0, 1.5, 9);
    }

    @Test
    void clipBefore11HasItsBoundsAsAttributes() {
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {3}, -5, 3, 9);
        OnnxModel relu6 = TestModels.opset(6)
                .input("x", OnnxType.FLOAT, 3)
                .node("Clip", "x", "y", "min", 0f, "max", 6f)
                .build("y");
        assertThat(one(relu6, x)).containsExactly(0, 3, 6);
    }

    @Test
    void dropoutKeepsEverythingEvenInTrainingMode() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1)
                .initializer(OnnxTensor.ofFloats("ratio", new long[0], 0.9f))
                .initializer(OnnxTensor.of("on", OnnxType.BOOL, new long[0], List.of(ByteBuffer.wrap(new byte[] {1}))))
                .node("Dropout", "x,ratio,on", "y,mask")
                .build("y", "mask");
        List<OnnxTensor> results = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {3}, 1, 2, 3));
        assertThat(results.get(0).toDoubles()).containsExactly(1, 2, 3);
        assertThat(results.get(1).type()).isEqualTo(OnnxType.BOOL);
        assertThat(results.get(1).toDoubles()).containsExactly(1, 1, 1);
    }

    @Test
    void geluKnowsTwoApproximations() {
        assertThatThrownBy(() -> one(model(20, "Gelu", 2, "approximate", "erf"), X))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("attribute \"approximate\": expected none or tanh, got erf");
    }

    private static OnnxTensor ramp() {
        float[] values = new float[24];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i * 7);
        }
        return OnnxTensor.ofFloats("x", SHAPE, values);
    }

    private static OnnxModel model(int opset, String op, long batch, Object... attributes) {
        return TestModels.opset(opset)
                .input("x", OnnxType.FLOAT, batch, 3, 4)
                .node(op, "x", "y", attributes)
                .build("y");
    }

    private static OnnxModel with(int opset, String op, OnnxTensor x, OnnxTensor other) {
        return TestModels.opset(opset)
                .input("x", OnnxType.FLOAT, x.shape())
                .initializer(other)
                .node(op, "x," + other.name(), "y")
                .build("y");
    }

    private static double[] one(OnnxModel model, OnnxTensor x) {
        return TestModels.run(model, x).get(0).toDoubles();
    }
}
