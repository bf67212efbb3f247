package org.lsuv.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Holds the options that say which variance layers shall have. */
final class TargetOptions {
    @Option(
            names = "--target-variance",
            paramLabel = "VARIANCE",
            defaultValue = "1",
            description = "The variance that every layer's output shall have (default: ${DEFAULT-VALUE}).")
    private double variance;

    @Option(
            names = "--target-std",
            paramLabel = "DEVIATION",
            description = "The same as a standard deviation, the root of the variance.")
    private @Nullable Double deviation;

    @Option(
            names = "--tolerance",
            paramLabel = "SHARE",
            defaultValue = "0.01",
            description = "How far from it a layer may be, as a share of it (default: ${DEFAULT-VALUE}).")
    private double tolerance;

    void check() {
        if (deviation != null && variance != 1) {
            throw new UsageException("--target-variance and --target-std say the same; give one");
        }
        if (deviation != null && (!(deviation > 0) || Double.isInfinite(deviation * deviation))) {
            throw new UsageException("--target-std: expected a positive number, got " + deviation);
        }
        if (!(variance > 0) || Double.isInfinite(variance)) {
            throw new UsageException("--target-variance: expected a positive number, got " + variance);
        }
        if (!(tolerance > 0) || tolerance >= 1) {
            throw new UsageException("--tolerance: expected a number between 0 and 1, got " + tolerance);
        }
    }

    double variance() {
        return deviation == null ? variance : deviation * deviation;
    }

    double tolerance() {
        return tolerance;
    }

    /** Tells whether a measured variance is near enough; NaN is not. */
    boolean isReached(double measured) {
        return Math.abs(measured / variance() - 1) <= tolerance;
    }

    /** Returns what is asked for, in words: {@code within 1 % of variance 1}. */
    String text() {
        return "within " + Numbers.percent(tolerance) + " of variance " + Numbers.plain(variance());
    }
}
