package org.lsuv.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import picocli.CommandLine.Option;

/** Holds the options that say on which batch a model runs. */
final class DataOptions {
    @Option(
            names = {"-d", "--data"},
            paramLabel = "[NAME=]FILE",
            description = {
                "The batch: a .npy, .npz or TensorProto (.pb) file, for the input NAME or for the inputs that it"
                        + " names. Repeat it for models with several inputs."
            })
    private List<String> data = new ArrayList<>();

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Rows of the batch to run at a time, where memory is short (default: all).")
    private @Nullable Long batchSize;

    boolean isGiven() {
        return !data.isEmpty();
    }

    void require() {
        if (data.isEmpty()) {
            throw new UsageException("no data; give a batch of real inputs with --data FILE (.npy, .npz or .pb)");
        }
        check();
    }

    void check() {
        if (batchSize != null && batchSize < 1) {
            throw new UsageException("--batch-size: expected at least 1, got " + batchSize);
        }
    }

    OptionalLong batchSize() {
        return batchSize == null ? OptionalLong.empty() : OptionalLong.of(batchSize);
    }

    /**
     * Reads the files and gives every input its tensor.
     *
     * @param label the name by which errors call the model
     */
    DataBatch bind(String label, List<OnnxValue> inputs) throws IOException {
        List<String> names = inputs.stream().map(OnnxValue::name).toList();
        List<DataArgument> arguments =
                data.stream().map(text -> DataArgument.parse(text, names)).toList();
        try {
            return DataBatch.bind(inputs, arguments);
        } catch (OnnxFormatException problem) {
            throw arguments.size() == 1 ? problem.in(file(arguments)) : problem;
        } catch (UnsupportedModelException problem) {
            throw problem.in(label);
        }
    }

    private static String file(List<DataArgument> arguments) {
        return String.valueOf(arguments.get(0).file().getFileName());
    }
}
