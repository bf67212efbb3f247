package org.lsuv.tf.init;

import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Hears of what a long run is doing; called from the thread that runs it. */
@FunctionalInterface
public interface Progress {
    /** Ignores everything. */
    Progress NONE = (phase, done, total) -> {};

    /** Lists the phases. */
    enum Phase {
        /** New weights are drawn, one step a weight. */
        WEIGHTS,
        /** Layers are measured and scaled, one step a forward pass. */
        SCALING,
        /** The result is measured, one step a piece of the batch. */
        MEASURING
    }

    /**
     * Hears that a phase has come some way.
     *
     * @param total the number of steps, or 0 where it is not known
     */
    void report(Phase phase, int done, int total);

    /**
     * Returns one that hears the same, and ends the run once a condition holds: the next report throws a {@link
     * CancellationException}, which reaches the caller when all that the run has open is closed.
     *
     * @param cancelled the condition, asked from the thread that runs; {@code flag::get} of an {@code AtomicBoolean}
     *     that another thread sets, or {@code Thread.currentThread()::isInterrupted}
     */
    default Progress stoppingWhen(BooleanSupplier cancelled) {
        return (phase, done, total) -> {
            if (cancelled.getAsBoolean()) {
                throw new CancellationException("cancelled");
            }
            report(phase, done, total);
        };
    }
}
