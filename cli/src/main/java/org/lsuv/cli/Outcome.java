package org.lsuv.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.init.LayerResult;
import org.lsuv.tf.init.LsuvReport;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.Target;

/**
 * Holds everything that a run found, for those who render it.
 *
 * @param path the file of the model, as it was given
 * @param opset the version of ONNX's operators; empty where the network has none of them
 * @param target where the initialised model went
 * @param dryRun whether nothing was written
 * @param options how layers were initialised
 * @param data the options for the batch
 * @param batch the batch
 * @param loaded the graph in TensorFlow, and how the batch was run
 * @param report what LSUV did and measured
 * @param check what ONNX Runtime measured
 * @param weights what is in the file of weights for PyTorch, if one was asked for
 * @param timings how long it took
 */
record Outcome(
        Path path,
        OptionalLong opset,
        Target target,
        boolean dryRun,
        InitOptions options,
        DataOptions data,
        DataBatch batch,
        Network.Loaded loaded,
        LsuvReport report,
        OrtCheck check,
        Optional<WeightsOutput.Contents> weights,
        Timings timings) {

    ExitCode exit() {
        boolean sound = report.allConverged()
                && weightsApart() == 0
                && joinsApart() == 0
                && check.detour().isEmpty();
        return sound ? ExitCode.OK : ExitCode.FLAGGED;
    }

    private long weightsApart() {
        return check.weightsApart(report, options.target().tolerance());
    }

    private long joinsApart() {
        return check.joinsApart(options.target().tolerance());
    }

    /** Returns {@link OrtCheck#maxError} of the report. */
    double maxError() {
        return check.maxError(report);
    }

    /** Tells whether other layers use the weight of a layer, too. */
    boolean isTied(LayerResult result) {
        String weight = result.layer().weight().source();
        return report.layers().stream()
                        .filter(other -> other.layer().weight().source().equals(weight))
                        .count()
                > 1;
    }

    long count(LayerResult.Status status) {
        return report.layers().stream()
                .filter(layer -> layer.status() == status)
                .count();
    }

    /** Returns what may spoil the result, one sentence each. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>(batch.warnings());
        if (weightsApart() > 0) {
            warnings.add("ONNX Runtime finds " + weightsApart()
                    + " weights off target that TensorFlow found "
                    + options.target().text()
                    + (Double.isInfinite(maxError()) ? ", with NaN or Inf among them" : "")
                    + "; lsuv-init check says where the two differ");
        }
        if (joinsApart() > 0) {
            warnings.add(JoinsText.apart(joinsApart()));
        }
        if (!check.detour().isEmpty()) {
            warnings.add("the new weights lead the batch another way through the file: " + check.detour()
                    + "; initialise what was written once more, with --init keep");
        }
        if (count(LayerResult.Status.SKIPPED) == report.layers().size()) {
            warnings.add("--include and --exclude choose no layer; lsuv-init inspect shows the names");
        }
        return warnings;
    }

    /** Returns what a user may want to know, one sentence each. */
    List<String> notes() {
        List<String> notes = new ArrayList<>(batch.notes());
        notes.addAll(loaded.notes());
        notes.addAll(loaded.model().notes());
        notes.addAll(report.notes());
        check.verification().map(Verification::notes).ifPresent(notes::addAll);
        if (!check.reason().isEmpty()) {
            notes.add("not verified in ONNX Runtime: " + check.reason());
        }
        return notes;
    }
}
