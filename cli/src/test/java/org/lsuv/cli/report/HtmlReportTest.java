package org.lsuv.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsuv.tf.diagnose.DiagnosisReport;
import org.lsuv.tf.diagnose.FailureMode;
import org.lsuv.tf.diagnose.PathPoint;
import org.lsuv.tf.diagnose.ResidualBlock;
import org.lsuv.tf.diagnose.Verdict;

class HtmlReportTest {
    private static Diagnosed transformer;
    private static Diagnosed dead;
    private static DiagnosisReport residual;
    private static DiagnosisReport broken;

    @BeforeAll
    static void diagnose() {
        transformer = Diagnosed.model("transformer-layer.onnx");
        residual = transformer.asItIs();
        dead = Diagnosed.model("dead-layer.onnx");
        broken = dead.asItIs();
    }

    private static Page single() {
        return Page.of(transformer.page(List.of(new LabelledRun("as it is", residual))));
    }

    @Test
    void everyElementIsClosedAndNothingIsLoaded() {
        Page page = single();
        assertThat(page.html()).startsWith("<!DOCTYPE html>\n<html lang=\"en\">");
        assertThat(page.elements("//*[@src or @srcset or @style or @onclick]")).isEmpty();
        assertThat(page.attributes("//@href")).allMatch(target -> target.startsWith("#"));
        assertThat(page.html()).doesNotContain("url(", "@import", "http:", "https:");
        assertThat(page.attributes("//meta[@http-equiv='Content-Security-Policy']/@content"))
                .singleElement()
                .asString()
                .startsWith("default-src 'none'; ");
    }

    @Test
    void everyReferenceHasItsTarget() {
        Page page = single();
        List<String> ids = page.attributes("//@id");
        assertThat(ids).doesNotHaveDuplicates();
        Set<String> known = new HashSet<>(ids);
        assertThat(page.attributes("//@href")).isNotEmpty().allMatch(target -> known.contains(target.substring(1)));
        assertThat(page.attributes("//@aria-labelledby | //@aria-describedby"))
                .isNotEmpty()
                .allMatch(known::contains);
    }

    @Test
    void chartsSayWhatTheyShowWithoutBeingSeen() {
        Page page = single();
        assertThat(page.elements("//svg[@role='img']")).hasSizeGreaterThan(4).allSatisfy(chart -> {
            assertThat(Page.text(chart, "title")).isNotBlank();
            assertThat(Page.text(chart, "desc")).isNotBlank();
        });
        assertThat(page.elements("//svg[not(@role)]"))
                .allMatch(drawing -> drawing.getAttribute("aria-hidden").equals("true"));
    }

    @Test
    void headingsGoDownOneAtATime() {
        List<Integer> levels = Pattern.compile("<h([1-6])")
                .matcher(single().html())
                .results()
                .map(found -> Integer.valueOf(found.group(1)))
                .toList();
        assertThat(levels).startsWith(1).containsOnlyOnce(1);
        for (int i = 1; i < levels.size(); i++) {
            assertThat(levels.get(i)).isLessThanOrEqualTo(levels.get(i - 1) + 1);
        }
    }

    @Test
    void tablesNameTheirRowsAndColumns() {
        Page page = single();
        assertThat(page.elements("//table"))
                .isNotEmpty()
                .allSatisfy(table -> assertThat(Page.text(table, "caption")).isNotBlank());
        assertThat(page.attributes("//th/@scope")).hasSameSizeAs(page.elements("//th"));
        assertThat(page.attributes("//table[contains(@class, 'sortable')]/thead//th/@aria-sort"))
                .hasSameSizeAs(page.elements("//table[contains(@class, 'sortable')]/thead//th/button"))
                .containsOnlyOnce("ascending");
        assertThat(page.elements("//table[contains(@class, 'sortable')]/tbody/tr"))
                .hasSameSizeAs(residual.layers());
    }

    @Test
    void everyVerdictIsSaidInWordsAndTheWorstFirst() {
        Page page = Page.of(dead.page(List.of(new LabelledRun("as it is", broken))));
        assertThat(broken.level()).isEqualTo(Verdict.Level.WILL_NOT_START);
        List<String> titles = page.texts("//ul[contains(@class, 'verdicts')]/li/h3");
        assertThat(titles).hasSameSizeAs(broken.verdicts());
        assertThat(titles.get(0)).endsWith("✕ will not start");
        assertThat(page.texts("//header/p[contains(@class, 'answer')]"))
                .containsExactly("✕ As it is, this network will not start training.");
        Verdict silent = broken.verdicts().stream()
                .filter(verdict -> verdict.mode() == FailureMode.DEAD)
                .findFirst()
                .orElseThrow();
        assertThat(page.texts("//p[@class='finding']")).contains(silent.finding() + ".");
        assertThat(page.texts("//p[@class='advice']")).anyMatch(advice -> advice.contains("start biases at zero"));
    }

