package org.lsuv.tf.conformance;

import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the whole of ONNX's backend suite, counts, and compares with what this project promises: {@code mvn
 * verify -Pconformance -Donnx.tests=DIR}. The counts are left in {@code target/conformance.md} and {@code
 * .json}.
 */
@EnabledIfSystemProperty(
        named = "lsuv.conformance",
        matches = "true",
        disabledReason = "skipped: runs with mvn verify -Pconformance -Donnx.tests=DIR")
@EnabledIfSystemProperty(
        named = "onnx.tests",
        matches = ".+",
        disabledReason = "skipped: -Donnx.tests=DIR does not name ONNX's backend suite")
class ConformanceTest {
    private static final double CORE = 0.97;
    private static final double ALL = 0.85;
    private static final int MOST_WORKERS = 4;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Path TARGET = Path.of("target").toAbsolutePath();

    @TempDir
    Path temporary = Path.of("");

    @Test
    void suitesPassButForListedExclusions() throws Exception {
        Exclusions exclusions = Exclusions.read();
        List<ConformanceReport> reports = new ArrayList<>();
        for (BackendSuite suite : BackendSuite.of(System.getProperty("onnx.tests", ""), temporary)) {
            reports.add(run(suite, exclusions));
        }
        write(reports);
        exclusions
                .unused(reports.stream()
                        .flatMap(report -> report.results().stream())
                        .toList())
                .forEach(line -> System.out.println("warning: exclusion \"" + line.pattern() + "\" matches no case"));

        SoftAssertions all = new SoftAssertions();
        for (ConformanceReport report : reports) {
            System.out.println(report.text());
            all.assertThat(report.having(result -> !result.isFine()))
                    .as("%s; these are not as they should be", report.summary())
                    .isEmpty();
            all.assertThat(report.core().share()).as(report.summary()).isGreaterThanOrEqualTo(CORE);
            all.assertThat(report.all().share()).as(report.summary()).isGreaterThanOrEqualTo(ALL);
        }
        all.assertAll();
    }

    private static void write(List<ConformanceReport> reports) throws IOException {
        Path file = TARGET.resolve("conformance.md");
        Files.writeString(
                file, reports.stream().map(ConformanceReport::markdown).collect(Collectors.joining("\n")));
        Files.writeString(
                TARGET.resolve("conformance.json"),
                new GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .create()
                        .toJson(reports.stream().map(ConformanceReport::facts).toList()));
        System.out.println("the count by operator is in " + file);
    }

    private static ConformanceReport run(BackendSuite suite, Exclusions exclusions) throws Exception {
        Queue<BackendCase> queue = new ConcurrentLinkedQueue<>(suite.cases());
        int workers = Math.min(Runtime.getRuntime().availableProcessors(), MOST_WORKERS);
        ExecutorService threads = Executors.newFixedThreadPool(workers);
        try {
            List<Callable<List<CaseResult>>> tasks = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                Path log = TARGET.resolve("conformance-" + i + ".log");
                tasks.add(() -> drain(queue, exclusions, log));
            }
            List<CaseResult> results = new ArrayList<>();
            for (Future<List<CaseResult>> done : threads.invokeAll(tasks)) {
                results.addAll(done.get());
            }
            results.sort(Comparator.comparing(CaseResult::name));
            return new ConformanceReport(suite.place(), results);
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<CaseResult> drain(Queue<BackendCase> queue, Exclusions exclusions, Path log)
            throws IOException {
        List<CaseResult> results = new ArrayList<>();
        try (CaseProcess process = new CaseProcess(CaseWorker.class, log, LIMIT)) {
            for (BackendCase test = queue.poll(); test != null; test = queue.poll()) {
                CaseProcess.Verdict verdict = process.run(test.model());
                CaseFacts facts = CaseFacts.of(test.model());
                String reason = exclusions.reason(test.name(), facts.opset()).orElse("");
                results.add(CaseResult.of(test.name(), facts, verdict, reason));
            }
        }
        return results;
    }
}
