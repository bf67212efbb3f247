package org.lsuv.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsuv.tf.diagnose.DiagnosisReport;

class TextReportsTest {
    private static Diagnosed network;
    private static DiagnosisReport report;

    @BeforeAll
    static void diagnose() {
        network = Diagnosed.model("order-reversed.onnx");
        report = network.asItIs();
    }

    private static ReportPage page() {
        return network.page(List.of(new LabelledRun("before", report), new LabelledRun("again", report)));
    }

    @Test
    void csvHasOneRowALayerAndRunAndAllDigits() {
        List<String> lines = CsvReport.of(page()).lines().toList();
        assertThat(lines).hasSize(1 + 2 * report.layers().size());
        List<String> titles = List.of(lines.get(0).split(",", -1));
        for (int i = 1; i < lines.size(); i++) {
            String[] cells = lines.get(i).split(",", -1);
            assertThat(cells).hasSameSizeAs(titles);
            int layer = (i - 1) % report.layers().size();
            assertThat(cells[titles.indexOf("run")])
                    .isEqualTo(i <= report.layers().size() ? "before" : "again");
            assertThat(Double.parseDouble(cells[titles.indexOf("variance")]))
                    .isEqualTo(report.layers().get(layer).signal().variance());
            assertThat(Double.parseDouble(cells[titles.indexOf("kappa")]))
                    .isCloseTo(report.layers().get(layer).kappa(), within(0.0));
        }
    }

    @Test
    void csvQuotesWhatSeparatesAndDisarmsFormulas() {
        String csv = CsvReport.of(network.page(
                List.of(new LabelledRun("a,b", Reports.named(Reports.layers(report, 1), "=HYPERLINK(\"x\",1)")))));
        assertThat(csv.lines().toList().get(1)).startsWith("\"a,b\",0,\"'=HYPERLINK(\"\"x\"\",1)\",");
    }

    @Test
    void markdownTablesAreComplete() {
        String text = MarkdownReport.of(page());
        assertThat(text).startsWith("## order-reversed.onnx\n\n**" + VerdictSection.answer(report) + "**");
        List<String> rows = text.lines().filter(line -> line.startsWith("|")).toList();
        assertThat(rows)
                .hasSize(2 + report.verdicts().size() + 2 + report.layers().size());
        assertThat(rows.subList(2 + report.verdicts().size(), rows.size()))
                .allMatch(row -> row.chars().filter(c -> c == '|').count() == 9);
        report.verdicts().forEach(verdict -> assertThat(text).contains("**" + VerdictSection.title(verdict.mode())));
    }

    @Test
    void markdownKeepsNamesFromMeaningAnything() {
        String name = "a|b`<img src=x>`[x](http://y) _z_ @user #1\nnext";
        String text = MarkdownReport.of(network.page(
                List.of(new LabelledRun("before", Reports.named(Reports.layers(report, 1), name)))));
        String row = text.lines()
                .filter(line -> line.startsWith("| 0 |"))
                .findFirst()
                .orElseThrow();
        assertThat(row)
                .contains("a&#124;b&#96;&#60;img src=x&#62;&#96;[x&#93;(http&#58;&#47;&#47;y) &#95;z&#95; &#64;user"
                        + " &#35;1 next");
    }

    @Test
    void markdownOfADeepNetworkFitsIntoAComment() {
        String text = MarkdownReport.of(network.page(List.of(new LabelledRun("x", Reports.layers(report, 1_000)))));
        assertThat(text.length()).isLessThan(65_536);
        assertThat(text).contains("700 more layers");
    }
}
