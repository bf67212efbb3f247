package org.lsuv.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Lists the forms of a report; the end of a file's name chooses. */
enum ReportFormat {
    HTML(".html"),
    CSV(".csv"),
    MARKDOWN(".md"),
    /** No page, but all that was found, each command's in a form of its own. */
    JSON(".json");

    private final String ending;

    ReportFormat(String ending) {
        this.ending = ending;
    }

    static ReportFormat of(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(format -> name.endsWith(format.ending))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "--report: " + file + ": expected a name that ends in .html, .csv, .md or .json"));
    }
}
