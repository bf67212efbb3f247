package org.lsuv.tf.init;

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
}
