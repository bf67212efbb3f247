package org.lsuv.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final Path MODEL = CliRun.model("order-reversed.onnx");
    private static final Path DATA = CliRun.TESTDATA.resolve("data/fashion-mnist-16.pb");

    @TempDir
    private Path folder;

    private Path file(String name) {
        return folder.resolve(name);
    }

    @Test
    void anInitialisationIsShownBeforeAndAfterInEveryForm() throws IOException {
        CliRun run = CliRun.of(
                MODEL,
                "--data",
                DATA,
                "-o",
                file("it's.onnx"),
                "--report",
                file("r.html"),
                "--report",
                file("r.csv"),
                "--report",
                file("r.md"),
                "--report",
                file("r.json"),
                "-q");
        assertThat(run).isEqualTo(new CliRun(0, "", ""));
        assertThat(file("r.html"))
                .content()
                .contains("<th scope=\"col\">before</th><th scope=\"col\">after LSUV</th>")
                .contains("-o &#39;" + file("it").toString() + "&#39;\\&#39;&#39;s.onnx&#39; --report")
                .contains("<dt>within 1 % of variance 1</dt><dd>5 of 5 layers</dd>")
                .contains("<dt>max iterations</dt><dd>10</dd>");
        assertThat(Files.readAllLines(file("r.csv"))).hasSize(1 + 2 * 5);
        assertThat(file("r.md")).content().contains("|  | before | after LSUV |");
        assertThat(file("r.json")).content().startsWith("{\n  \"tool\": \"lsuv-init\"");
    }

    @Test
    void varianceAfterIsThatWhichTheInitialisationStates() throws IOException {
        CliRun.of(MODEL, "--data", DATA, "--dry-run", "--report", file("r.csv"), "-q");
        String[] titles = Files.readAllLines(file("r.csv")).get(0).split(",", -1);
        int variance = List.of(titles).indexOf("variance");
        assertThat(Files.readAllLines(file("r.csv")).stream().filter(line -> line.startsWith("after LSUV")))
                .hasSize(5)
                .allSatisfy(line -> assertThat(Double.parseDouble(line.split(",", -1)[variance]))
                        .isBetween(0.99, 1.01));
    }

    @Test
    void otherInitialisersStandBesideBeforeAndAfter() throws IOException {
        CliRun.of(
                MODEL, "--data", DATA, "--dry-run", "--report", file("r.csv"), "--compare", "he-normal,pytorch", "-q");
        assertThat(Files.readAllLines(file("r.csv")).stream()
                        .skip(1)
                        .map(line -> line.split(",", -1)[0])
                        .distinct())
                .containsExactly("before", "after LSUV", "he-normal", "pytorch");
    }

    @Test
    void aComparisonThatNobodySeesIsRefused() {
        CliRun run = CliRun.of(MODEL, "--data", DATA, "--dry-run", "--compare", "he-normal");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("lsuv-init: --compare: needs a report to show it; give --report FILE.html\n");
    }

    @Test
    void aDiagnosisIsAPageOfOneRun() {
        CliRun run = CliRun.of("diagnose", MODEL, "--data", DATA, "--report", file("r.html"), "-q");
        assertThat(run.err()).isEmpty();
        assertThat(file("r.html"))
                .content()
                .contains(
                        "<h1>order-reversed.onnx</h1>", "<dt>diagnosis</dt><dd>", "<dt>rows at a time</dt><dd>all</dd>")
                .contains("lsuv-init diagnose " + MODEL)
                .doesNotContain("class=\"matrix\"");
    }

    @Test
    void anEndingThatMeansNothingIsRefusedBeforeAnyWork() {
        CliRun run = CliRun.of(MODEL, "--data", DATA, "-o", file("x.onnx"), "--report", file("r.txt"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo("lsuv-init: --report: " + file("r.txt")
                        + ": expected a name that ends in .html, .csv, .md or .json\n");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void anotherReportIsNotReplaced() throws IOException {
        Files.writeString(file("r.html"), "mine");
        CliRun run = CliRun.of("diagnose", MODEL, "--data", DATA, "--report", file("r.html"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(file("r.html")).hasContent("mine");
    }
}
