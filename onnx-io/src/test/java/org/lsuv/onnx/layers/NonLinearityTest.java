package org.lsuv.onnx.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.onnx.TestModel.attribute;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;

class NonLinearityTest {
    private static TestModel model() {
        return OnnxLayersTest.weight(TestModel.opset(17).input("x", OnnxType.FLOAT, "n", 5), "w", 5, 4)
                .node("MatMul", List.of("x", "w"), List.of("y"));
    }

    private static String behind(TestModel model) {
        return OnnxLayers.find(model.read().graph()).layers().get(0).measured(MeasuringPoint.POST);
    }

    @Test
    void oneOperatorIsFound() {
        assertThat(behind(model().node("LeakyRelu", List.of("y"), List.of("z"), attribute("alpha", 0.1f))))
                .isEqualTo("z");
    }

    @Test
    void siluIsAProductWithItsOwnSigmoid() {
        assertThat(behind(model().node("Sigmoid", List.of("y"), List.of("s"))
                        .node("Mul", List.of("y", "s"), List.of("z"))
                        .node("Relu", List.of("z"), List.of("later"))))
                .isEqualTo("z");
    }

    @Test
    void geluEndsBehindItsHalf() {
        assertThat(behind(model().floats("root", new long[0], 1.414f)
                        .floats("one", new long[0], 1)
                        .floats("half", new long[0], 0.5f)
                        .node("Div", List.of("y", "root"), List.of("a"))
                        .node("Erf", List.of("a"), List.of("b"))
                        .node("Add", List.of("b", "one"), List.of("c"))
                        .node("Mul", List.of("y", "c"), List.of("d"))
                        .node("Mul", List.of("d", "half"), List.of("z"))))
                .isEqualTo("z");
    }

    @Test
    void aResidualSumOrAnOutputIsNone() {
        assertThat(behind(OnnxLayersTest.weight(model(), "v", 5, 4)
                        .node("MatMul", List.of("x", "v"), List.of("other"))
                        .node("Add", List.of("y", "other"), List.of("z"))))
                .isEqualTo("y");
        assertThat(behind(model().node("Relu", List.of("y"), List.of("z")).output("y", OnnxType.FLOAT, "n", 4)))
                .isEqualTo("y");
    }

    @Test
    void aGateOfAnotherLayerIsNone() {
        assertThat(behind(OnnxLayersTest.weight(model(), "v", 5, 4)
                        .node("MatMul", List.of("x", "v"), List.of("gate"))
                        .node("Sigmoid", List.of("y"), List.of("s"))
                        .node("Tanh", List.of("y"), List.of("t"))
                        .node("Mul", List.of("s", "gate"), List.of("z"))
                        .node("Mul", List.of("z", "t"), List.of("u"))))
                .isEqualTo("y");
    }
}
