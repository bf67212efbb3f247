package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Runs cases of ONNX's own backend suite.
 *
 * <p>{@code -Donnx.tests=DIR} names a folder whose sub-folders are cases; {@code -Donnx.cases=REGEX}
 * chooses some by name.
 */
class BackendSuiteTest {
    @Test
    @EnabledIfSystemProperty(
            named = "onnx.tests",
            matches = ".+",
            disabledReason = "skipped: -Donnx.tests=DIR does not name ONNX's backend suite")
    void chosenCasesPass() throws IOException {
        String pattern = System.getProperty("onnx.cases", ".*");
        List<String> failures = new ArrayList<>();
        int passed = 0;
        for (BackendCase test : cases(pattern)) {
            Optional<String> failure = test.failure();
            if (failure.isPresent()) {
                failures.add(test.name() + ": " + failure.get());
            } else {
                passed++;
            }
        }
        assertThat(failures).as("%d cases passed, these failed", passed).isEmpty();
        assertThat(passed).as("cases whose names match %s", pattern).isPositive();
    }

    private static List<BackendCase> cases(String pattern) {
        return Arrays.stream(System.getProperty("onnx.tests", "").split(","))
                .flatMap(folder -> list(Path.of(folder)))
                .filter(folder -> Files.exists(folder.resolve("model.onnx")))
                .map(BackendCase::new)
                .filter(test -> test.name().matches(pattern))
                .sorted((a, b) -> a.name().compareTo(b.name()))
                .toList();
    }

    private static Stream<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList().stream();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
