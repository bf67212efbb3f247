package org.lsuv.tf.init;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.onnximport.BatchPlan;
import org.lsuv.tf.onnximport.OnnxImporter;

/**
 * Prints what a pass and its verification cost beside a forward pass in ONNX Runtime, in turn and in one run. Maven
 * runs it only where it is named; {@code LSUV_MODEL} and {@code LSUV_BATCH} name the files.
 */
class PassBenchmark {
    private static final int ROUNDS = 3;

    private final LsuvOptions options = LsuvOptions.defaults();

    @Test
    void besideForwardPasses() throws IOException {
        String file = System.getenv("LSUV_MODEL");
        String data = System.getenv("LSUV_BATCH");
        Assumptions.assumeTrue(file != null && data != null, "LSUV_MODEL and LSUV_BATCH name no files");
        OnnxModel onnx = PreparedWeights.prepare(OnnxReader.read(Path.of(file)), TieRule.AUTO, 0);
        DataBatch batch = DataBatch.bind(onnx.graph().inputs(), List.of(DataArgument.parse(data, List.of())));
        BatchPlan plan = BatchPlan.of(onnx, batch, OptionalLong.empty());
        TfModel model = OnnxImporter.load(onnx, plan.importOptions());
        List<Map<String, OnnxTensor>> twice = new ArrayList<>(plan.pieces());
        twice.addAll(plan.pieces());
        for (int round = 0; round < ROUNDS; round++) {
            double forward = Verification.forwardSeconds(onnx, plan.pieces(), OrtOptions.DEFAULT);
            LsuvReport report = Lsuv.initialize(model, plan.pieces(), options, (phase, done, all) -> {});
            double steadyPass = steadyPass(model, plan.pieces().get(0), report.weights());
            OnnxModel written = onnx.withWeights(report.weights());
            double once = verification(written, plan.pieces());
            double steady = verification(written, twice) - once;
            System.out.printf(
                    Locale.ROOT,
                    "round %d: forward %.2f s; pass %.2f s, without preparation %.2f; verification %.2f s, without"
                            + " preparation %.2f; in forward passes %.2f, without preparation %.2f%n",
                    round + 1,
                    forward,
                    report.secondsScaling(),
                    steadyPass,
                    once,
                    steady,
                    (report.secondsScaling() + once) / forward,
                    (steadyPass + steady) / forward);
        }
    }

    /** Returns the seconds of the second run of one session. */
    private double steadyPass(TfModel model, Map<String, OnnxTensor> piece, Map<String, OnnxTensor> values) {
        NewWeights weights = new NewWeights(model);
        weights.putAll(values);
        List<LayerGroup> groups = LayerGroup.of(model.layers(), options.granularity());
        Set<LayerGroup> unbiased = groups.stream()
                .filter(group -> options.of(group.leader()).biasRule() == BiasRule.ZERO)
                .collect(Collectors.toSet());
        ScalingGraph scaling = new ScalingGraph(
                model,
                groups,
                Set.of(),
                model.batchNorms(),
                unbiased,
                List.of(),
                Solution.Limits.of(0.1 * options.tolerance(), 1),
                Squares.on(options.run()));
        Map<LayerGroup, double[]> aims = new HashMap<>();
        LayerStates states = new LayerStates(groups, options);
        groups.forEach(group -> aims.put(group, states.of(group).aims()));
        try (TfRun run = TfRun.open(scaling.graph(), options.run())) {
            weights.feed(run);
            model.inputs().forEach(input -> run.feed(input.tensor(), Objects.requireNonNull(piece.get(input.name()))));
            scaling.run(run, aims);
            long start = System.nanoTime();
            scaling.run(run, aims);
            return (System.nanoTime() - start) / 1e9;
        }
    }

    private static double verification(OnnxModel model, List<Map<String, OnnxTensor>> pieces) {
        long start = System.nanoTime();
        Verification.of(model, pieces, Verification.Scope.DEFAULT, OrtOptions.DEFAULT);
        return (System.nanoTime() - start) / 1e9;
    }
}
