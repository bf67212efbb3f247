package org.lsuv.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.data.WeightFile;
import org.lsuv.onnx.data.WeightFormat;
import org.lsuv.onnx.pytorch.Lost;
import org.lsuv.onnx.pytorch.Parameter;
import org.lsuv.onnx.pytorch.Recovery;
import org.lsuv.onnx.pytorch.StateDict;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.network.Target;

/**
 * Says where the weights go, under the names that they have in PyTorch or as variables of TensorFlow.
 *
 * @param file the file
 * @param format its format
 * @param overwrite what becomes of a file that exists
 */
record WeightsOutput(Path file, WeightFormat format, Overwrite overwrite) {
    /**
     * Holds what is in the file.
     *
     * @param output where it is
     * @param names whose names the tensors have
     * @param parameters the tensors
     * @param lost the stored tensors that are not in it
     * @param notes what a user should know, one sentence each
     */
    record Contents(
            WeightsOutput output, WeightNames names, List<Parameter> parameters, List<Lost> lost, List<String> notes) {}

    /** Checks that the file can be written and is none of the others, before any work. */
    static WeightsOutput of(Path file, Path model, Path output, Overwrite overwrite) throws IOException {
        WeightFormat format = WeightFormat.of(file)
                .orElseThrow(() -> new UsageException(
                        "--weights: " + file + ": expected a name that ends in .safetensors or .npz"));
        boolean taken =
                Stream.of(model, output).anyMatch(other -> absolute(other).equals(absolute(file)));
        if (taken) {
            throw new UsageException("--weights: " + file + " is the model; give the weights a name of their own");
        }
        Target.of(file, overwrite).checkFree();
        return new WeightsOutput(file, format, overwrite);
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** Finds PyTorch's names and the weights under them. */
    Contents find(OnnxModel before, OnnxModel after) {
        StateDict dict = StateDict.of(before, after);
        WeightNames names = dict.naming() == StateDict.Naming.PYTORCH ? WeightNames.PYTORCH : WeightNames.ONNX;
        return storable(names, dict.parameters(), dict.lost(), dict.notes());
    }

    /** Returns the weights of a SavedModel under the names of its variables, as TensorFlow has them. */
    Contents variables(TfModel model) {
        List<Parameter> parameters = model.weights().values().stream()
                .map(weight ->
                        new Parameter(weight.value().withName(weight.name()), List.of(weight.name()), Recovery.KEPT))
                .toList();
        return storable(WeightNames.TENSORFLOW, parameters, List.of(), List.of());
    }

    private Contents storable(WeightNames names, List<Parameter> all, List<Lost> withoutNames, List<String> known) {
        List<Parameter> parameters = new ArrayList<>();
        List<Lost> lost = new ArrayList<>(withoutNames);
        List<String> notes = new ArrayList<>(known);
        for (Parameter parameter : all) {
            OnnxTensor tensor = parameter.tensor();
            if (format.storable(tensor).isPresent()) {
                parameters.add(parameter);
            } else {
                String reason =
                        "is of type " + tensor.type().label() + ", which " + format.extension() + " files do not have";
                lost.add(new Lost(parameter.sources().get(0), JsonReport.list(tensor.shape()), reason));
            }
        }
        boolean widened = format == WeightFormat.NPZ
                && parameters.stream().anyMatch(parameter -> parameter.tensor().type() == OnnxType.BFLOAT16);
        if (widened) {
            notes.add("NumPy has no bfloat16: such tensors are float32 in the file");
        }
        return new Contents(this, names, List.copyOf(parameters), List.copyOf(lost), List.copyOf(notes));
    }

    /** Writes the file. */
    void write(Contents contents) throws IOException {
        List<OnnxTensor> tensors =
                contents.parameters().stream().map(Parameter::tensor).toList();
        WeightFile.write(tensors, file, format, overwrite);
    }
}
