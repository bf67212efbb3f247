package org.lsuv.cli.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.diagnose.DiagnoseOptions;
import org.lsuv.tf.diagnose.Diagnosis;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.onnximport.BatchPlan;
import org.lsuv.tf.onnximport.OnnxImporter;

/**
 * Diagnoses models of testdata on sixteen images, as the commands do.
 *
 * @param model the model, ready for new weights
 * @param batch the images
 * @param options how it is diagnosed
 */
record Diagnosed(OnnxModel model, DataBatch batch, DiagnoseOptions options) {
    private static final Path TESTDATA = Path.of(System.getProperty("lsuv.root"), "testdata");
    private static final Path IMAGES = TESTDATA.resolve("data/fashion-mnist-16.pb");

    static Diagnosed model(String name) {
        return model(TESTDATA.resolve("models").resolve(name), IMAGES);
    }

    static Diagnosed model(Path file, Path images) {
        try {
            OnnxModel model = PreparedWeights.prepare(OnnxReader.read(file), TieRule.AUTO, 0);
            DataBatch batch = DataBatch.bind(model.graph().inputs(), List.of(new DataArgument("", images)));
            return new Diagnosed(model, batch, DiagnoseOptions.defaults());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    Diagnosed with(DiagnoseOptions other) {
        return new Diagnosed(model, batch, other);
    }

    /** Returns the same with a batch whose first value is NaN. */
    Diagnosed withNonFiniteInput() {
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>(batch.tensors());
        tensors.replaceAll((name, tensor) -> {
            double[] values = tensor.toDoubles();
            values[0] = Double.NaN;
            return OnnxTensor.ofDoubles(name, tensor.type(), tensor.shape(), values);
        });
        return new Diagnosed(model, DataBatch.of(model.graph().inputs(), tensors), options);
    }

    DiagnosisReport asItIs() {
        return diagnosis(model);
    }

    DiagnosisReport afterLsuv() {
        BatchPlan plan = plan();
        TfModel imported = OnnxImporter.load(model, plan.importOptions());
        return diagnosis(
                model.withWeights(Lsuv.initialize(imported, plan.pieces(), LsuvOptions.defaults(), Progress.NONE)
                        .weights()));
    }

    ReportPage page() {
        return page(List.of(new LabelledRun("as it is", asItIs())));
    }

    ReportPage comparison() {
        return page(List.of(new LabelledRun("before", asItIs()), new LabelledRun("after LSUV", afterLsuv())));
    }

    ReportPage page(List<LabelledRun> runs) {
        List<BatchInput> inputs = new ArrayList<>();
        batch.tensors().forEach((name, tensor) -> inputs.add(BatchInput.of(name, tensor)));
        return new ReportPage(
                model.label(),
                "lsuv-init diagnose " + model.label() + " --data fashion-mnist-16.pb --report report.html",
                List.of(new Fact("file", model.label())),
                inputs,
                List.of(new Fact("batch normalisation", options.batchNorms().toString())),
                List.of(new Fact("lsuv-init", "0.1.0")),
                List.of(new Fact("diagnosis", "0.1 s")),
                batch.warnings(),
                runs);
    }

    private DiagnosisReport diagnosis(OnnxModel diagnosed) {
        BatchPlan plan = plan();
        return Diagnosis.of(OnnxImporter.load(diagnosed, plan.importOptions()), plan.pieces(), options, Progress.NONE);
    }

    private BatchPlan plan() {
        return BatchPlan.of(model, batch, OptionalLong.empty());
    }
}
