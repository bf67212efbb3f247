package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

class ReductionOpsTest {
    private static final OnnxTensor X = OnnxTensor.ofFloats("x", new long[] {2, 2}, 1, -2, 3, 4);

    /** A reduction over no axis at all still squares, takes magnitudes and so on; ONNX Runtime agrees. */
    @ParameterizedTest
    @CsvSource({"ReduceSum,-2", "ReduceMean,-2", "ReduceSumSquare,4", "ReduceL1,2", "ReduceL2,2", "ReduceLogSumExp,-2"})
    void noopWithEmptyAxesReducesOverNoAxis(String op, double second) {
        double[] found = values(reduction(op, new long[0], "noop_with_empty_axes", 1));
        assertThat(found).hasSize(4);
        assertThat(found[1]).isEqualTo(second);
    }

    @Test
    void emptyAxesMeanAllOfThemOtherwise() {
        assertThat(values(reduction("ReduceSum", new long[0], "keepdims", 0))).containsExactly(6);
    }

    @Test
    void axesMayBeFedIfTheirNumberIsKnown() {
        OnnxModel fed = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, -1, 2)
                .input("axes", OnnxType.INT64, 1)
                .node("ReduceMax", "x,axes", "y", "keepdims", 0)
                .build("y");
        OnnxTensor axes = OnnxTensor.ofLongs("axes", new long[] {1}, -2);
        assertThat(TestModels.run(fed, X, axes).get(0).toDoubles()).containsExactly(3, 4);
        OnnxModel open = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, -1, 2)
                .input("axes", OnnxType.INT64, -1)
                .node("ReduceMax", "x,axes", "y")
                .build("y");
        assertThatThrownBy(() -> TestModels.run(open, X, axes))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("the number of axes is not known before the graph runs");
    }

    @Test
    void wrongAxesAreNamed() {
        assertThatThrownBy(() -> values(reduction("ReduceMin", new long[] {0, 2})))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage("model: node \"ReduceMin_0\" ReduceMin(x, axes) -> y:"
                        + " axis 2 is outside of an input of rank 2");
        assertThatThrownBy(() -> values(reduction("ReduceMin", new long[] {1, -1})))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("the axes name one dimension twice");
    }

    @Test
    void normsOfIntegersAreTruncated() {
        OnnxTensor x = OnnxTensor.ofLongs("x", new long[] {2}, 3, 5);
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.INT64, 2)
                .node("ReduceL2", "x", "y", "keepdims", 0)
                .build("y");
        OnnxTensor norm = TestModels.run(model, x).get(0);
        assertThat(norm.type()).isEqualTo(OnnxType.INT64);
        assertThat(norm.toDoubles()).containsExactly(5);
    }

    @Test
    void equalValuesGiveTheFirstIndexOrTheLastOnRequest() {
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {2, 4}, 1, 3, 3, 2, 5, 5, 5, 5);
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, -1)
                .node("ArgMax", "x", "first", "axis", -1)
                .node("ArgMax", "x", "last", "axis", 1, "select_last_index", 1, "keepdims", 0)
                .node("ArgMin", "x", "columns")
                .build("first", "last", "columns");
        var results = TestModels.run(model, x);
        assertThat(results.get(0).toDoubles()).containsExactly(1, 0);
        assertThat(results.get(0).shape()).containsExactly(2, 1);
        assertThat(results.get(1).toDoubles()).containsExactly(2, 3);
        assertThat(results.get(1).shape()).containsExactly(2);
        assertThat(results.get(2).toDoubles()).containsExactly(0, 0, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"0,0,1 3 6", "1,0,0 1 3", "0,1,6 5 3", "1,1,5 3 0"})
    void runningSumsMayLeaveOutTheirOwnElementAndRunBackwards(int exclusive, int reverse, String expected) {
        OnnxModel model = TestModels.opset(14)
                .input("x", OnnxType.FLOAT, 3)
                .initializer(OnnxTensor.ofLongs("axis", new long[] {1}, -1))
                .node("CumSum", "x,axis", "y", "exclusive", exclusive, "reverse", reverse)
                .build("y");
        double[] found = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {3}, 1, 2, 3))
                .get(0)
                .toDoubles();
        assertThat(found)
                .containsExactly(Arrays.stream(expected.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray());
    }

    private static OnnxModel reduction(String op, long[] axes, Object... attributes) {
        return TestModels.opset(18)
                .input("x", OnnxType.FLOAT, 2, 2)
                .initializer(OnnxTensor.ofLongs("axes", new long[] {axes.length}, axes))
                .node(op, "x,axes", "y", attributes)
                .build("y");
    }

    private static double[] values(OnnxModel model) {
        return TestModels.run(model, X).get(0).toDoubles();
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1 2 6 24", "1, 0, 1 1 2 6", "0, 1, 24 24 12 4", "1, 1, 24 12 4 1"})
    void cumProdRunsEitherWay(int exclusive, int reverse, String expected) {
        OnnxModel model = TestModels.opset(26)
                .input("x", OnnxType.INT64, -1, -1)
                .initializer(OnnxTensor.ofLongs("axis", new long[0], -1))
                .node("CumProd", "x, axis", "y", "exclusive", exclusive, "reverse", reverse)
                .build("y");
        OnnxTensor x = OnnxTensor.ofLongs("x", new long[] {1, 4}, 1, 2, 3, 4);

        assertThat(TestModels.run(model, x).get(0).toLongs())
                .containsExactly(Arrays.stream(expected.split(" ", -1))
                        .mapToLong(Long::parseLong)
                        .toArray());
    }
}
