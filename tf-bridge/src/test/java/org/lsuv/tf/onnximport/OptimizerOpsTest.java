package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

class OptimizerOpsTest {
    private static final String DOMAIN = "ai.onnx.preview.training.";

    /** x = 3, g = 2, v = 1, rate 0.1, penalty 0.5: the gradient is 3.5. */
    @ParameterizedTest
    @CsvSource({
        "standard, 0, 4.4, 2.56",
        "standard, 1, 2.65, 2.735",
        "nesterov, 0, 4.4, 2.254",
        "nesterov, 1, 2.65, 2.4115"
    })
    void momentumTakesTheWholeGradientInItsFirstStep(String mode, long step, double speed, double value) {
        List<OnnxTensor> found =
                run("Momentum", "x,g,v", step, "mode", mode, "alpha", 0.9f, "beta", 0.5f, "norm_coefficient", 0.5f);
        assertThat(found.get(0).toDoubles()[0]).isCloseTo(value, within(1e-5));
        assertThat(found.get(1).toDoubles()[0]).isCloseTo(speed, within(1e-5));
    }

    @ParameterizedTest
    @CsvSource({"0", "3"})
    void adagradSlowsDownWithTheSteps(long step) {
        List<OnnxTensor> found = run("Adagrad", "x,g,v", step, "decay_factor", 0.5f, "epsilon", 0.25f);
        double rate = 0.1 / (1 + 0.5 * step);
        assertThat(found.get(0).toDoubles()[0]).isCloseTo(3 - rate * 2 / (Math.sqrt(5) + 0.25), within(1e-5));
        assertThat(found.get(1).toDoubles()[0]).isCloseTo(5, within(1e-5));
    }

    @ParameterizedTest
    @CsvSource({"0", "2"})
    void adamCorrectsItsAveragesFromTheFirstStepOn(long step) {
        List<OnnxTensor> found = run(
                "Adam", "x,g,v,v", step, "alpha", 0.5f, "beta", 0.75f, "epsilon", 0.25f, "norm_coefficient_post", 0.5f);
        double rate = step == 0 ? 0.1 : 0.1 * Math.sqrt(1 - 0.75 * 0.75) / (1 - 0.5 * 0.5);
        double moved = 3 - rate * 1.5 / (Math.sqrt(1.75) + 0.25);
        assertThat(found.get(0).toDoubles()[0]).isCloseTo(0.5 * moved, within(1e-5));
        assertThat(found.get(1).toDoubles()[0]).isCloseTo(1.5, within(1e-5));
        assertThat(found.get(2).toDoubles()[0]).isCloseTo(1.75, within(1e-5));
    }

    @Test
    void inputsThatDoNotComeInGroupsAreMalformed() {
        assertThatThrownBy(() -> run("Adagrad", "x,g,v,v", 0))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("expected 2 inputs and 3 for each tensor, got 6");
    }

    @Test
    void gradientFollowsTheNamedValueThroughTheGraph() {
        OnnxModel model = TestModels.opset(24)
                .input("a", OnnxType.FLOAT, 2)
                .input("b", OnnxType.FLOAT, 2)
                .node("Add", "a,b", "c")
                .node("Mul", "c,a", "d")
                .node(DOMAIN + "Gradient", "a,b", "da,db", "xs", List.of("a", "b"), "y", "d")
                .node(DOMAIN + "Gradient", "c", "dc", "xs", List.of("c"), "y", "d")
                .build("da", "db", "dc");
        List<OnnxTensor> found = TestModels.run(
                model,
                OnnxTensor.ofFloats("a", new long[] {2}, 2, 3),
                OnnxTensor.ofFloats("b", new long[] {2}, 10, 20));
        assertThat(found.get(0).toDoubles()).containsExactly(14, 26);
        assertThat(found.get(1).toDoubles()).containsExactly(2, 3);
        assertThat(found.get(2).toDoubles()).containsExactly(2, 3);
    }

    @Test
    void gradientAtOtherValuesIsNotSupported() {
        OnnxModel model = TestModels.opset(24)
                .input("a", OnnxType.FLOAT, 2)
                .node("Mul", "a,a", "b")
                .node(DOMAIN + "Gradient", "b", "da", "xs", List.of("a"), "y", "b")
                .build("da");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("a gradient at other values than those of the graph: it is for [a]");
    }

    private static List<OnnxTensor> run(String op, String state, long step, Object... attributes) {
        boolean adam = op.equals("Adam");
        TestModels models = TestModels.opset(24)
                .input("r", OnnxType.FLOAT)
                .input("t", OnnxType.INT64)
                .input("x", OnnxType.FLOAT, 1)
                .input("g", OnnxType.FLOAT, 1)
                .input("v", OnnxType.FLOAT, 1)
                .node(DOMAIN + op, "r,t," + state, adam ? "a,b,c" : "a,b", attributes);
        OnnxModel model = adam ? models.build("a", "b", "c") : models.build("a", "b");
        return TestModels.run(
                model,
                OnnxTensor.ofFloats("r", new long[0], 0.1f),
                OnnxTensor.ofLongs("t", new long[0], step),
                OnnxTensor.ofFloats("x", new long[] {1}, 3),
                OnnxTensor.ofFloats("g", new long[] {1}, 2),
                OnnxTensor.ofFloats("v", new long[] {1}, 1));
    }
}
