package org.lsuv.cli;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.report.Fact;
import org.lsuv.cli.report.Figures;
import org.lsuv.cli.report.LabelledRun;
import org.lsuv.cli.report.ReportPage;
import org.lsuv.tf.init.LayerResult.Status;
import org.lsuv.tf.init.LsuvReport;
import picocli.CommandLine.Model.CommandSpec;

/** Fills a report's page with what an initialisation did, beside the diagnoses before and after it. */
final class InitPage {
    private InitPage() {}

    static ReportPage of(Outcome outcome, List<LabelledRun> runs, @Nullable CommandSpec spec) {
        List<String> notes = new ArrayList<>(outcome.warnings());
        notes.addAll(outcome.notes());
        return new ReportPage(
                outcome.loaded().model().label(),
                PageFacts.command(spec),
                model(outcome),
                PageFacts.batch(outcome.batch()),
                options(outcome),
                PageFacts.versions(),
                timings(outcome),
                notes.stream().distinct().toList(),
                runs);
    }

    private static List<Fact> model(Outcome outcome) {
        List<Fact> facts = new ArrayList<>(PageFacts.model(
                outcome.path(), outcome.opset(), outcome.loaded().model()));
        facts.add(new Fact(
                "written to",
                outcome.dryRun() ? "nothing" : outcome.target().path().toString()));
        long zeroed = outcome.count(Status.ZEROED);
        facts.add(new Fact(
                outcome.options().target().text(),
                outcome.count(Status.CONVERGED) + " of "
                        + outcome.report().layers().size() + " layers"
                        + (zeroed == 0 ? "" : ", " + zeroed + " zeroed")));
        facts.add(new Fact(
                "ONNX Runtime",
                outcome.check().verification().isPresent()
                        ? "variance at most " + Figures.text(outcome.maxError()) + " off target"
                        : outcome.check().reason()));
        if (!outcome.check().joins().isEmpty()) {
            facts.add(new Fact(
                    "ONNX Runtime, joins",
                    "variances at most " + Figures.text(outcome.check().maxJoinDeviation())
                            + " of their stream's off TensorFlow's"));
        }
        return facts;
    }

    /** Returns the options as the JSON report has them, in words. */
    private static List<Fact> options(Outcome outcome) {
        JsonObject described = ReportFile.gson()
                .toJsonTree(outcome.options().describe(outcome.data()))
                .getAsJsonObject();
        List<Fact> facts = new ArrayList<>();
        described.entrySet().stream()
                .filter(entry -> entry.getValue().isJsonPrimitive())
                .forEach(entry -> facts.add(new Fact(
                        entry.getKey().replaceAll("([a-z])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT),
                        entry.getValue().getAsString())));
        facts.add(new Fact("seed", Long.toString(outcome.options().lsuv().seed())));
        return facts;
    }

    private static List<Fact> timings(Outcome outcome) {
        LsuvReport report = outcome.report();
        List<Fact> facts = PageFacts.timings(outcome.timings());
        facts.add(new Fact("drawing weights", Numbers.seconds(report.secondsWeights())));
        facts.add(new Fact("scaling", Numbers.seconds(report.secondsScaling())));
        facts.add(new Fact("measuring", Numbers.seconds(report.secondsMeasuring())));
        facts.add(new Fact("forward passes", Integer.toString(report.forwardPasses())));
        return facts;
    }
}
