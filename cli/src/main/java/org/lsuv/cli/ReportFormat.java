package org.lsuv.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import org.lsuv.cli.report.CsvReport;
import org.lsuv.cli.report.HtmlReport;
import org.lsuv.cli.report.MarkdownReport;
import org.lsuv.cli.report.ReportPage;

/** Lists the forms of a report; the end of a file's name chooses. */
enum ReportFormat {
    HTML(".html", HtmlReport::of),
    CSV(".csv", CsvReport::of),
    MARKDOWN(".md", MarkdownReport::of),
    /** Not a page, but all that was measured, each command's in a form of its own. */
    JSON(".json", page -> {
        throw new IllegalArgumentException("JSON is made from what was found, not from a page");
    });

    private final String ending;
    private final Function<ReportPage, String> renderer;

    ReportFormat(String ending, Function<ReportPage, String> renderer) {
        this.ending = ending;
        this.renderer = renderer;
    }

    static ReportFormat of(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> name.endsWith(format.ending))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "--report: " + file + ": expected a name that ends in .html, .csv, .md or .json"));
    }

    String render(ReportPage page) {
        return renderer.apply(page);
    }
}
