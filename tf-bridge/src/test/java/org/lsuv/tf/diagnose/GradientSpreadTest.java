package org.lsuv.tf.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.diagnose.Networks.mlp;
import static org.lsuv.tf.diagnose.Networks.normal;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.diagnose.Verdict.Level;
import org.lsuv.tf.onnximport.TestModels;

class GradientSpreadTest {
    private static final int WIDTH = 32;

    private static Verdict gradient(OnnxModel model) {
        return Networks.diagnose(
                        model,
                        OptionalLong.empty(),
                        DiagnoseOptions.defaults().with(DiagnoseOptions.Gradients.MEAN_SQUARE),
                        normal("x", 0, 1, 7, 64, WIDTH))
                .verdicts()
                .stream()
                .filter(verdict -> verdict.mode() == FailureMode.GRADIENT)
                .findFirst()
                .orElseThrow();
    }

    private static double he() {
        return Math.sqrt(2.0 / WIDTH);
    }

    /** Builds a stream with four branches whose last layers are multiplied by a scale. */
    private static TestModels residual(double scale) {
        TestModels model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, WIDTH)
                .initializer(normal("stem", 0, he(), 99, WIDTH, WIDTH))
                .node("MatMul", "x,stem", "s0");
        for (int i = 0; i < 4; i++) {
            model.initializer(normal("u" + i, 0, he(), 2 * i + 1, WIDTH, WIDTH))
                    .initializer(normal("v" + i, 0, scale * he(), 2 * i + 2, WIDTH, WIDTH))
                    .node("MatMul", "s" + i + ",u" + i, "z" + i)
                    .node("Relu", "z" + i, "a" + i)
                    .node("MatMul", "a" + i + ",v" + i, "b" + i)
                    .node("Add", "s" + i + ",b" + i, "s" + (i + 1));
        }
        return model;
    }

    @Test
    void branchesThatStartAtZeroAreMeantTo() {
        OnnxModel model = residual(0)
                .initializer(normal("head", 0, he(), 98, WIDTH, WIDTH))
                .node("MatMul", "s4,head", "y")
                .build("y");

        assertThat(gradient(model).level()).isEqualTo(Level.FINE);
    }

    @Test
    void branchesBehindASmallScaleAreComparedWithThemselves() {
        TestModels model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, WIDTH)
                .initializer(normal("stem", 0, he(), 99, WIDTH, WIDTH))
                .initializer(normal("scale", 1e-6, 0, 0, WIDTH))
                .initializer(normal("head", 0, he(), 98, WIDTH, WIDTH))
                .node("MatMul", "x,stem", "s0");
        for (int i = 0; i < 3; i++) {
            model.initializer(normal("u" + i, 0, he(), 2 * i + 1, WIDTH, WIDTH))
                    .initializer(normal("v" + i, 0, he(), 2 * i + 2, WIDTH, WIDTH))
                    .node("MatMul", "s" + i + ",u" + i, "z" + i)
                    .node("Relu", "z" + i, "a" + i)
                    .node("MatMul", "a" + i + ",v" + i, "b" + i)
                    .node("Mul", "b" + i + ",scale", "c" + i)
                    .node("Add", "s" + i + ",c" + i, "s" + (i + 1));
        }
        Verdict found = gradient(model.node("MatMul", "s3,head", "y").build("y"));

        assertThat(found.level()).as(found.toString()).isEqualTo(Level.FINE);
        assertThat(found.figure()).isBetween(1.0, 30.0);
    }

    @Test
    void aHeadThatStartsAtZeroIsNoFailure() {
        Verdict found = gradient(residual(0.5)
                .initializer(normal("head", 0, 0, 98, WIDTH, WIDTH))
                .node("MatMul", "s4,head", "y")
                .build("y"));

        assertThat(found.level()).isEqualTo(Level.FINE);
        assertThat(found.finding()).startsWith("layer 9 starts at zero, and so do the outputs");
    }

    /** Builds layers that a normalisation follows, one of them of another scale, and a last one that none follows. */
    private static OnnxModel normalised(double scale) {
        TestModels model = TestModels.opset(17).input("x", OnnxType.FLOAT, -1, WIDTH);
        String value = "x";
        for (int i = 0; i < 3; i++) {
            model.initializer(normal("w" + i, 0, (i == 1 ? scale : 1) * he(), i + 1, WIDTH, WIDTH))
                    .initializer(normal("g" + i, 1, 0, 0, WIDTH))
                    .initializer(normal("h" + i, 0, 0, 0, WIDTH))
                    .initializer(normal("m" + i, 0, 0, 0, WIDTH))
                    .initializer(normal("v" + i, 1, 0, 0, WIDTH))
                    .node("MatMul", value + ",w" + i, "z" + i)
                    .node(
                            "BatchNormalization",
                            "z%1$d,g%1$d,h%1$d,m%1$d,v%1$d".formatted(i),
                            "n" + i,
                            "epsilon",
                            1e-12f)
                    .node("Relu", "n" + i, "a" + i);
            value = "a" + i;
        }
        return model.initializer(normal("head", 0, he(), 98, WIDTH, WIDTH))
                .node("MatMul", value + ",head", "y")
                .build("y");
    }

    @Test
    void smallWeightsBeforeANormalisationGrowToTheirRate() {
        // ‖∇W‖/‖W‖ goes with 1/‖W‖²: 10⁴ times as great as that of the others.
        assertThat(gradient(normalised(1)).level()).isEqualTo(Level.FINE);
        Verdict found = gradient(normalised(0.01));
        assertThat(found.level()).as(found.toString()).isEqualTo(Level.FINE);
        assertThat(found.figure()).isBetween(50.0, 500.0);
    }

    @Test
    void largeWeightsBeforeANormalisationDoNotMove() {
        assertThat(gradient(normalised(100)).level()).isEqualTo(Level.AT_RISK);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 40})
    void aGradientThatVanishesOrExplodesIsFound(double variance) {
        // A layer's ‖∇W‖ goes with the signal that it reads and the gradient that comes back, ‖W‖ is the same in all of
        // them: what differs is the bend of tanh, whose slope falls where it is at its bounds.
        Verdict found = gradient(mlp(14, WIDTH, variance > 1 ? "Tanh" : "Sigmoid", variance, 0));

        assertThat(found.level()).as(found.toString()).isNotEqualTo(Level.FINE);
    }
}
