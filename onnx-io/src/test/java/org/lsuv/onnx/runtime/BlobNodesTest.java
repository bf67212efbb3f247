package org.lsuv.onnx.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.NpyFile;

class BlobNodesTest {
    private static final Path TESTDATA = Path.of(System.getProperty("lsuv.root"), "testdata");
    private static final int IMAGES = 6;
    private static final int STEPS = 28;
    private static final int INPUTS = 28;
    private static final int HIDDEN = 12;
    private static final int GATES = 8;

    @Test
    void gatesOfBothDirectionsAreTheInputTimesTheirKernelPlusBothBiases() throws IOException {
        OnnxModel model = OnnxReader.read(TESTDATA.resolve("models/lstm.onnx"));
        OnnxTensor images =
                NpyFile.read(TESTDATA.resolve("data/fashion-mnist-256.npy")).rows(0, IMAGES);

        Verification found = Verification.of(
                model, List.of(Map.of("input", images)), Verification.Scope.DEFAULT, OrtOptions.DEFAULT);

        double[] pixels = images.toDoubles();
        double[] weight = values(model, "onnx::LSTM_353");
        double[] biases = values(model, "onnx::LSTM_352");
        List<ValueStatistics> gates = found.layers().get(0).parts();
        assertThat(gates).hasSize(GATES);
        for (int gate = 0; gate < GATES; gate++) {
            List<Double> blob = new ArrayList<>();
            for (int unit = gate * HIDDEN; unit < (gate + 1) * HIDDEN; unit++) {
                // Each direction has the input's biases of its four gates, then the recurrent ones.
                int bias = unit + unit / (4 * HIDDEN) * 4 * HIDDEN;
                for (int row = 0; row < IMAGES * STEPS; row++) {
                    double z = biases[bias] + biases[bias + 4 * HIDDEN];
                    for (int k = 0; k < INPUTS; k++) {
                        z += pixels[row * INPUTS + k] * weight[unit * INPUTS + k];
                    }
                    blob.add(z);
                }
            }
            double mean = blob.stream().mapToDouble(z -> z).average().orElseThrow();
            double variance = blob.stream()
                    .mapToDouble(z -> (z - mean) * (z - mean))
                    .average()
                    .orElseThrow();
            assertThat(gates.get(gate).mean()).isCloseTo(mean, within(1e-5));
            assertThat(gates.get(gate).variance()).isCloseTo(variance, within(1e-5 * variance));
        }
    }

    private static double[] values(OnnxModel model, String name) {
        return model.graph().initializer(name).orElseThrow().toDoubles();
    }

    @Test
    void anAttentionWithoutABiasIsRefusedBecauseItWouldEndTheProcess() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, "n", 2, 1)
                .floats("w", new long[] {1, 3}, 1, 2, 3)
                .node(NodeProto.newBuilder()
                        .setDomain("com.microsoft")
                        .setOpType("Attention")
                        .addInput("x")
                        .addInput("w")
                        .addOutput("y")
                        .addAttribute(TestModel.attribute("num_heads", 1))
                        .build())
                .output("y", OnnxType.FLOAT, "n", 2, 1)
                .read();
        Map<String, OnnxTensor> batch = Map.of("x", OnnxTensor.ofFloats("x", new long[] {1, 2, 1}, 1, 2));

        // The product in front of it can be measured, since then the node itself does not run.
        Verification found = Verification.of(model, List.of(batch), Verification.Scope.DEFAULT, OrtOptions.DEFAULT);
        assertThat(found.layers().get(0).parts())
                .extracting(ValueStatistics::mean)
                .containsExactly(1.5, 3.0, 4.5);
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            assertThatThrownBy(() -> probe.measure(batch, List.of("y")))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessage("model: node com.microsoft.Attention(x, w) -> y: ONNX Runtime crashes on an attention"
                            + " without a bias; give the node a bias of zeros");
        }
    }
}