    @Test
    void layersOfADeadNetworkAreMarkedFromTheOneThatIsZero() {
        Page page = Page.of(dead.page(List.of(new LabelledRun("as it is", broken))));
        List<String> boxes = page.attributes("//ol[contains(@class, 'chain')]//a/@aria-label");
        assertThat(boxes).hasSameSizeAs(broken.layers());
        assertThat(boxes).anyMatch(box -> box.contains("will not start"));
        assertThat(page.texts("//table[contains(@class, 'layers')]/tbody/tr/td[1]"))
                .anyMatch(health -> health.startsWith("✕ will not start"));
    }

    @Test
    void joinsStandAsBothEnginesMeasuredThem() {
        List<JoinVariances> joins = new ArrayList<>();
        for (ResidualBlock block : residual.residuals().blocks()) {
            joins.add(new JoinVariances(
                    OptionalDouble.of(block.streamVariance() * 2),
                    OptionalDouble.of(block.branchVariance()),
                    OptionalDouble.empty()));
        }
        Page page = Page.of(transformer.page(List.of(new LabelledRun("as it is", residual, joins))));
        assertThat(page.elements("//table[@class='joins']/tbody/tr")).hasSize(2);
        ResidualBlock first = residual.residuals().blocks().get(0);
        assertThat(page.texts("//table[@class='joins']/tbody/tr[1]/td"))
                .containsExactly(
                        Figures.text(first.streamVariance()),
                        Figures.text(first.streamVariance() * 2),
                        Figures.text(first.branchVariance()),
                        Figures.text(first.branchVariance()),
                        Figures.text(first.variance()),
                        "not measured",
                        Figures.text(first.gain()));
        assertThat(single().elements("//table[@class='joins']")).isEmpty();
    }

    @Test
    void comparisonsShowEveryRunInEveryChart() {
        DiagnosisReport after = transformer.afterLsuv();
        Page page = Page.of(
                transformer.page(List.of(new LabelledRun("before", residual), new LabelledRun("after LSUV", after))));
        assertThat(page.texts("//table[@class='matrix']/thead//th")).containsExactly("Check", "before", "after LSUV");
        assertThat(page.texts("//table[@class='matrix']/tbody//th"))
                .contains("Overall", "Growth of the signalgreatest change of M");
        for (String chart : List.of("variance", "length", "cosine", "channel-std", "growth")) {
            assertThat(String.join("|", page.texts("//figure[@id='" + chart + "']//text")))
                    .as(chart)
                    .contains("before", "after LSUV");
        }
        assertThat(page.texts("//header//h1")).containsExactly("transformer-layer.onnx");
    }

    @Test
    void namesFromFilesStayText() {
        String name = "</title><script>alert('x')</script>&\"\u0000\u202e";
        ReportPage page = new ReportPage(
                name,
                "lsuv-init diagnose '" + name + "'",
                List.of(new Fact(name, name)),
                transformer.page(List.of(new LabelledRun(name, residual))).batch(),
                List.of(),
                List.of(),
                List.of(),
                List.of(name),
                List.of(new LabelledRun(name, Reports.named(residual, name)), new LabelledRun("b", residual)));
        ReportPage about = new ReportPage(
                name,
                name,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(page.runs().get(0)));
        for (Page shown : List.of(Page.of(page), Page.of(about))) {
            assertThat(shown.elements("//script")).hasSize(1);
            assertThat(shown.html()).doesNotContain("<script>alert", "\u0000");
            assertThat(shown.texts("//h1").get(0)).startsWith("</title><script>alert('x')</script>&\"\uFFFD");
        }
        assertThat(Page.of(about).texts("//table[contains(@class, 'layers')]/tbody/tr[1]/th/span[@class='name']"))
                .singleElement()
                .asString()
                .startsWith("</title><script>");
    }

