package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.onnxexport.ExportCase.draw;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.compare.OutputCheck;
import org.tensorflow.Operand;
import org.tensorflow.types.TFloat32;

/** A network that is larger than an ONNX file may be: here that is 4 KB. */
class LargeExportTest {
    private static final long LIMIT = 4096;

    @Test
    void weightsLieInAFileBesideTheModel(@TempDir Path folder) throws IOException {
        try (ExportCase net = new ExportCase()) {
            Operand<TFloat32> x = net.input("x", -1, 6, 6, 3);
            Operand<TFloat32> y = net.tf()
                    .nn
                    .relu(net.tf().nn.conv2d(x, net.weight("kernel", 3, 3, 3, 16), List.of(1L, 1L, 1L, 1L), "SAME"));
            y = net.tf().reshape(y, net.tf().constant(new int[] {-1, 6 * 6 * 16}));
            net.output(
                    "y",
                    net.tf().nn.biasAdd(net.tf().linalg.matMul(y, net.weight("dense", 576, 4)), net.weight("bias", 4)));
            TfModel model = net.model();
            Map<String, OnnxTensor> batch = Map.of("x", draw("x", 5, 6, 6, 3));

            OnnxModel large =
                    OnnxExporter.export(model, ExportOptions.defaults(), LIMIT).model();

            assertThat(OutputCheck.of(model, large, batch, TfOptions.defaults()).worst())
                    .isLessThan(1e-5);
            Path file = folder.resolve("large.onnx");
            OnnxWriter.write(large, file, Overwrite.REFUSE);
            OnnxChecker.accept(file);
            assertThat(Files.size(folder.resolve("large.onnx.data"))).isGreaterThan(576 * 4 * 4);
            OnnxModel written = OnnxReader.read(file);
            assertThat(OutputCheck.of(model, written, batch, TfOptions.defaults())
                            .worst())
                    .isLessThan(1e-5);
            assertThat(layers(written, batch)).isEqualTo(layers(large, batch)).hasSize(2);
        }
    }

    private static List<Double> layers(OnnxModel model, Map<String, OnnxTensor> batch) {
        return Verification.of(model, List.of(batch), Verification.Scope.DEFAULT, OrtOptions.DEFAULT).layers().stream()
                .map(layer -> layer.statistics().variance())
                .toList();
    }
}
