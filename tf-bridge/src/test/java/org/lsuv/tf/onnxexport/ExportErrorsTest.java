package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lsuv.tf.onnxexport.ExportCase.draw;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

class ExportErrorsTest {
    @Test
    void allOperationsWithoutACounterpartAreNamedAtOnce() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 4);
            net.output("a", tf.math.digamma(tf.math.digamma(x)));
            net.output("b", tf.math.lgamma(x));

            assertThatThrownBy(net::export)
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessage("case: operations without a counterpart in ONNX: Digamma in 2 nodes, Lgamma in 1 node");
        }
    }

    @Test
    void opsetOutsideOfWhatIsWrittenIsRefused() {
        assertThatThrownBy(() -> ExportOptions.defaults().withOpset(12))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected 13 to 24");
    }

    @Test
    void newWeightsAreWrittenInTheFormThatOnnxHas() {
        try (ExportCase net = new ExportCase()) {
            Ops tf = net.tf();
            Operand<TFloat32> x = net.input("x", -1, 2);
            net.output("y", tf.linalg.matMul(x, net.weight("kernel", 2, 2)));
            OnnxTensor changed = draw("other", 2, 2).withName("kernel");

            OnnxModel model = OnnxExporter.export(
                            net.model(), ExportOptions.defaults().withWeights(Map.of("kernel", changed)))
                    .model();

            assertThat(model.graph().initializer("kernel").orElseThrow().toFloats())
                    .isEqualTo(changed.toFloats());
        }
    }

    @Test
    void weightOfAnotherShapeIsRefused() {
        try (ExportCase net = new ExportCase()) {
            net.output("y", net.tf().linalg.matMul(net.input("x", -1, 2), net.weight("kernel", 2, 2)));
            ExportOptions options = ExportOptions.defaults().withWeights(Map.of("kernel", draw("kernel", 3)));

            assertThatThrownBy(() -> OnnxExporter.export(net.model(), options))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("weight \"kernel\": expected");
        }
    }
}
