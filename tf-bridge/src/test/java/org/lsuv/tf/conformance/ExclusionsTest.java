package org.lsuv.tf.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.lsuv.tf.conformance.CaseProcess.Verdict;
import org.lsuv.tf.conformance.CaseResult.Status;

class ExclusionsTest {
    private static final CaseFacts FACTS = new CaseFacts(13, true, Set.of("Abs"));

    @Test
    void patternMatchesTheWholeNameAndGivesItsReason() {
        Exclusions list = Exclusions.parse("# random\n\nnode/test_a.*   drawn elsewhere\nnode/test_b@13  no type\n");
        assertThat(list.reason("node/test_abs", 13)).contains("drawn elsewhere");
        assertThat(list.reason("node/test_b", 13)).contains("no type");
        assertThat(list.reason("node/test_b", 14)).isEmpty();
        assertThat(list.reason("node/test_bx", 13)).isEmpty();
        CaseResult abs = CaseResult.of("node/test_abs", FACTS, new Verdict("", false), "");
        assertThat(list.unused(List.of(abs))).containsExactly(list.lines().get(1));
    }

    @Test
    void exclusionWithoutAReasonOrStatedTwiceIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Exclusions.parse("node/test_a"))
                .withMessage("exclusion \"node/test_a\" has no reason");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Exclusions.parse("node/test_a b\nnode/test_a c"))
                .withMessage("exclusion \"node/test_a\" stands twice");
    }

    @Test
    void listOfTheProjectCanBeRead() throws Exception {
        assertThat(Exclusions.read().lines()).isNotEmpty();
    }

    @Test
    void excludedCaseThatPassesIsStaleAndACrashIsNeverExcused() {
        assertThat(result("", false, "")).isEqualTo(Status.PASSED);
        assertThat(result("", false, "may fail")).isEqualTo(Status.STALE);
        assertThat(result("differs", false, "may fail")).isEqualTo(Status.EXCLUDED);
        assertThat(result("differs", false, "")).isEqualTo(Status.FAILED);
        assertThat(result("ended", true, "may fail")).isEqualTo(Status.CRASHED);
    }

    private static Status result(String failure, boolean crashed, String reason) {
        return CaseResult.of("node/test_abs", FACTS, new Verdict(failure, crashed), reason)
                .status();
    }

    @Test
    void aCaseThatVersionsOfTheSuiteDisagreeOnMayPassOrFail() {
        String reason = "in some versions the model lacks an attribute";

        assertThat(CaseResult.of("node/test_abs", FACTS, new Verdict("", false), reason)
                        .isFine())
                .isTrue();
        assertThat(CaseResult.of("node/test_abs", FACTS, new Verdict("off", false), reason)
                        .isFine())
                .isTrue();
        assertThat(CaseResult.of("node/test_abs", FACTS, new Verdict("", false), "never")
                        .isFine())
                .isFalse();
    }
}
