package org.lsuv.cli;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/** Measures how long each phase of a run takes. */
final class Timings {
    /** Lists the phases that are timed here; those inside LSUV are in its report. */
    enum Phase {
        READ("reading"),
        IMPORT("importing into TensorFlow"),
        DIAGNOSE("diagnosing"),
        WRITE("writing"),
        VERIFY("verifying in ONNX Runtime");

        private final String text;

        Phase(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** Does the work of a phase. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    private final Map<Phase, Double> seconds = new EnumMap<>(Phase.class);
    private final long start = System.nanoTime();
    private double total = Double.NaN;
    private double ortForward = Double.NaN;

    <T> T time(Phase phase, ConsoleProgress progress, Work<T> work) throws IOException {
        progress.show(phase.text());
        long before = System.nanoTime();
        T result = work.run();
        seconds.merge(phase, since(before), Double::sum);
        return result;
    }

    /** Ends the run: what comes later does not count. */
    void stop() {
        total = since(start);
    }

    void ortForward(double found) {
        ortForward = found;
    }

    /** Returns the seconds of a phase; NaN where it did not run. */
    double of(Phase phase) {
        return seconds.getOrDefault(phase, Double.NaN);
    }

    double total() {
        return total;
    }

    /** Returns the seconds of one plain forward pass in ONNX Runtime; NaN where it was not measured. */
    double ortForward() {
        return ortForward;
    }

    private static double since(long before) {
        return (System.nanoTime() - before) / 1e9;
    }
}
