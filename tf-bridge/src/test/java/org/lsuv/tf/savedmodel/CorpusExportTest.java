package org.lsuv.tf.savedmodel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxNode;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.compare.CheckReport;
import org.lsuv.tf.compare.GraphCheck;
import org.lsuv.tf.compare.OutputCheck;
import org.lsuv.tf.onnxexport.ExportOptions;
import org.lsuv.tf.onnxexport.OnnxExporter;
import org.tensorflow.proto.NodeDef;

/** Models that others made compute the same as ONNX, each recurrent loop as one operator. */
class CorpusExportTest {
    @TempDir
    static Path temporary;

    private static Path models;

    @BeforeAll
    static void unpack() throws IOException {
        models = SavedModelCorpus.unpack(temporary);
    }

    @ParameterizedTest
    @CsvSource({
        "keras-dense, 0",
        "keras-lstm, 1",
        "mlnet-cifar, 0",
        "mlnet-mnist_conv, 0",
        "mlnet-mnist_lr, 0",
        "mlperf-kws, 0",
        "saved_model_half_plus_two_tf2_cpu/00000123, 0",
        "tf-java/saved_model, 0"
    })
    void exportComputesTheSameWithOneOperatorPerLoop(String name, int loops) throws IOException {
        SavedModel saved = SavedModelReader.read(models.resolve(name));
        TfModel model = SavedModelImporter.load(saved, SavedModelOptions.defaults());
        assertThat(model.graph().getNodeList())
                .extracting(NodeDef::getOp)
                .filteredOn(op -> op.endsWith("While"))
                .hasSize(loops);

        OnnxModel onnx = OnnxExporter.export(model, ExportOptions.defaults()).model();

        assertThat(onnx.graph().nodes())
                .extracting(OnnxNode::opType)
                .filteredOn(op -> op.equals("LSTM") || op.equals("Loop"))
                .hasSize(loops)
                .doesNotContain("Loop");
        Map<String, OnnxTensor> batch = Reference.batch(model, 3);
        assertThat(OutputCheck.of(model, onnx, batch, TfOptions.defaults()).worst())
                .isLessThan(1e-5);
        CheckReport inside = GraphCheck.export(model, batch, TfOptions.defaults());
        assertThat(inside.first()).isEmpty();
        assertThat(inside.values()).hasSizeGreaterThan(1);
    }
}
