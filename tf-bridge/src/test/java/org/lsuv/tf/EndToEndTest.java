package org.lsuv.tf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxWriter;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.onnximport.BatchPlan;
import org.lsuv.tf.onnximport.OnnxImporter;

/** The whole road on a real network: read, import, initialise, put back, write, verify. Start here. */
class EndToEndTest {
    private static final Path TESTDATA = Path.of(System.getProperty("lsuv.root", ".."), "testdata");

    @Test
    void aResidualNetworkStartsWithUnitVarianceInEveryLayer(@TempDir Path folder) throws IOException {
        OnnxModel model = OnnxReader.read(TESTDATA.resolve("models/resnet20-unfused.onnx"));
        DataBatch batch = DataBatch.bind(
                model.graph().inputs(), List.of(new DataArgument("", TESTDATA.resolve("data/fashion-mnist-256.npy"))));

        OnnxModel prepared = PreparedWeights.prepare(model, TieRule.AUTO, 0);
        BatchPlan plan = BatchPlan.of(prepared, batch, OptionalLong.empty());
        TfModel imported = OnnxImporter.load(prepared, plan.importOptions());
        LsuvReport report = Lsuv.initialize(imported, plan.pieces(), LsuvOptions.defaults(), Progress.NONE);
        Path output = folder.resolve("resnet20.lsuv.onnx");
        OnnxWriter.write(prepared.withWeights(report.weights()), output, Overwrite.REFUSE);

        // One pass that scales, one that measures: a network of any depth takes two.
        assertThat(report.forwardPasses()).isEqualTo(2);
        assertThat(report.layers()).hasSize(22);
        List<String> outputs =
                imported.layers().stream().map(WeightedLayer::output).toList();
        try (OrtProbe onnxRuntime = OrtProbe.open(OnnxReader.read(output), OrtOptions.DEFAULT)) {
            Map<String, ValueStatistics> measured = onnxRuntime.measure(batch.tensors(), outputs);
            assertThat(measured).hasSize(22);
            assertThat(measured.values())
                    .allSatisfy(layer -> assertThat(layer.variance()).isCloseTo(1, within(0.01)));
        }
    }
}
