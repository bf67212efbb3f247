package org.lsuv.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.report.CsvReport;
import org.lsuv.cli.report.HtmlReport;
import org.lsuv.cli.report.MarkdownReport;
import org.lsuv.cli.report.ReportPage;
import org.lsuv.onnx.Overwrite;
import org.lsuv.tf.diagnose.DiagnoseOptions;
import org.lsuv.tf.network.Target;

/**
 * Writes a report, whole or not at all.
 *
 * @param file the file
 * @param format its form
 */
record ReportFile(Path file, ReportFormat format) {

    /** Checks that a report can be written in the form that its name says, before any work. */
    static ReportFile of(Path file, Path model, Path output, Overwrite overwrite) throws IOException {
        checkFree("--report", file, model, output, overwrite);
        return new ReportFile(file, ReportFormat.of(file));
    }

    /** Checks that a report can be written as JSON, whatever its name. */
    static ReportFile json(Path file, Path model, Path output, Overwrite overwrite) throws IOException {
        checkFree("--json", file, model, output, overwrite);
        return new ReportFile(file, ReportFormat.JSON);
    }

    /** Checks that a page can be written that is not about a model. */
    static ReportFile page(Path file, Overwrite overwrite) throws IOException {
        if (!String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT).endsWith(".html")) {
            throw new UsageException("--report: " + file + ": expected a name that ends in .html");
        }
        checkFree(file, overwrite);
        return new ReportFile(file, ReportFormat.HTML);
    }

    private static void checkFree(String option, Path file, Path model, Path output, Overwrite overwrite)
            throws IOException {
        Path own = file.toAbsolutePath().normalize();
        if (own.equals(output.toAbsolutePath().normalize())
                || own.equals(model.toAbsolutePath().normalize())) {
            throw new UsageException(option + ": " + file + " is the model; give the report a name of its own");
        }
        checkFree(file, overwrite);
    }

    private static void checkFree(Path file, Overwrite overwrite) throws IOException {
        if (Files.isDirectory(file)) {
            throw new UsageException(file + ": is a folder; expected the name of a file");
        }
        Target.of(file, overwrite).checkFree();
    }

    /** Tells whether the report is rendered from a page, not from what a command found. */
    boolean isPage() {
        return format != ReportFormat.JSON;
    }

    /** Tells whether any of some reports shows histograms. */
    static DiagnoseOptions.Histograms histograms(List<ReportFile> files) {
        return files.stream().anyMatch(file -> file.format == ReportFormat.HTML || file.format == ReportFormat.JSON)
                ? DiagnoseOptions.Histograms.COUNT
                : DiagnoseOptions.Histograms.NONE;
    }

    /**
     * Writes the report.
     *
     * @param page what is rendered, if the form asks for it
     * @param json what is written otherwise
     */
    void write(Supplier<ReportPage> page, Supplier<? extends Record> json) throws IOException {
        write(
                switch (format) {
                    case HTML -> HtmlReport.of(page.get());
                    case CSV -> CsvReport.of(page.get());
                    case MARKDOWN -> MarkdownReport.of(page.get());
                    case JSON -> gson().toJson(json.get()) + "\n";
                });
    }

    /** Writes a report that is rendered already. */
    void write(String text) throws IOException {
        Path temporary = file.toAbsolutePath().resolveSibling("." + file.getFileName() + ".tmp");
        try {
            Files.writeString(temporary, text);
            Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    static Gson gson() {
        return new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .serializeNulls()
                .registerTypeAdapter(double.class, new FiniteNumbers())
                .registerTypeAdapter(Double.class, new FiniteNumbers())
                .create();
    }

    /** JSON has no NaN and no infinity: both become null. */
    private static final class FiniteNumbers extends TypeAdapter<@Nullable Double> {
        @Override
        public void write(JsonWriter out, @Nullable Double value) throws IOException {
            if (value == null || !Double.isFinite(value)) {
                out.nullValue();
            } else {
                out.value(value);
            }
        }

        @Override
        public Double read(JsonReader in) {
            throw new UnsupportedOperationException("reports are only written");
        }
    }
}
