package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class TestModelsTest {
    @Test
    void builtModelHoldsWhatWasAdded() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3)
                .initializer(OnnxTensor.ofLongs("shape", new long[] {1}, -1))
                .node("Reshape", "x,, shape", "y", "allowzero", 1, "pads", new long[] {1, 2}, "mode", "edge")
                .build("y");

        assertThat(model.opset("")).hasValue(13);
        assertThat(model.graph().inputs().get(0)).hasToString("x: float32[x_0, 3]");
        var node = model.graph().nodes().get(0);
        assertThat(node.inputs()).containsExactly("x", "", "shape");
        assertThat(node.attributes().intOr("allowzero", 0)).isEqualTo(1);
        assertThat(node.attributes().requireInts("pads")).containsExactly(1, 2);
        assertThat(node.attributes().requireString("mode")).isEqualTo("edge");
        assertThat(model.graph().initializer("shape").orElseThrow().toLongs()).containsExactly(-1);
    }

    @Test
    void constantComesBackFromRun() {
        OnnxModel model = TestModels.opset(13)
                .node("Constant", "", "y", "value", OnnxTensor.ofFloats("", new long[] {2}, 1.5f, -2))
                .build("y");

        List<OnnxTensor> results = TestModels.run(model);

        assertThat(results.get(0).toFloats()).containsExactly(1.5f, -2);
    }
}
