package org.lsuv.cli;

import java.util.List;
import java.util.Map;
import org.lsuv.cli.report.LabelledRun;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.diagnose.DiagnoseOptions;
import org.lsuv.tf.diagnose.Diagnosis;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.init.Progress;

/** Diagnoses a network with the weights that it had, and with those that it was given. */
final class Comparison {
    private final List<Map<String, OnnxTensor>> pieces;
    private final DiagnoseOptions options;
    private final Progress progress;

    Comparison(List<Map<String, OnnxTensor>> pieces, TfOptions run, Progress progress) {
        DiagnoseOptions defaults = DiagnoseOptions.defaults();
        this.pieces = pieces;
        this.options = new DiagnoseOptions(defaults.activations(), defaults.batchNorms(), defaults.gradients(), run);
        this.progress = progress;
    }

    List<LabelledRun> beforeAndAfter(TfModel model, Map<String, OnnxTensor> weights) {
        return List.of(
                new LabelledRun("before", diagnose(model)),
                new LabelledRun("after LSUV", diagnose(model.with(weights))));
    }

    private DiagnosisReport diagnose(TfModel model) {
        return Diagnosis.of(model, pieces, options, progress);
    }
}
