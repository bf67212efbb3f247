package org.lsuv.tf.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** Runs cases in a process of its own: a path a line comes in, a verdict a line goes out. */
final class CaseWorker {
    /** Sets verdicts apart from whatever native code prints. */
    static final String PASSED = "case passed";

    static final String FAILED = "case failed: ";

    private CaseWorker() {}

    /** Answers until the input ends. */
    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(verdict(new BackendCase(Path.of(line))));
        }
    }

    private static String verdict(BackendCase test) throws IOException {
        Optional<String> failure;
        try {
            failure = test.failure();
        } catch (RuntimeException | LinkageError | StackOverflowError | OutOfMemoryError bug) {
            failure = Optional.of("internal error: " + bug);
        }
        return failure.map(text -> FAILED + text.lines().findFirst().orElse("")).orElse(PASSED);
    }
}
