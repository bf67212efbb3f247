package org.lsuv.cli;

import picocli.CommandLine.Option;

/** Holds the options that every command has for how much it says. */
final class Verbosity {
    @Option(
            names = {"-q", "--quiet"},
            description = "Print nothing but errors.")
    private boolean quiet;

    @Option(
            names = {"-v", "--verbose"},
            description = "Print more: details of layers, notes and timings; where it happened for internal errors.")
    private boolean verbose;

    void check() {
        if (quiet && verbose) {
            throw new UsageException("--quiet and --verbose exclude each other");
        }
    }

    boolean isQuiet() {
        return quiet;
    }

    boolean isVerbose() {
        return verbose;
    }
}
