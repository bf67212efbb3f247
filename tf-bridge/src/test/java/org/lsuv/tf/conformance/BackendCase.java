package org.lsuv.tf.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;
import org.lsuv.tf.onnximport.CompositeCase;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;

/**
 * Runs one case of ONNX's backend suite: {@code model.onnx} and {@code test_data_set_N/input_M.pb},
 * {@code output_M.pb}. The topologies in {@code light} have {@code light_X_output_M.pb} beside {@code
 * light_X.onnx}, and the suite's own counting inputs.
 *
 * @param model the file of the model
 */
record BackendCase(Path model) {

    /** Returns the kind and the name: {@code node/test_abs}. */
    String name() {
        Path folder = model.toAbsolutePath().getParent();
        Path own = isLight() ? model : folder;
        return own.toAbsolutePath().getParent().getFileName() + "/"
                + String.valueOf(own.getFileName()).replace(".onnx", "");
    }

    boolean isLight() {
        return !model.endsWith("model.onnx");
    }

    /** Returns why the case fails, in one line; empty if it passes. */
    Optional<String> failure() throws IOException {
        try {
            OnnxModel onnx = OnnxReader.read(model);
            Tolerance tolerance = Tolerance.of(model);
            for (Path set : dataSets()) {
                Optional<String> difference = CompositeCase.isOne(onnx)
                        ? new CompositeCase(onnx, tolerance::difference).failure(set)
                        : difference(onnx, tolerance, set);
                if (difference.isPresent()) {
                    return difference.map(text -> set.getFileName() + ": " + text);
                }
            }
            return Optional.empty();
        } catch (UnsupportedModelException | OnnxFormatException problem) {
            return Optional.of(String.valueOf(problem.getMessage()));
        }
    }

    private List<Path> dataSets() throws IOException {
        if (isLight()) {
            return List.of(model);
        }
        try (Stream<Path> files = Files.list(model.resolveSibling("."))) {
            List<Path> sets = files.map(Path::normalize)
                    .filter(file -> String.valueOf(file.getFileName()).startsWith("test_data_set"))
                    .sorted()
                    .toList();
            if (sets.isEmpty()) {
                throw new OnnxFormatException("holds no test_data_set");
            }
            return sets;
        }
    }

    /** Shapes are those of the data, as they are for a user's batch. */
    private Optional<String> difference(OnnxModel onnx, Tolerance tolerance, Path set) throws IOException {
        Map<String, OnnxTensor> feeds = new HashMap<>();
        Map<String, long[]> shapes = new HashMap<>();
        List<OnnxValue> inputs = onnx.graph().inputs();
        for (int i = 0; i < inputs.size(); i++) {
            OnnxTensor feed = isLight() ? counting(inputs.get(i)) : read(file(set, "input", i), inputs.get(i));
            feeds.put(inputs.get(i).name(), feed);
            shapes.put(inputs.get(i).name(), feed.shape());
        }
        TfModel imported = OnnxImporter.load(onnx, new ImportOptions(shapes));
        try (TfRun run = TfRun.open(imported.graph(), TfOptions.defaults())) {
            run.feedWeights(imported);
            imported.inputs().forEach(input -> run.feed(input.tensor(), required(feeds, input.name())));
            List<OnnxTensor> results = run.fetch(List.copyOf(imported.outputs().values()));
            List<OnnxValue> outputs = onnx.graph().outputs();
            for (int i = 0; i < results.size(); i++) {
                OnnxTensor expected = read(file(set, "output", i), outputs.get(i));
                Optional<String> difference = tolerance.difference(expected, results.get(i));
                if (difference.isPresent()) {
                    String name = outputs.get(i).name();
                    return difference.map(text -> "output \"" + name + "\": " + text);
                }
            }
        }
        return Optional.empty();
    }

    /** Older versions of the suite store bfloat16 as what NumPy had for it. */
    private static OnnxTensor read(Path file, OnnxValue value) throws IOException {
        OnnxTensor tensor = OnnxReader.readTensor(file);
        boolean sameBits = value.type() == OnnxType.BFLOAT16 && tensor.type() == OnnxType.UINT16;
        return sameBits ? OnnxTensor.of(tensor.name(), OnnxType.BFLOAT16, tensor.shape(), tensor.chunks()) : tensor;
    }

    private static OnnxTensor required(Map<String, OnnxTensor> feeds, String name) {
        OnnxTensor feed = feeds.get(name);
        if (feed == null) {
            throw new OnnxFormatException("no data for input \"" + name + "\"");
        }
        return feed;
    }

    private static Path file(Path set, String part, int index) {
        String file = part + "_" + index + ".pb";
        return Files.isDirectory(set)
                ? set.resolve(file)
                : set.resolveSibling(String.valueOf(set.getFileName()).replace(".onnx", "_" + file));
    }

    /** The suite feeds such topologies with 0/n, 1/n, 2/n …; sizes that are not fixed are 1. */
    private static OnnxTensor counting(OnnxValue input) {
        long[] shape = input.shape()
                .map(OnnxShape::sizes)
                .map(sizes ->
                        Arrays.stream(sizes).map(size -> Math.max(size, 1)).toArray())
                .orElseThrow(() -> new OnnxFormatException("input \"" + input + "\" has no shape"));
        if (input.type() != OnnxType.FLOAT) {
            throw new UnsupportedModelException("input \"" + input + "\": only float32 inputs are made up");
        }
        int count = (int) Arrays.stream(shape).reduce(1, Math::multiplyExact);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (i / (double) count);
        }
        return OnnxTensor.ofFloats(input.name(), shape, values);
    }

    @Override
    public String toString() {
        return name();
    }
}
