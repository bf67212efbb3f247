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
import org.lsuv.tf.draw.Initializer;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.init.Rescale;
import org.lsuv.tf.init.ResidualRule;

/** Diagnoses a network with the weights that it had, with those that it was given, and with those of others. */
final class Comparison {
    private final List<Map<String, OnnxTensor>> pieces;
    private final DiagnoseOptions options;
    private final Progress progress;

    Comparison(
            List<Map<String, OnnxTensor>> pieces,
            DiagnoseOptions.Histograms histograms,
            TfOptions run,
            Progress progress) {
        DiagnoseOptions defaults = DiagnoseOptions.defaults();
        this.pieces = pieces;
        this.options = new DiagnoseOptions(
                defaults.activations(), defaults.batchNorms(), defaults.gradients(), histograms, run);
        this.progress = progress;
    }

    List<LabelledRun> beforeAndAfter(TfModel model, Map<String, OnnxTensor> weights) {
        return List.of(
                new LabelledRun("before", diagnose(model)),
                new LabelledRun("after LSUV", diagnose(model.with(weights))));
    }

    /** Diagnoses a network as other initialisers leave it, without LSUV. */
    List<LabelledRun> others(TfModel model, List<Initializer> initializers, LsuvOptions how) {
        return initializers.stream()
                .map(initializer -> {
                    LsuvOptions drawn = how.with(initializer).with(Rescale.NONE).with(ResidualRule.NONE);
                    return new LabelledRun(
                            initializer.toString(),
                            diagnose(model.with(Lsuv.initialize(model, pieces, drawn, progress)
                                    .weights())));
                })
                .toList();
    }

    private DiagnosisReport diagnose(TfModel model) {
        return Diagnosis.of(model, pieces, options, progress);
    }
}
