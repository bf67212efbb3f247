package org.lsuv.tf.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Scanner;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsuv.tf.conformance.CaseProcess.Verdict;

class CaseProcessTest {
    @TempDir
    Path folder = Path.of("");

    /** Answers as it is told, and prints what native code might. */
    static final class ObedientWorker {
        private ObedientWorker() {}

        public static void main(String[] args) {
            Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
            while (lines.hasNextLine()) {
                switch (lines.nextLine()) {
                    case "pass" -> System.out.println("noise\n" + CaseWorker.PASSED);
                    case "fail" -> System.out.println(CaseWorker.FAILED + "wrong");
                    case "die" -> Runtime.getRuntime().halt(134);
                    default -> LockSupport.park();
                }
            }
        }
    }

    @Test
    void deathOfTheProcessCostsOneCase() throws IOException {
        try (CaseProcess process =
                new CaseProcess(ObedientWorker.class, folder.resolve("log"), Duration.ofMinutes(1))) {
            assertThat(process.run(Path.of("fail"))).isEqualTo(new Verdict("wrong", false));
            assertThat(process.run(Path.of("die")))
                    .isEqualTo(new Verdict("the process ended with exit code 134", true));
            assertThat(process.run(Path.of("pass"))).isEqualTo(new Verdict("", false));
        }
    }

    @Test
    void caseThatNeverEndsIsGivenUp() throws IOException {
        try (CaseProcess process =
                new CaseProcess(ObedientWorker.class, folder.resolve("log"), Duration.ofSeconds(1))) {
            assertThat(process.run(Path.of("sleep"))).isEqualTo(new Verdict("took longer than 1 s", true));
        }
    }
}
