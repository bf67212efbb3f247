package org.lsuv.cli.report;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsuv.tf.diagnose.DiagnosisReport;

/**
 * Holds everything that a report shows.
 *
 * @param title what the report is about, such as the name of the file
 * @param command the command line that makes it again
 * @param model what is known of the model
 * @param batch the inputs, one each
 * @param options how it was run
 * @param versions of what made it
 * @param timings how long it took
 * @param notes what a reader should know besides, one sentence each
 * @param runs the networks that are compared, at least one: the last of the first two is the one that is meant
 */
public record ReportPage(
        String title,
        String command,
        List<Fact> model,
        List<BatchInput> batch,
        List<Fact> options,
        List<Fact> versions,
        List<Fact> timings,
        List<String> notes,
        List<LabelledRun> runs) {
    public ReportPage {
        model = List.copyOf(model);
        batch = List.copyOf(batch);
        options = List.copyOf(options);
        versions = List.copyOf(versions);
        timings = List.copyOf(timings);
        notes = List.copyOf(notes);
        runs = List.copyOf(runs);
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("a report without a run");
        }
    }

    /** Returns the run that the report is about: what LSUV made of a network, where that is compared with others. */
    public LabelledRun subject() {
        return runs.get(Math.min(1, runs.size() - 1));
    }

    DiagnosisReport report() {
        return subject().report();
    }

    boolean compares() {
        return runs.size() > 1;
    }

    /** Returns the style in which a run is drawn everywhere. */
    int style(int run) {
        return compares() ? run : 1;
    }

    /** Returns one line a run. */
    List<Series> lines(Series.Look look, Function<DiagnosisReport, List<Series.Point>> points) {
        return IntStream.range(0, runs.size())
                .mapToObj(i -> new Series(
                        runs.get(i).label(),
                        style(i),
                        look,
                        points.apply(runs.get(i).report())))
                .toList();
    }
}
