package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.lsuv.tf.onnximport.ops.StandardOps;

/** Keeps what the README says about operators equal to the registry. */
class ReadmeTest {
    private static final Path README = Path.of(System.getProperty("lsuv.root"), "README.md");
    private static final String START = "<!-- supported operators: generated -->\n";
    private static final String END = "<!-- supported operators: end -->\n";

    @Test
    void tableOfOperatorsIsThatOfTheRegistry() throws IOException {
        String readme = Files.readString(README);
        assertThat(readme).containsOnlyOnce(START).containsOnlyOnce(END);
        String before = readme.substring(0, readme.indexOf(START) + START.length());
        String after = readme.substring(readme.indexOf(END));
        String expected = before + "\n" + tables() + after;
        if (Boolean.getBoolean("lsuv.update")) {
            Files.writeString(README, expected);
            return;
        }
        assertThat(readme)
                .as("README.md lists other operators than the registry; renew its table with: mvn test -pl cli -am"
                        + " -Dtest=ReadmeTest -Dsurefire.failIfNoSpecifiedTests=false -Dlsuv.update=true")
                .isEqualTo(expected);
    }

    private static String tables() {
        Map<String, List<OpsListing.Operator>> domains = OpsListing.of(StandardOps.registry()).operators().stream()
                .collect(Collectors.groupingBy(OpsListing.Operator::domain, LinkedHashMap::new, Collectors.toList()));
        StringBuilder text = new StringBuilder();
        domains.forEach((domain, operators) -> {
            text.append("| | `").append(domain).append("`: ").append(operators.size());
            text.append(" operators, each with the versions that are told apart |\n|---|---|\n");
            Map<String, List<OpsListing.Operator>> letters = operators.stream()
                    .collect(Collectors.groupingBy(
                            operator -> operator.operator().substring(0, 1), TreeMap::new, Collectors.toList()));
            letters.forEach((letter, some) -> text.append("| ")
                    .append(letter)
                    .append(" | ")
                    .append(some.stream().map(ReadmeTest::cell).collect(Collectors.joining(" · ")))
                    .append(" |\n"));
            text.append('\n');
        });
        return text.toString();
    }

    private static String cell(OpsListing.Operator operator) {
        return operator.operator() + " "
                + operator.sinceVersions().stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
