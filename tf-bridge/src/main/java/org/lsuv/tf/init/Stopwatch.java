package org.lsuv.tf.init;

import java.util.EnumMap;
import java.util.Map;

/** Adds up the time that each phase takes. */
final class Stopwatch {
    /** Lists the phases. */
    enum Phase {
        WEIGHTS,
        SCALING,
        MEASURING
    }

    private final Map<Phase, Long> nanoseconds = new EnumMap<>(Phase.class);
    private Phase phase = Phase.WEIGHTS;
    private long started;

    void start(Phase next) {
        phase = next;
        started = System.nanoTime();
    }

    void stop() {
        nanoseconds.merge(phase, System.nanoTime() - started, Long::sum);
    }

    double seconds(Phase of) {
        return nanoseconds.getOrDefault(of, 0L) / 1e9;
    }
}
