package org.lsuv.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lsuv.cli.Timings.Phase;
import org.lsuv.cli.report.BatchInput;
import org.lsuv.cli.report.Fact;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.tf.TfModel;
import picocli.CommandLine.Model.CommandSpec;

/** Says what stands in a report beside what was measured. */
final class PageFacts {
    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+");

    private PageFacts() {}

    /** Returns the command line as a shell takes it. */
    static String command(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new IllegalStateException("no command line was parsed");
        }
        return "lsuv-init "
                + spec.root().commandLine().getParseResult().originalArgs().stream()
                        .map(word -> PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'")
                        .collect(Collectors.joining(" "));
    }

    static List<Fact> model(Path file, OptionalLong opset, TfModel model) {
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("file", file.toString()));
        if (opset.isPresent()) {
            facts.add(new Fact("opset", Long.toString(opset.getAsLong())));
        }
        facts.add(new Fact("layers", Integer.toString(model.layers().size())));
        facts.add(new Fact("stored tensors", Integer.toString(model.weights().size())));
        facts.add(new Fact("inputs", Integer.toString(model.inputs().size())));
        facts.add(new Fact("outputs", Integer.toString(model.outputs().size())));
        return facts;
    }

    static List<BatchInput> batch(DataBatch batch) {
        return batch.tensors().entrySet().stream()
                .map(entry -> BatchInput.of(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** Returns the options that say where and how a graph runs. */
    static List<Fact> run(DataOptions data, DeviceOptions device) {
        List<Fact> facts = new ArrayList<>(List.of(new Fact(
                "rows at a time",
                data.batchSize().isPresent() ? Long.toString(data.batchSize().getAsLong()) : "all")));
        facts.addAll(run(device));
        return facts;
    }

    /** Returns the options that say where a graph runs. */
    static List<Fact> run(DeviceOptions device) {
        int threads = device.threads().threads();
        return List.of(
                new Fact("device", device.device().toString()),
                new Fact("threads", threads == 0 ? "one a core" : Integer.toString(threads)));
    }

    static List<Fact> versions() {
        return new Version()
                .list().entrySet().stream()
                        .map(entry -> new Fact(entry.getKey(), entry.getValue()))
                        .toList();
    }

    /** Returns how long each phase took that ran, to which others may be added. */
    static List<Fact> timings(Timings timings) {
        List<Fact> facts = new ArrayList<>();
        for (Phase phase : Phase.values()) {
            if (!Double.isNaN(timings.of(phase))) {
                facts.add(new Fact(phase.text(), Numbers.seconds(timings.of(phase))));
            }
        }
        facts.add(new Fact("in all", Numbers.seconds(timings.total())));
        return facts;
    }

    /** Returns what a reader should know: of the batch, of how it is run, and of what became of the graph. */
    static List<String> notes(DataBatch batch, List<String> plan, TfModel model) {
        List<String> notes = new ArrayList<>(batch.warnings());
        notes.addAll(batch.notes());
        notes.addAll(plan);
        notes.addAll(model.notes());
        return notes;
    }
}
