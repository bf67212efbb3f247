package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnximport.OrtReference.assertClose;
import static org.lsuv.tf.onnximport.OrtReference.draw;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class LossOpsTest {
    @ParameterizedTest
    @CsvSource({
        "12, none, false, false",
        "12, sum, true, false",
        "13, mean, false, false",
        "13, mean, true, true",
        "13, mean, false, true",
        "13, none, true, true"
    })
    void lossesAgreeWithRuntimeOverAnyBatch(int opset, String reduction, boolean weighted, boolean ignoring) {
        for (String op : new String[] {"SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"}) {
            boolean softmax = op.startsWith("Softmax");
            Object[] attributes = ignoring
                    ? new Object[] {"reduction", reduction, "ignore_index", 2}
                    : new Object[] {"reduction", reduction};
            TestModels model = TestModels.opset(opset)
                    .input("x", OnnxType.FLOAT, -1, 4, 3)
                    .input("label", OnnxType.INT64, -1, 3)
                    .initializer(OnnxTensor.ofFloats("w", new long[] {4}, 0.5f, 1, 2, 3))
                    .node(op, "x,label" + (weighted ? ",w" : ""), softmax ? "y,log" : "y", attributes);
            assertClose(
                    softmax ? model.build("y", "log") : model.build("y"),
                    1e-5,
                    draw("x", 2, 4, 3),
                    OnnxTensor.ofLongs("label", new long[] {2, 3}, 0, 2, 1, 3, 2, 0));
        }
    }

    @Test
    void ignoredLabelMayLieOutsideTheClasses() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 2)
                .input("label", OnnxType.INT64, -1)
                .node("NegativeLogLikelihoodLoss", "x,label", "y", "ignore_index", -100)
                .build("y");
        OnnxTensor y = TestModels.run(
                        model,
                        OnnxTensor.ofFloats(
                                "x",
                                new long[] {3, 2},
                                -1,
                                Float.NEGATIVE_INFINITY,
                                -3,
                                -7,
                                Float.NEGATIVE_INFINITY,
                                -5),
                        OnnxTensor.ofLongs("label", new long[] {3}, 0, -100, 1))
                .get(0);
        assertThat(y.toDoubles()).containsExactly(3);
    }

    @Test
    void labelsWithTheClassAxisAreMalformed() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 2)
                .input("label", OnnxType.INT64, -1, 2)
                .node("NegativeLogLikelihoodLoss", "x,label", "y")
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("labels without the second");
    }
}
