package org.lsuv.tf.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.lsuv.tf.conformance.CaseProcess.Verdict;
import org.lsuv.tf.conformance.ConformanceReport.Count;

class ConformanceReportTest {
    private final ConformanceReport report = new ConformanceReport(
            Path.of("suite"),
            List.of(
                    result("node/test_abs", 13, true, "", "Abs"),
                    result("node/test_add_abs", 24, true, "x|y differ", "Abs", "Add"),
                    result("node/test_add_25", 25, true, "", "Add"),
                    result("node/test_add_string", 13, false, "no type", "Add")));

    private static CaseResult result(String name, long opset, boolean plain, String failure, String... operators) {
        return CaseResult.of(name, new CaseFacts(opset, plain, Set.of(operators)), new Verdict(failure, false), "");
    }

    @Test
    void casesCountWithEveryOperatorThatTheyUse() {
        assertThat(report.byOperator()).isEqualTo(Map.of("Abs", new Count(2, 1), "Add", new Count(3, 1)));
    }

    @Test
    void coreIsUpToOpset24WithPlainTypes() {
        assertThat(report.all()).isEqualTo(new Count(4, 2));
        assertThat(report.core()).isEqualTo(new Count(2, 1));
        assertThat(report.text())
                .isEqualTo("suite: 2 of 4, 50.0 % of all cases; 1 of 2, 50.0 % of those up to opset 24 with types of"
                        + " TensorFlow\n  operators with cases that do not pass: Abs 1/2, Add 1/3");
    }

    @Test
    void everyCaseThatDoesNotPassHasARow() {
        assertThat(report.markdown().lines())
                .contains("| Abs | 2 | 1 |", "| node/test_add_abs | 24 | failed |  | x\\|y differ |")
                .noneMatch(line -> line.contains("node/test_abs"));
    }
}
