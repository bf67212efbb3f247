package org.lsuv.cli;

import org.lsuv.onnx.runtime.OrtOptions;
import picocli.CommandLine.Option;

/** Holds the option that says how many threads may run. */
final class ThreadOptions {
    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads to use (default: one a core).")
    private int threads;

    void check() {
        if (threads < 0) {
            throw new UsageException("--threads: expected 0 or more, got " + threads);
        }
    }

    int threads() {
        return threads;
    }

    OrtOptions onnxRuntime() {
        return new OrtOptions(threads);
    }
}
