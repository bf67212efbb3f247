package org.lsuv.tf.init;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.onnx.runtime.Verification;
import org.lsuv.tf.onnximport.BatchPlan;
import org.lsuv.tf.onnximport.OnnxImporter;

/**
 * Holds a model of the test data after initialisation, with all that tests ask about it.
 *
 * @param original the model as it was
 * @param model the model with its new weights
 * @param batch the batch that it was initialised on
 * @param report what the initialisation said
 */
record Initialised(OnnxModel original, OnnxModel model, DataBatch batch, LsuvReport report) {
    static Path testdata(String file) {
        return Path.of(System.getProperty("lsuv.root", ".."), "testdata", file);
    }

    static OnnxModel read(String model) {
        try {
            return OnnxReader.read(testdata("models/" + model));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Returns the first images of Fashion-MNIST as a batch for a model. */
    static DataBatch images(OnnxModel model, long rows) {
        try {
            Path file = testdata("data/fashion-mnist-256.npy");
            return DataBatch.bind(model.graph().inputs(), List.of(new DataArgument("", file)))
                    .rows(0, rows);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static Initialised of(String model, LsuvOptions options) {
        OnnxModel read = read(model);
        return of(read, images(read, 128), TieRule.AUTO, OptionalLong.empty(), options);
    }

    static Initialised of(
            OnnxModel model, DataBatch batch, TieRule ties, OptionalLong rowsAtATime, LsuvOptions options) {
        OnnxModel prepared = PreparedWeights.prepare(model, ties, options.seed());
        BatchPlan plan = BatchPlan.of(prepared, batch, rowsAtATime);
        LsuvReport report = Lsuv.initialize(
                OnnxImporter.load(prepared, plan.importOptions()), plan.pieces(), options, Progress.NONE);
        return new Initialised(model, prepared.withWeights(report.weights()), batch, report);
    }

    LayerResult layer(String name) {
        return report.layers().stream()
                .filter(result -> result.layer().name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no layer " + name));
    }

    /** Measures a value of the new model in ONNX Runtime. */
    ValueStatistics inOnnxRuntime(String value) {
        ValueStatistics statistics = inOnnxRuntime(List.of(value)).get(value);
        if (statistics == null) {
            throw new AssertionError("ONNX Runtime gives no " + value);
        }
        return statistics;
    }

    Map<String, ValueStatistics> inOnnxRuntime(List<String> values) {
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            return probe.measure(batch.tensors(), values);
        }
    }

    /** Measures what has a target in ONNX Runtime. */
    Verification verified(LsuvOptions options) {
        return Verification.of(
                model,
                List.of(batch.tensors()),
                new Verification.Scope(options.granularity(), options.point()),
                OrtOptions.DEFAULT);
    }

    /** Measures mean and variance of the output of every layer in ONNX Runtime, in execution order. */
    List<ValueStatistics> layersInOnnxRuntime() {
        List<String> outputs =
                report.layers().stream().map(result -> result.layer().output()).toList();
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            Map<String, ValueStatistics> measured = probe.moments(batch.tensors(), outputs);
            return outputs.stream()
                    .map(output -> measured.getOrDefault(output, ValueStatistics.EMPTY))
                    .toList();
        }
    }

    OnnxTensor weight(String name) {
        return weight(model, name);
    }

    static OnnxTensor weight(OnnxModel model, String name) {
        return model.graph().initializer(name).orElseThrow(() -> new AssertionError("no initializer " + name));
    }
}
