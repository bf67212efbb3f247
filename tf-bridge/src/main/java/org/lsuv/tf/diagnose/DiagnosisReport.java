package org.lsuv.tf.diagnose;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Holds all that a diagnosis found.
 *
 * @param model the name by which errors call the model
 * @param samples the number of samples in the batch
 * @param pieces in how many pieces it was run
 * @param verdicts one for each failure mode that was looked at
 * @param layers the weighted layers, in execution order
 * @param activations the non-linearities, in execution order
 * @param outputs what was measured of each floating-point output of the network, by its name
 * @param path the way that stands for the network, with what was measured along it
 * @param growth how M grows along it
 * @param wander how M wanders along it
 * @param residuals the sums of streams and branches
 * @param nonFinite the operations that first make NaN or infinite values; empty where all that counts is finite
 * @param gradients what comes back to each layer; empty where gradients were not asked for, or are not to be had
 * @param notes what a user may want to know, one sentence each
 * @param forwardPasses how many passes over the batch were run
 * @param seconds the time taken
 */
public record DiagnosisReport(
        String model,
        long samples,
        int pieces,
        List<Verdict> verdicts,
        List<LayerDiagnosis> layers,
        List<ActivationDiagnosis> activations,
        Map<String, SignalStatistics> outputs,
        SignalPath path,
        Growth growth,
        Wander wander,
        Residuals residuals,
        List<NonFiniteOrigin> nonFinite,
        List<LayerGradient> gradients,
        List<String> notes,
        int forwardPasses,
        double seconds) {
    public DiagnosisReport {
        verdicts = List.copyOf(verdicts);
        layers = List.copyOf(layers);
        activations = List.copyOf(activations);
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        nonFinite = List.copyOf(nonFinite);
        gradients = List.copyOf(gradients);
        notes = List.copyOf(notes);
    }

    /** Returns the worst of the verdicts. */
    public Verdict.Level level() {
        return verdicts.stream()
                .map(Verdict::level)
                .max(Comparator.naturalOrder())
                .orElse(Verdict.Level.FINE);
    }

    /** Returns how many of the measured values are NaN or infinite. */
    public long nonFiniteValues() {
        return Stream.of(
                        layers.stream().map(LayerDiagnosis::signal),
                        activations.stream().map(ActivationDiagnosis::signal),
                        path.points().stream().map(PathPoint::signal),
                        outputs.values().stream())
                .flatMap(signals -> signals)
                .distinct()
                .mapToLong(SignalStatistics::nonFinite)
                .sum();
    }

    DiagnosisReport with(List<Verdict> decided) {
        return new DiagnosisReport(
                model,
                samples,
                pieces,
                decided,
                layers,
                activations,
                outputs,
                path,
                growth,
                wander,
                residuals,
                nonFinite,
                gradients,
                notes,
                forwardPasses,
                seconds);
    }
}
