package org.lsuv.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.report.JoinVariances;
import org.lsuv.tf.diagnose.ActivationDiagnosis;
import org.lsuv.tf.diagnose.ActivationLaw;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.Growth;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.LayerGradient;
import org.lsuv.tf.diagnose.NonFiniteOrigin;
import org.lsuv.tf.diagnose.PathPoint;
import org.lsuv.tf.diagnose.ResidualBlock;
import org.lsuv.tf.diagnose.SignalStatistics;
import org.lsuv.tf.diagnose.Verdict;
import org.lsuv.tf.diagnose.Wander;

/** Holds a diagnosis under the names that it has in JSON; {@code diagnosis.schema.json} documents each. */
record DiagnosisJson(
        String tool,
        String version,
        String model,
        long samples,
        int pieces,
        String level,
        List<Judged> verdicts,
        List<Layer> layers,
        List<Activation> activations,
        Map<String, Signal> outputs,
        Path path,
        Grown growth,
        Wander wander,
        Residual residuals,
        @Nullable Verified verification,
        @Nullable String verificationReason,
        List<NonFiniteOrigin> nonFinite,
        List<Back> gradients,
        int forwardPasses,
        double seconds,
        List<String> notes) {

    record Judged(
            String mode,
            String level,
            double figure,
            String quantity,
            double atRisk,
            double willNotStart,
            String finding,
            @Nullable String advice) {}

    record Layer(
            int index,
            String name,
            String op,
            String weight,
            List<Long> weightShape,
            String output,
            int depth,
            boolean onTrunk,
            boolean normalised,
            double weightMean,
            double weightVariance,
            double fanIn,
            long width,
            @Nullable Law activation,
            double kappa,
            Signal signal) {}

    record Law(
            String name,
            double gain,
            double gainAtScale,
            double slope,
            double spread,
            double lower,
            double upper,
            double atZero) {}

    record Activation(
            String name, Law law, int depth, @Nullable Integer layer, Signal signal) {}

    record Signal(SignalStatistics statistics, double float16Headroom, boolean fitsFloat16, boolean fitsFloat32) {}

    record Path(String kind, List<Point> points) {}

    record Point(
            String name,
            String kind,
            int depth,
            boolean normalised,
            double predictedLogM,
            double logM,
            Signal signal) {}

    record Grown(
            double slope,
            double low,
            double high,
            int steps,
            double leastSquares,
            double logFactor,
            double logRange,
            double predictedSlope,
            double logPredicted,
            @Nullable Integer leavesFloat16,
            @Nullable Integer leavesFloat32) {}

    record Residual(double growth, double measured, double scales, double squaredScales, List<Block> blocks) {}

    record Block(
            String name,
            int depth,
            boolean onTrunk,
            List<Integer> layers,
            double kappa,
            double gain,
            double slope,
            double streamVariance,
            double branchVariance,
            double variance) {}

    record Verified(String engine, List<VerifiedJoin> joins, double maxJoinDeviation) {}

    record VerifiedJoin(String name, double streamVariance, double branchVariance, double sumVariance) {}

    record Back(int layer, double variance, double weightGradient, double weight, double ratio) {}

    static DiagnosisJson of(DiagnosisReport report, DiagnosedJoins joins) {
        Map<String, Signal> outputs = new LinkedHashMap<>();
        report.outputs().forEach((name, signal) -> outputs.put(name, signal(signal)));
        return new DiagnosisJson(
                "lsuv-init",
                new Version().tool(),
                report.model(),
                report.samples(),
                report.pieces(),
                name(report.level()),
                report.verdicts().stream().map(DiagnosisJson::judged).toList(),
                report.layers().stream().map(DiagnosisJson::layer).toList(),
                report.activations().stream().map(DiagnosisJson::activation).toList(),
                outputs,
                new Path(
                        name(report.path().kind()),
                        report.path().points().stream()
                                .map(DiagnosisJson::point)
                                .toList()),
                grown(report.growth()),
                report.wander(),
                new Residual(
                        report.residuals().growth(),
                        report.residuals().measured(),
                        report.residuals().scales(),
                        report.residuals().squaredScales(),
                        report.residuals().blocks().stream()
                                .map(DiagnosisJson::block)
                                .toList()),
                joins.found().isEmpty() ? null : verified(joins),
                joins.reason().isEmpty() ? null : joins.reason(),
                report.nonFinite(),
                report.gradients().stream().map(DiagnosisJson::back).toList(),
                report.forwardPasses(),
                report.seconds(),
                report.notes());
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable Integer number(OptionalInt number) {
        return number.isPresent() ? number.getAsInt() : null;
    }

    private static Judged judged(Verdict verdict) {
        return new Judged(
                name(verdict.mode()),
                name(verdict.level()),
                verdict.figure(),
                verdict.quantity(),
                verdict.atRisk(),
                verdict.willNotStart(),
                verdict.finding(),
                verdict.advice().isEmpty() ? null : verdict.advice());
    }

    private static Layer layer(LayerDiagnosis found) {
        return new Layer(
                found.layer().index(),
                found.layer().name(),
                found.layer().op(),
                found.layer().weight().source(),
                found.layer().weight().storedShape(),
                found.layer().output(),
                found.depth(),
                found.onTrunk(),
                found.normalised(),
                found.weightMean(),
                found.weightVariance(),
                found.fanIn(),
                found.width(),
                found.activation().map(DiagnosisJson::law).orElse(null),
                found.kappa(),
                signal(found.signal()));
    }

    private static Law law(ActivationLaw law) {
        return new Law(
                law.name(),
                law.gain(),
                law.gainAtScale(),
                law.slope(),
                law.spread(),
                law.lower(),
                law.upper(),
                law.atZero());
    }

    private static Activation activation(ActivationDiagnosis found) {
        return new Activation(
                found.name(), law(found.law()), found.depth(), number(found.layer()), signal(found.signal()));
    }

    private static Signal signal(SignalStatistics found) {
        return new Signal(found, found.halfHeadroom(), found.fitsHalf(), found.fitsFloat());
    }

    private static Point point(PathPoint point) {
        return new Point(
                point.name(),
                name(point.kind()),
                point.depth(),
                point.normalised(),
                point.predicted(),
                point.logMeanSquare(),
                signal(point.signal()));
    }

    private static Grown grown(Growth growth) {
        return new Grown(
                growth.slope(),
                growth.low(),
                growth.high(),
                growth.steps(),
                growth.leastSquares(),
                growth.logFactor(),
                growth.logRange(),
                growth.predictedSlope(),
                growth.logPredicted(),
                number(growth.leavesHalf()),
                number(growth.leavesFloat()));
    }

    private static Block block(ResidualBlock found) {
        return new Block(
                found.name(),
                found.depth(),
                found.onTrunk(),
                found.layers(),
                found.kappa(),
                found.gain(),
                found.slope(),
                found.streamVariance(),
                found.branchVariance(),
                found.variance());
    }

    private static Verified verified(DiagnosedJoins joins) {
        List<VerifiedJoin> found = new ArrayList<>();
        for (JoinVariances join : joins.found()) {
            found.add(new VerifiedJoin(
                    joins.blocks().get(found.size()).name(),
                    join.stream().orElse(Double.NaN),
                    join.branch().orElse(Double.NaN),
                    join.sum().orElse(Double.NaN)));
        }
        return new Verified("ONNX Runtime " + new Version().onnxRuntime(), found, joins.maxDeviation());
    }

    private static Back back(LayerGradient found) {
        return new Back(found.layer(), found.variance(), found.weightGradient(), found.weight(), found.ratio());
    }
}
