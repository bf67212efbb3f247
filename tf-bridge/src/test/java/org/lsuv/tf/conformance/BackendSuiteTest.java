package org.lsuv.tf.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs some cases of ONNX's own backend suite in this process, for work on an operator.
 *
 * <p>{@code -Donnx.tests=DIR} says where the cases are; {@code -Donnx.cases=REGEX} chooses some by name.
 */
class BackendSuiteTest {
    @TempDir
    Path temporary = Path.of("");

    @Test
    @EnabledIfSystemProperty(
            named = "onnx.tests",
            matches = ".+",
            disabledReason = "skipped: -Donnx.tests=DIR does not name ONNX's backend suite")
    @EnabledIfSystemProperty(
            named = "onnx.cases",
            matches = ".+",
            disabledReason = "skipped: -Donnx.cases=REGEX chooses no cases")
    void chosenCasesPass() throws IOException {
        String pattern = System.getProperty("onnx.cases", "");
        List<String> failures = new ArrayList<>();
        int passed = 0;
        List<BackendCase> cases = BackendSuite.of(System.getProperty("onnx.tests", ""), temporary).stream()
                .flatMap(suite -> suite.cases().stream())
                .filter(test -> test.name().replaceFirst(".*/", "").matches(pattern))
                .toList();
        for (BackendCase test : cases) {
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
}
