package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.Granularity;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.draw.RandomTensors;
import org.lsuv.tf.init.LayerResult.Status;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;
import org.lsuv.tf.onnximport.TestModels;

class FeedbackTest {
    private static final int WIDTH = 64;

    private final TestModels model = TestModels.opset(17).input("x", OnnxType.FLOAT, 128, WIDTH);

    FeedbackTest() {
        for (int i = 0; i < 3; i++) {
            model.initializer(RandomTensors.random(i, WIDTH, WIDTH).withName("w" + i));
        }
    }

    private String product(String from, int weight, String to) {
        model.node("MatMul", from + ",w" + weight, to);
        return to;
    }

    private List<List<String>> circles(String... outputs) {
        TfModel graph = OnnxImporter.load(model.build(outputs), ImportOptions.defaults());
        return Feedback.circles(graph, LayerGroup.of(graph.layers(), Granularity.LAYER)).stream()
                .map(circle -> circle.stream().map(LayerGroup::weight).toList())
                .toList();
    }

    @Test
    void weightsUsedSideBySideAreInNoCircle() {
        String one = product(product("x", 0, "a0"), 1, "a1");
        model.node("Relu", "x", "other");
        String two = product(product("other", 0, "b0"), 1, "b1");
        assertThat(circles(one, two)).isEmpty();
    }

    @Test
    void weightsUsedOnWhatTheyGaveAreInOne() {
        String first = product(product("x", 0, "a0"), 2, "a2");
        assertThat(circles(product(first, 0, "b0"))).containsExactly(List.of("w0"));
    }

    @Test
    void weightsThatTakeTurnsAreInOneTogether() {
        String first = product(product("x", 0, "a0"), 1, "a1");
        String second = product(product(first, 0, "b0"), 1, "b1");
        assertThat(circles(product(second, 2, "y"))).containsExactly(List.of("w0", "w1"));
    }

    @Test
    void oneAfterTheOtherIsOneCircleEach() {
        String first = product(product("x", 0, "a0"), 0, "a1");
        assertThat(circles(product(product(first, 1, "b0"), 1, "b1"))).containsExactly(List.of("w0"), List.of("w1"));
    }

    @Test
    void anUnrolledRecurrenceOfThreeWeightsReachesItsTargets() {
        String stream = "x";
        for (int step = 0; step < 36; step++) {
            model.node("Relu", product(stream, step % 3, "y" + step), "a" + step)
                    .node("Add", stream + ",a" + step, "s" + step);
            stream = "s" + step;
        }
        OnnxModel built = model.build(stream);
        DataBatch batch = DataBatch.of(built.graph().inputs(), Map.of("x", RandomTensors.random(3, 128, WIDTH)));
        Initialised initialised =
                Initialised.of(built, batch, TieRule.KEEP, OptionalLong.empty(), LsuvOptions.defaults());
        assertThat(initialised.report().layers())
                .hasSize(36)
                .allSatisfy(layer -> assertThat(layer.status()).isEqualTo(Status.CONVERGED));
    }
}
