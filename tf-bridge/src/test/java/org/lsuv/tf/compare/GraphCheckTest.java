package org.lsuv.tf.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.onnximport.TestModels;

/** Tests what the comparison says where there is nothing to compare. */
class GraphCheckTest {
    @Test
    void indexBeyondTheTableIsNoInternalError() {
        OnnxModel model = TestModels.opset(13)
                .input("ids", OnnxType.INT64, -1)
                .initializer(OnnxTensor.ofFloats("table", new long[] {2, 1}, 3, 4))
                .node("Gather", "table, ids", "y")
                .build("y");
        Map<String, OnnxTensor> ids = Map.of("ids", OnnxTensor.ofLongs("ids", new long[] {1}, 5));

        assertThatThrownBy(() -> GraphCheck.run(model, ids, TfOptions.defaults()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageStartingWith("ONNX Runtime does not take the inputs: ")
                .hasMessageContaining("idx=5");
    }

    @Test
    void unsignedIntegersBeyondTheSignedRangeAreTheSameNumbers() {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.INT64, 2)
                .node("Cast", "x", "unsigned", "to", OnnxType.UINT64.code())
                .node("BitwiseNot", "unsigned", "y")
                .build("y");
        Map<String, OnnxTensor> x = Map.of("x", OnnxTensor.ofLongs("x", new long[] {2}, 1, 7));

        CheckReport report = GraphCheck.run(model, x, TfOptions.defaults());

        assertThat(report.values()).isNotEmpty();
        assertThat(report.first()).isEmpty();
    }

    /** Rounding of the first function, magnified by the exponentials behind it, is no difference of these. */
    @Test
    void nodesInARowAreComparedOnTheSameInputs() {
        TestModels model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, 512)
                .initializer(OnnxTensor.ofFloats("yes", new long[0], 1e9f))
                .node("Tanh", "x", "s")
                .node("ReduceMax", "s", "top", "keepdims", 0)
                .node("Less", "top, yes", "flag")
                .node("Mul", "s, yes", "v1");
        for (int i = 1; i < 6; i++) {
            model.node(i % 2 == 0 ? "Mul" : "Sin", i % 2 == 0 ? "v" + i + ", yes" : "v" + i, "v" + (i + 1));
        }
        model.node(
                "If",
                "flag",
                "y",
                "then_branch",
                TestModels.body().node("Sin", "v5", "a").graph("a"),
                "else_branch",
                TestModels.body().node("Cos", "v5", "b").graph("b"));
        double[] numbers = new Random(2).doubles(512, -2, 2).toArray();
        Map<String, OnnxTensor> x = Map.of("x", OnnxTensor.ofDoubles("x", OnnxType.FLOAT, new long[] {512}, numbers));

        CheckReport report = GraphCheck.run(model.build("y", "v6"), x, TfOptions.defaults());

        assertThat(report.values()).extracting(ValueDifference::value).contains("v1", "v6", "y");
        assertThat(report.values()).filteredOn(value -> !value.agrees()).isEmpty();
    }
}
