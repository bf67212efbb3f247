package org.lsuv.cli;

import org.jspecify.annotations.Nullable;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.ResidualRule;
import picocli.CommandLine.Option;

/** Holds the options that say how streams meet their branches. */
final class ResidualOptions {
    @Option(
            names = "--residual",
            paramLabel = "none|lsuv|unit|hanin|fixup",
            defaultValue = "none",
            description =
                    "Variance of residual branches (default: ${DEFAULT-VALUE}): as layers make it, unmeasured; lsuv:"
                            + " the same, measured; unit: equal shares, so that the stream at most doubles; hanin: geometric;"
                            + " fixup: zero.")
    private ResidualRule rule = ResidualRule.NONE;

    @Option(
            names = "--residual-base",
            paramLabel = "B",
            defaultValue = "0.9",
            description = "With hanin, the l-th branch has B^2l of its stream's variance (default: ${DEFAULT-VALUE}).")
    private double base;

    @Option(
            names = "--highway-bias",
            paramLabel = "BIAS",
            description = "Set the biases of highway layers' gates, so that they carry: -2, say.")
    private @Nullable Double highwayBias;

    void check() {
        if (!(base > 0) || base > 1) {
            throw new UsageException("--residual-base: expected above 0 and at most 1, got " + base);
        }
        if (highwayBias != null && (highwayBias.isNaN() || highwayBias.isInfinite())) {
            throw new UsageException("--highway-bias: expected a number, got " + highwayBias);
        }
    }

    LsuvOptions in(LsuvOptions options) {
        LsuvOptions changed = options.with(rule).withResidualBase(base);
        return highwayBias == null ? changed : changed.withHighwayBias(highwayBias);
    }

    ResidualRule rule() {
        return rule;
    }

    double base() {
        return base;
    }

    @Nullable Double highwayBias() {
        return highwayBias;
    }
}
