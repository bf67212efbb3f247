package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.NonFiniteOrigin;
import org.lsuv.tf.diagnose.Residuals;
import org.lsuv.tf.diagnose.SignalPath;
import org.lsuv.tf.diagnose.Verdict;

/** Changes the size of diagnoses, and the names in them: what was measured stays. */
final class Reports {
    private Reports() {}

    /** Returns a diagnosis of a network of so many layers, one after the other, and of nothing else. */
    static DiagnosisReport layers(DiagnosisReport report, int count) {
        List<LayerDiagnosis> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            LayerDiagnosis like = report.layers().get(i % report.layers().size());
            layers.add(layer(like, i, like.layer().name()));
        }
        return with(
                report,
                layers,
                report.verdicts(),
                new SignalPath(SignalPath.Kind.TRUNK, report.path().points().subList(0, 1)),
                new Residuals(List.of(), 1, 1, 0, 0),
                List.of());
    }

    /** Returns a diagnosis in which all that has a name has the same. */
    static DiagnosisReport named(DiagnosisReport report, String name) {
        return with(
                report,
                report.layers().stream()
                        .map(layer -> layer(layer, layer.layer().index(), name))
                        .toList(),
                report.verdicts().stream()
                        .map(verdict -> new Verdict(
                                verdict.mode(),
                                verdict.level(),
                                verdict.figure(),
                                name,
                                verdict.atRisk(),
                                verdict.willNotStart(),
                                name,
                                name))
                        .toList(),
                report.path(),
                report.residuals(),
                List.of(new NonFiniteOrigin(name, name, 1, 1)));
    }

    private static LayerDiagnosis layer(LayerDiagnosis found, int index, String name) {
        WeightedLayer layer = found.layer();
        return new LayerDiagnosis(
                new WeightedLayer(
                        index,
                        name,
                        layer.op(),
                        layer.weight(),
                        layer.kernel(),
                        layer.linear(),
                        layer.active(),
                        layer.bias(),
                        layer.blob(),
                        layer.output(),
                        layer.channels(),
                        layer.activation(),
                        layer.recurrent()),
                found.depth(),
                found.onTrunk(),
                found.normalised(),
                found.weightMean(),
                found.weightVariance(),
                found.fanIn(),
                found.width(),
                found.activation(),
                found.kappa(),
                found.signal());
    }

    private static DiagnosisReport with(
            DiagnosisReport report,
            List<LayerDiagnosis> layers,
            List<Verdict> verdicts,
            SignalPath path,
            Residuals residuals,
            List<NonFiniteOrigin> origins) {
        return new DiagnosisReport(
                report.model(),
                report.samples(),
                report.pieces(),
                verdicts,
                layers,
                report.activations(),
                Map.copyOf(report.outputs()),
                path,
                report.growth(),
                report.wander(),
                residuals,
                origins,
                report.gradients(),
                report.notes(),
                report.forwardPasses(),
                report.seconds());
    }
}