    @Test
    void valuesThatAreNotFiniteAreMarkedWhereTheyAre() {
        DiagnosisReport report = transformer.withNonFiniteInput().asItIs();
        assertThat(report.nonFiniteValues()).isPositive();
        Page page = Page.of(transformer.page(List.of(new LabelledRun("as it is", report))));
        assertThat(page.attributes("//svg//@*")).noneMatch(value -> value.contains("NaN") || value.contains("Inf"));
        assertThat(page.elements("//figure[@id='variance']//path[@class='edge']"))
                .isNotEmpty();
        assertThat(page.texts("//figure[@id='variance']/figcaption/p"))
                .singleElement()
                .asString()
                .endsWith("× at the upper edge: not finite.");
        assertThat(page.texts("//table[contains(@class, 'layers')]/tbody/tr/td[1]"))
                .allMatch(health -> health.equals("✕ will not startNaN or Inf"));
    }

    @Test
    void everyPointOfALineIsMarkedWhereThereIsRoom() {
        Page page = Page.of(transformer.page(List.of(new LabelledRun("as it is", Reports.layers(residual, 130)))));
        assertThat(page.elements("//figure[@id='variance']//*[@class='mark']")).hasSize(130);
        assertThat(page.texts("//figure[@id='variance']/figcaption/p"))
                .noneMatch(sentence -> sentence.contains("marked"));
        page = Page.of(transformer.page(List.of(new LabelledRun("as it is", Reports.layers(residual, 131)))));
        assertThat(page.elements("//figure[@id='variance']//*[@class='mark']")).hasSize(66);
        assertThat(page.texts("//figure[@id='variance']/figcaption/p"))
                .singleElement()
                .asString()
                .endsWith(" One point in 2 is marked.");
    }

    @Test
    void aPredictionThatEndsEarlyIsNamedWhereItEndsAndSaysWhy() {
        Page page = single();
        assertThat(residual.path().points()).anyMatch(PathPoint::normalised);
        assertThat(page.texts("//figure[@id='length']/figcaption/p"))
                .singleElement()
                .asString()
                .endsWith("from the weights alone, which know nothing of M behind the first normalisation.");
        double end = number(page, "//figure[@id='length']//text[.='predicted']/@x");
        assertThat(end).isLessThan(number(page, "//figure[@id='length']//text[.='measured']/@x") - 50);
        assertThat(page.attributes("//figure[@id='length']//g[@class='s0 thin']/path/@d"))
                .singleElement()
                .asString()
                .containsPattern("L" + Pattern.quote(Chart.number(end - 7)) + " [0-9.]+$");
    }

    private static double number(Page page, String path) {
        return Double.parseDouble(page.attributes(path).get(0));
    }

    @Test
    void symbolsOfVerdictsAreExplainedAndOthersAreNot() {
        List<String> explained = single().texts("//section[@id='verdict']/details//dt");
        assertThat(explained).contains("M", "g", "η").doesNotContain("‖∇W‖/‖W‖");
        assertThat(single().texts("//section[@id='verdict']//*[@class='finding']"))
                .anyMatch(finding -> finding.contains("M changes by"))
                .noneMatch(finding -> finding.contains("‖∇W‖"));
    }

    @Test
    void oneLayerWithoutAnythingElseIsAPage() {
        Page page = Page.of(transformer.page(List.of(new LabelledRun("as it is", Reports.layers(residual, 1)))));
        assertThat(page.elements("//table[contains(@class, 'layers')]/tbody/tr"))
                .hasSize(1);
        assertThat(page.elements("//figure[@id='variance']//*[@class='mark']")).hasSize(1);
        assertThat(page.elements("//figure[@id='stream']")).isEmpty();
    }

    @Test
    void aThousandLayersMakeAPageOfBoundedSize() {
        DiagnosisReport deep = Reports.layers(residual, 1_000);
        List<LabelledRun> runs = new ArrayList<>();
        for (String label : List.of("before", "after LSUV", "he-normal", "glorot-uniform", "pytorch", "keras")) {
            runs.add(new LabelledRun(label, deep));
        }
        Page page = Page.of(transformer.page(runs));
        assertThat(page.html().length()).isLessThan(2_500_000);
        assertThat(page.elements("//table[contains(@class, 'layers')]/tbody/tr"))
                .hasSize(1_000);
        for (String path : page.attributes("//figure[@id='variance']//path[@class='line']/@d")) {
            assertThat(Pattern.compile("[ML]").matcher(path).results().map(MatchResult::group))
                    .hasSizeBetween(100, 400);
        }
    }
}
