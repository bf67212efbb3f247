package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.layers.NotInitialised;
import org.lsuv.onnx.layers.OnnxLayers;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.compare.CheckReport;
import org.lsuv.tf.compare.GraphCheck;
import org.lsuv.tf.compare.ValueDifference;

class LocalFunctionsTest {
    private static final OnnxTensor X = OnnxTensor.ofFloats("x", new long[] {1, 2}, -3, 4);

    private static TestModels model() {
        return TestModels.opset(17).domain("local", 1).input("x", OnnxType.FLOAT, -1, 2);
    }

    private static CheckReport check(OnnxModel model) {
        return GraphCheck.run(model, Map.of("x", X), TfOptions.defaults());
    }

    @Test
    void nestedCallsAreNamedAfterTheirCallsAndTakeAttributes() {
        OnnxModel model = model().function(
                        17,
                        "Leaky",
                        TestModels.body()
                                .input("a")
                                .node("LeakyRelu", "a", "b", "alpha", 0f)
                                .reference("slope")
                                .node("Neg", "b", "c")
                                .graph("c"),
                        "slope")
                .function(
                        17,
                        "Twice",
                        TestModels.body()
                                .input("a")
                                .node("local.Leaky", "a", "b", "slope", 0.5f)
                                .node("local.Leaky", "b", "c", "slope", 0.25f)
                                .graph("c"))
                .node("local.Twice", "x", "y")
                .node("local.Twice", "y", "z")
                .build("z");

        CheckReport report = check(model);

        assertThat(report.first()).isEmpty();
        assertThat(report.values())
                .extracting(ValueDifference::value)
                .contains("y", "z", "local.Twice_0/b", "local.Twice_1/local.Leaky_1/b");
        assertThat(TestModels.run(model, X).get(0).toFloats()).containsExactly(-0.75f, 0.25f);
    }

    @Test
    void inputsAndOutputsMayBeLeftOutAndHandedOn() {
        OnnxModel model = model().function(
                        17,
                        "Clamp",
                        TestModels.body()
                                .input("a")
                                .input("low")
                                .input("high")
                                .node("Clip", "a, low, high", "b")
                                .node("Neg", "a", "unused")
                                .graph("b", "unused", "a"))
                .initializer(OnnxTensor.ofFloats("top", new long[0], 1))
                .node("local.Clamp", "x,, top", "y,, same")
                .build("y", "same");

        assertThat(check(model).first()).isEmpty();
        assertThat(TestModels.run(model, X).get(1).toFloats()).containsExactly(-3, 4);
    }

    @Test
    void bodiesInsideFunctionsSeeTheirArguments() {
        OnnxModel model = model().function(
                        17,
                        "Any",
                        TestModels.body()
                                .input("a")
                                .node("ReduceMax", "a", "top", "keepdims", 0)
                                .node("ReduceMin", "a", "bottom", "keepdims", 0)
                                .node("Less", "top, bottom", "swapped")
                                .node(
                                        "If",
                                        "swapped",
                                        "b",
                                        "then_branch",
                                        TestModels.body().node("Neg", "a", "t").graph("t"),
                                        "else_branch",
                                        TestModels.body().node("Exp", "a", "t").graph("t"))
                                .graph("b"))
                .node("local.Any", "x", "y")
                .node("local.Any", "y", "z")
                .build("z");

        assertThat(check(model).first()).isEmpty();
    }

    @Test
    void functionsMayUseAnotherOpsetThanTheModel() {
        // Before version 13 Softmax took all axes from axis 1 on together.
        OnnxModel model = TestModels.opset(17)
                .domain("local", 1)
                .input("x", OnnxType.FLOAT, 1, 2, 2)
                .function(
                        11,
                        "Old",
                        TestModels.body().input("a").node("Softmax", "a", "b").graph("b"))
                .node("local.Old", "x", "y")
                .build("y");

        float[] found = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {1, 2, 2}, 0, 0, 0, 0))
                .get(0)
                .toFloats();

        assertThat(found).containsExactly(0.25f, 0.25f, 0.25f, 0.25f);
    }

    @Test
    void weightsThatAreHandedToAFunctionAreLayersAndItsConstantsAreNot() {
        OnnxTensor matrix = OnnxTensor.ofFloats("", new long[] {2, 2}, 1, 2, 3, 4);
        OnnxModel model = model().function(
                        17,
                        "Linear",
                        TestModels.body()
                                .input("a")
                                .input("w")
                                .node("MatMul", "a, w", "b")
                                .node("Constant", "", "own", "value", matrix)
                                .node("MatMul", "b, own", "c")
                                .graph("c"))
                .initializer(matrix.withName("w"))
                .node("local.Linear", "x, w", "y")
                .build("y");

        OnnxLayers layers = OnnxLayers.find(model.inlined().graph());

        assertThat(layers.layers()).extracting(layer -> layer.weight().source()).containsExactly("w");
        assertThat(layers.notInitialised())
                .containsExactly(new NotInitialised(
                        "local.Linear_0/own",
                        List.of(2L, 2L),
                        "is a constant of local function local.Linear, whose calls share it; make it an initializer that"
                                + " is passed to the function"));
        assertThat(check(model).first()).isEmpty();
    }

    @Test
    void newWeightsLeaveTheFunctionsInTheFile() {
        OnnxModel model = model().function(
                        17,
                        "Linear",
                        TestModels.body()
                                .input("a")
                                .input("w")
                                .node("MatMul", "a, w", "b")
                                .graph("b"))
                .initializer(OnnxTensor.ofFloats("w", new long[] {2, 2}, 1, 2, 3, 4))
                .node("local.Linear", "x, w", "y")
                .build("y");

        OnnxModel changed = model.withWeights(Map.of("w", OnnxTensor.ofFloats("w", new long[] {2, 2}, 0, 1, 1, 0)));

        assertThat(changed.functionNames()).containsExactly("local.Linear");
        assertThat(changed.graph().nodes()).hasSize(1);
        assertThat(TestModels.run(changed, X).get(0).toFloats()).containsExactly(4, -3);
    }

    @Test
    void functionsThatCallThemselvesAreMalformed() {
        OnnxModel model = model().function(
                        17,
                        "F",
                        TestModels.body().input("a").node("local.G", "a", "b").graph("b"))
                .function(
                        17,
                        "G",
                        TestModels.body().input("a").node("local.F", "a", "b").graph("b"))
                .node("local.F", "x", "y")
                .build("y");

        assertThatThrownBy(model::inlined)
                .isInstanceOf(OnnxFormatException.class)
                .hasMessage(
                        "node \"local.F_0/local.G_0/local.F_0\" local.F(x) -> y: function \"F\" calls itself; the standard"
                                + " forbids it");
    }

    @Test
    void functionsThatMultiplyAreRefused() {
        TestModels model = model().function(
                        17,
                        "F0",
                        TestModels.body().input("a").node("Neg", "a", "b").graph("b"));
        for (int i = 1; i <= 40; i++) {
            model.function(
                    17,
                    "F" + i,
                    TestModels.body()
                            .input("a")
                            .node("local.F" + (i - 1), "a", "b")
                            .node("local.F" + (i - 1), "b", "c")
                            .graph("c"));
        }
        OnnxModel built = model.node("local.F40", "x", "y").build("y");

        assertThatThrownBy(built::inlined)
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("more than 500000 nodes");
    }
}
