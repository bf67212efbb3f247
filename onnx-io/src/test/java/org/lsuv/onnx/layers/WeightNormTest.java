package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.TestModel.attribute;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

class WeightNormTest {
    private static TestModel model(long... gain) {
        TestModel model = TestModel.opset(17).input("x", OnnxType.FLOAT, "n", "k");
        OnnxLayersTest.weight(model, "v", 3, 5);
        return OnnxLayersTest.weight(model, "g", gain);
    }

    private static TestModel norm(TestModel model, long... axes) {
        return model.node("ReduceL2", List.of("v"), List.of("norm"), attribute("axes", axes));
    }

    private static OnnxLayers find(TestModel model) {
        return OnnxLayers.find(model.read().graph());
    }

    private static WeightPath only(TestModel model) {
        OnnxLayers found = find(model);
        assertThat(found.layers()).hasSize(1);
        assertThat(found.notInitialised()).isEmpty();
        return found.layers().get(0).weight();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theGainScalesWhereTheDirectionIsNormalised(boolean divisionFirst) {
        TestModel model = norm(model(1, 5), 0);
        model = divisionFirst
                ? model.node("Div", List.of("v", "norm"), List.of("d")).node("Mul", List.of("g", "d"), List.of("w"))
                : model.node("Div", List.of("g", "norm"), List.of("d")).node("Mul", List.of("v", "d"), List.of("w"));
        WeightPath path = only(model.node("MatMul", List.of("x", "w"), List.of("y")));
        assertThat(path.source()).isEqualTo("v");
        assertThat(path.operand()).isEqualTo("w");
        assertThat(path.scaled()).isEqualTo("g");
        assertThat(path.gain()).contains(new WeightPath.Gain("g", List.of(1L, 5L)));
    }

    @Test
    void oneGainMayScaleTheWholeDirection() {
        TestModel model = norm(model(), 0, 1)
                .node("Div", List.of("v", "norm"), List.of("d"))
                .node("Mul", List.of("d", "g"), List.of("w"))
                .node("Transpose", List.of("w"), List.of("t"))
                .node("Gemm", List.of("x", "t"), List.of("y"), attribute("transB", 1));
        WeightPath path = only(model);
        assertThat(path.gain()).contains(new WeightPath.Gain("g", List.of()));
        assertThat(path.steps()).containsExactly(new WeightPath.Permute(List.of(1, 0)));
    }

    @Test
    void aGainOfOtherAxesThanTheNormIsNone() {
        TestModel model = norm(model(3, 1), 0)
                .node("Div", List.of("v", "norm"), List.of("d"))
                .node("Mul", List.of("d", "g"), List.of("w"))
                .node("MatMul", List.of("x", "w"), List.of("y"));
        assertThat(find(model).layers()).isEmpty();
        assertThat(find(model).notInitialised())
                .extracting(NotInitialised::name)
                .containsExactly("v", "g");
    }

    @Test
    void parametersThatSomethingElseReadsAreLeftAlone() {
        TestModel model = norm(model(1, 5), 0)
                .node("Div", List.of("v", "norm"), List.of("d"))
                .node("Mul", List.of("d", "g"), List.of("w"))
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .node("Add", List.of("y", "g"), List.of("z"));
        assertThat(find(model).layers()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mul", "Div"})
    void aConstantFactorIsNoHindrance(String operator) {
        TestModel model = TestModel.opset(17).input("x", OnnxType.FLOAT, "n", "k");
        OnnxLayersTest.weight(OnnxLayersTest.weight(model, "v", 3, 5), "c")
                .node(operator, List.of("v", "c"), List.of("w"))
                .node("MatMul", List.of("x", "w"), List.of("y"));
        WeightPath path = only(model);
        assertThat(path.scaled()).isEqualTo("v");
        assertThat(path.gain()).isEqualTo(Optional.empty());
        assertThat(path.steps()).isEmpty();
    }

    @Test
    void dividingByAWeightIsNoFactor() {
        TestModel model = TestModel.opset(17).input("x", OnnxType.FLOAT, "n", "k");
        OnnxLayersTest.weight(OnnxLayersTest.weight(model, "v", 3, 5), "c")
                .node("Div", List.of("c", "v"), List.of("w"))
                .node("MatMul", List.of("x", "w"), List.of("y"));
        assertThat(find(model).layers()).isEmpty();
    }
}
