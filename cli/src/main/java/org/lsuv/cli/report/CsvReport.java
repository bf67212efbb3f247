package org.lsuv.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsuv.tf.diagnose.ActivationDiagnosis;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.LayerDiagnosis;
import org.lsuv.tf.diagnose.LayerGradient;
import org.lsuv.tf.diagnose.SignalStatistics;

/**
 * Renders a report as comma-separated values (RFC 4180), one row a layer and run.
 *
 * <p>Numbers have all their digits, with {@code inf} and {@code -inf} as most readers take them; what was not measured
 * is empty. A name that a spreadsheet would take for a formula is given an apostrophe in front.
 */
public final class CsvReport {
    private static final String COLUMNS =
            "run,index,layer,op,depth,on_trunk,normalised,health,reason,weight,fan_in,width,"
                    + "weight_mean,weight_variance,kappa,activation,mean,variance,mean_square,mean_square_spread,kurtosis,minimum,"
                    + "maximum,non_finite,channel_std,cosine,centred_cosine,half_headroom,subnormal_share,activation_mean_square,"
                    + "zero_share,dead_share,saturated_share,gradient_variance,update_ratio";

    private CsvReport() {}

    /** Returns the table, its first line the names of the columns. */
    public static String of(ReportPage page) {
        StringBuilder out = new StringBuilder(COLUMNS).append("\r\n");
        for (LabelledRun run : page.runs()) {
            DiagnosisReport report = run.report();
            HealthCheck health = new HealthCheck(report);
            Map<Integer, LayerGradient> gradients = report.gradients().stream()
                    .collect(Collectors.toMap(LayerGradient::layer, found -> found, (first, second) -> first));
            for (LayerDiagnosis layer : report.layers()) {
                Optional<LayerGradient> gradient =
                        Optional.ofNullable(gradients.get(layer.layer().index()));
                out.append(String.join(",", row(run.label(), layer, health, gradient)))
                        .append("\r\n");
            }
        }
        return out.toString();
    }

    private static List<String> row(
            String run, LayerDiagnosis layer, HealthCheck health, Optional<LayerGradient> gradient) {
        Health found = health.of(layer);
        List<String> row = new ArrayList<>(List.of(
                text(run),
                Integer.toString(layer.layer().index()),
                text(layer.layer().name()),
                text(layer.layer().op()),
                Integer.toString(layer.depth()),
                Boolean.toString(layer.onTrunk()),
                Boolean.toString(layer.normalised()),
                text(found.level().label()),
                text(found.reason()),
                text(layer.layer().weight().source()),
                number(layer.fanIn()),
                Long.toString(layer.width()),
                number(layer.weightMean()),
                number(layer.weightVariance()),
                number(layer.kappa()),
                text(layer.activation().map(law -> law.name()).orElse(""))));
        SignalStatistics signal = layer.signal();
        for (double value : new double[] {
            signal.mean(),
            signal.variance(),
            signal.meanSquare(),
            signal.meanSquareSpread(),
            signal.kurtosis(),
            signal.minimum(),
            signal.maximum(),
            signal.nonFinite(),
            signal.channelStd(),
            signal.cosine(),
            signal.centredCosine(),
            signal.halfHeadroom(),
            signal.subnormalShare()
        }) {
            row.add(number(value));
        }
        Optional<SignalStatistics> bent = health.activation(layer).map(ActivationDiagnosis::signal);
        row.add(bent.map(values -> number(values.meanSquare())).orElse(""));
        row.add(bent.map(values -> number(values.zeroShare())).orElse(""));
        row.add(bent.map(values -> number(values.deadShare())).orElse(""));
        row.add(bent.map(values -> number(values.saturatedShare())).orElse(""));
        row.add(gradient.map(values -> number(values.variance())).orElse(""));
        row.add(gradient.map(values -> number(values.ratio())).orElse(""));
        return row;
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
        return whole ? Long.toString((long) value) : Double.toString(value);
    }

    private static String text(String text) {
        String safe = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
        boolean plain = safe.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? safe : "\"" + safe.replace("\"", "\"\"") + "\"";
    }
}
