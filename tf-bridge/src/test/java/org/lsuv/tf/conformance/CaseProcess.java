package org.lsuv.tf.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs cases in a process that a crash of native code may take down: the next case gets a new one.
 */
final class CaseProcess implements AutoCloseable {
    private final Class<?> worker;
    private final Path log;
    private final Duration limit;
    private @Nullable Process process;
    private @Nullable BufferedReader answers;
    private @Nullable Writer questions;

    /**
     * @param worker the class whose {@code main} answers as {@link CaseWorker} does
     * @param log where the process writes errors
     * @param limit the longest time for one case
     */
    CaseProcess(Class<?> worker, Path log, Duration limit) {
        this.worker = worker;
        this.log = log;
        this.limit = limit;
    }

    /**
     * Holds what became of a case.
     *
     * @param failure why it failed; empty if it passed
     * @param crashed whether the process ended
     */
    record Verdict(String failure, boolean crashed) {}

    Verdict run(Path model) throws IOException {
        if (process == null || questions == null) {
            process = start();
            answers = process.inputReader(StandardCharsets.UTF_8);
            questions = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
        }
        try {
            questions.write(model + "\n");
            questions.flush();
            String answer = answer();
            if (answer.equals(CaseWorker.PASSED)) {
                return new Verdict("", false);
            } else if (!answer.isEmpty()) {
                return new Verdict(answer.substring(CaseWorker.FAILED.length()), false);
            }
            process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            int code = process.isAlive() ? -1 : process.exitValue();
            close();
            return new Verdict("the process ended with exit code " + code, true);
        } catch (TimeoutException tooSlow) {
            close();
            return new Verdict("took longer than " + limit.toSeconds() + " s", true);
        } catch (InterruptedException | ExecutionException problem) {
            close();
            throw new IOException(problem);
        }
    }

    /** Returns the next verdict; empty if the process has ended. */
    private String answer() throws InterruptedException, ExecutionException, TimeoutException {
        BufferedReader reader = answers;
        return CompletableFuture.supplyAsync(() -> {
                    try {
                        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                            if (line.equals(CaseWorker.PASSED) || line.startsWith(CaseWorker.FAILED)) {
                                return line;
                            }
                        }
                        return "";
                    } catch (IOException ended) {
                        throw new UncheckedIOException(ended);
                    }
                })
                .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Process start() throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx2g",
                "-XX:-CreateCoredumpOnCrash",
                // A crash leaves its report beside the log, not in the working folder.
                "-XX:ErrorFile=" + log.resolveSibling("crash-%p.log"),
                "-cp",
                System.getProperty("java.class.path"),
                worker.getName());
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
        process = null;
        answers = null;
        questions = null;
    }
}
