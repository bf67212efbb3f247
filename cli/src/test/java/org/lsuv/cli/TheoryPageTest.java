package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TheoryPageTest {
    @TempDir
    private Path folder = Path.of("");

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static List<String> found(String pattern, String page) {
        return Pattern.compile(pattern)
                .matcher(page)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void aPageOfFewDrawsHoldsTheTableAndThreeCharts() throws IOException {
        CliRun run = CliRun.of("theory", "--draws", "10", "--seed", "5", "--report", file("t.html"));

        assertThat(run.err()).isEmpty();
        String page = Files.readString(file("t.html"));
        assertThat(found("<figure class=\"chart\" id=\"\\w+\">", page))
                .containsExactly(
                        "<figure class=\"chart\" id=\"lengths\">",
                        "<figure class=\"chart\" id=\"variances\">",
                        "<figure class=\"chart\" id=\"residuals\">");
        // A row in the terminal is a row in the page; the first line there has the titles.
        long rows = run.out().lines().count() - 1;
        assertThat(rows).isGreaterThan(10);
        assertThat(found("<tr><th scope=\"row\">", page)).hasSize((int) rows);
        assertThat(found("class=\"band\"", page)).hasSize(6 + 3 + 4);
        assertThat(found(" d=\"[^\"]*\"", page)).isNotEmpty().noneMatch(path -> path.contains("NaN"));
        assertThat(page)
                .contains("theory --draws 10 --seed 5 --report " + file("t.html"), "<dt>seed</dt><dd>5</dd>")
                .contains(">He uniform</text>", ">n = 24</text>", ">η = 1/√L</text>")
                .doesNotContain("<script", "http:", "https:", "url(", "NaN", "Infinity");
    }

    @Test
    void quietPrintsNothingAndStillWrites() {
        CliRun run = CliRun.of("theory", "--draws", "10", "--seed", "5", "--report", file("t.html"), "-q");

        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEmpty();
        assertThat(file("t.html")).isNotEmptyFile();
        assertThat(CliRun.of("theory", "-q", "-v"))
                .isEqualTo(new CliRun(2, "", "lsuv-init: --quiet and --verbose exclude each other\n"));
    }

    @Test
    void whatCannotBeDoneIsSaidBeforeAnyWork() throws IOException {
        Path taken = Files.writeString(file("t.html"), "mine");
        assertThat(CliRun.of("theory", "--report", taken).err())
                .isEqualTo("lsuv-init: " + taken + ": exists already; give --force to replace it\n");
        assertThat(taken).hasContent("mine");
        assertThat(CliRun.of("theory", "--report", file("t.csv")))
                .isEqualTo(new CliRun(
                        2, "", "lsuv-init: --report: " + file("t.csv") + ": expected a name that ends in .html\n"));
        assertThat(CliRun.of("theory", "--draws", "2", "--report", file("u.html")))
                .isEqualTo(new CliRun(2, "", "lsuv-init: --draws: expected 10 to 20000, got 2\n"));
        assertThat(CliRun.of("theory", "--draws", "1000000000").code()).isEqualTo(2);
        assertThat(CliRun.of("theory", "--force"))
                .isEqualTo(new CliRun(2, "", "lsuv-init: --force: only with --report\n"));
    }
}
