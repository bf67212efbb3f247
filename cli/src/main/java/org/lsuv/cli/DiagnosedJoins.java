package org.lsuv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lsuv.cli.report.JoinVariances;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.measured.MeasuredModel;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TensorRef;
import org.lsuv.tf.diagnose.DiagnoseOptions;
import org.lsuv.tf.diagnose.ResidualBlock;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.OnnxForm;
import org.lsuv.tf.residual.Join;

/**
 * Holds what ONNX Runtime measured of the residual joins of a diagnosed network, beside what TensorFlow did.
 *
 * @param blocks what TensorFlow measured
 * @param found what ONNX Runtime did, one a block; empty where it measured nothing
 * @param reason why it did not; empty otherwise
 */
record DiagnosedJoins(List<ResidualBlock> blocks, List<JoinVariances> found, String reason) {
    /** What two engines may differ by that add float32 in another order, as a share of the stream's variance. */
    private static final double TOLERANCE = 0.01;

    /** Measures the blocks of a network; one that ONNX Runtime cannot run is no failure of the diagnosis. */
    static DiagnosedJoins of(
            List<ResidualBlock> blocks,
            Network.Loaded loaded,
            DiagnoseOptions.BatchNorms batchNorms,
            OrtOptions runtime) {
        if (blocks.isEmpty()) {
            return new DiagnosedJoins(blocks, List.of(), "");
        }
        OnnxForm form = loaded.changed(Map.of());
        try {
            List<JoinVariances> found = form.model()
                    .map(model -> measure(model, form.values(), blocks, loaded, batchNorms, runtime))
                    .orElse(List.of());
            return new DiagnosedJoins(blocks, found, form.reason());
        } catch (UnsupportedModelException problem) {
            return new DiagnosedJoins(blocks, List.of(), String.valueOf(problem.getMessage()));
        }
    }

    private static List<JoinVariances> measure(
            OnnxModel model,
            Map<TensorRef, String> names,
            List<ResidualBlock> blocks,
            Network.Loaded loaded,
            DiagnoseOptions.BatchNorms batchNorms,
            OrtOptions runtime) {
        List<Map<String, OnnxTensor>> pieces = loaded.pieces();
        List<String> means = batchNorms == DiagnoseOptions.BatchNorms.STORED
                ? List.of()
                : loaded.model().batchNorms().stream().map(BatchNorm::mean).toList();
        List<Join> joins = blocks.stream().map(ResidualBlock::join).toList();
        Map<String, ValueStatistics> found = Verification.inTraining(
                MeasuredModel.of(model, pieces, runtime).model(),
                pieces,
                JoinCheck.values(joins, names),
                means,
                runtime);
        return joins.stream()
                .map(join -> JoinCheck.variances(join, names, found))
                .toList();
    }

    /** Returns the largest deviation of a join that was measured, as a share of its stream's variance; NaN where none was. */
    double maxDeviation() {
        double greatest = Double.NaN;
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i).isMeasured()) {
                greatest = Double.isNaN(greatest) ? deviation(i) : Math.max(greatest, deviation(i));
            }
        }
        return greatest;
    }

    private double deviation(int index) {
        ResidualBlock block = blocks.get(index);
        return found.get(index).deviation(block.streamVariance(), block.branchVariance(), block.variance());
    }

    /** Returns what makes the figures doubtful, a sentence each. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        long apart = 0;
        for (int i = 0; i < found.size(); i++) {
            apart += deviation(i) > TOLERANCE ? 1 : 0;
        }
        if (apart > 0) {
            warnings.add(JoinsText.apart(apart));
        }
        return warnings;
    }

    /** Returns what a user may want to know, a sentence each. */
    List<String> notes() {
        return reason.isEmpty() ? List.of() : List.of("joins not measured in ONNX Runtime: " + reason);
    }

    /** Returns how the two engines compare, a sentence each. */
    List<String> summary() {
        long missing = found.stream().filter(join -> !join.isMeasured()).count();
        return JoinsText.confirmed(found.size(), missing, maxDeviation());
    }
}
