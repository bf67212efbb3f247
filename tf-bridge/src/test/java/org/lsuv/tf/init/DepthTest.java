package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.tf.draw.RandomTensors.random;

import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.onnximport.TestModels;

/** The number of forward passes does not grow with depth. */
class DepthTest {
    private static final int WIDTH = 64;

    @ParameterizedTest
    @ValueSource(ints = {10, 100, 1000})
    void twoPassesInitialiseAnyNumberOfLayers(int depth) {
        OnnxModel model = mlp(depth);
        DataBatch batch = DataBatch.of(model.graph().inputs(), Map.of("x", random(3, 128, WIDTH)));

        Initialised initialised =
                Initialised.of(model, batch, TieRule.AUTO, OptionalLong.empty(), LsuvOptions.defaults());

        assertThat(initialised.report().forwardPasses()).isEqualTo(2);
        assertThat(initialised.layersInOnnxRuntime())
                .hasSize(depth)
                .allSatisfy(layer -> assertThat(layer.variance()).isCloseTo(1, within(0.01)));
    }

    private static OnnxModel mlp(int depth) {
        TestModels model = TestModels.opset(17).input("x", OnnxType.FLOAT, -1, WIDTH);
        String value = "x";
        for (int i = 0; i < depth; i++) {
            OnnxTensor weight = random(i, WIDTH, WIDTH);
            model.initializer(weight.withName("w" + i))
                    .node("Gemm", value + ",w" + i, "y" + i)
                    .node("Relu", "y" + i, "a" + i);
            value = "a" + i;
        }
        return model.build(value);
    }
}
