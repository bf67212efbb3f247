package org.lsuv.tf.onnximport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.TfOptions;
import org.lsuv.tf.TfRun;

/**
 * Runs one case of ONNX's backend suite: {@code model.onnx} and {@code test_data_set_N/input_M.pb},
 * {@code output_M.pb}, compared at the suite's own tolerance (rtol 1e-3, atol 1e-7).
 *
 * @param folder the folder of the case
 */
record BackendCase(Path folder) {
    private static final double RELATIVE = 1e-3;
    private static final double ABSOLUTE = 1e-7;

    String name() {
        return String.valueOf(folder.getFileName());
    }

    /** Returns why the case fails, in one line; empty if it passes. */
    Optional<String> failure() throws IOException {
        try {
            OnnxModel model = OnnxReader.read(folder.resolve("model.onnx"));
            if (CompositeCase.isOne(model)) {
                return new CompositeCase(model).failure(folder.resolve("test_data_set_0"));
            }
            TfModel imported = OnnxImporter.load(model, ImportOptions.defaults());
            try (TfRun run = TfRun.open(imported.graph(), TfOptions.defaults());
                    Stream<Path> sets = Files.list(folder)) {
                run.feedWeights(imported);
                for (Path set : sets.filter(Files::isDirectory).sorted().toList()) {
                    Optional<String> difference = difference(imported, run, set);
                    if (difference.isPresent()) {
                        return difference.map(text -> set.getFileName() + ": " + text);
                    }
                }
            }
            return Optional.empty();
        } catch (UnsupportedModelException | OnnxFormatException problem) {
            return Optional.of(String.valueOf(problem.getMessage()));
        }
    }

    private static Optional<String> difference(TfModel model, TfRun run, Path set) throws IOException {
        for (int i = 0; i < model.inputs().size(); i++) {
            run.feed(model.inputs().get(i).tensor(), OnnxReader.readTensor(set.resolve("input_" + i + ".pb")));
        }
        List<String> names = List.copyOf(model.outputs().keySet());
        List<OnnxTensor> results = run.fetch(List.copyOf(model.outputs().values()));
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            OnnxTensor expected = OnnxReader.readTensor(set.resolve("output_" + i + ".pb"));
            Optional<String> difference = difference(expected, results.get(i));
            if (difference.isPresent()) {
                return difference.map(text -> "output \"" + name + "\": " + text);
            }
        }
        return Optional.empty();
    }

    static Optional<String> difference(OnnxTensor expected, OnnxTensor found) {
        String shapes = "expected " + expected.type().label() + OnnxShape.text(expected.shape()) + ", got "
                + found.type().label() + OnnxShape.text(found.shape());
        if (!OnnxShape.text(expected.shape()).equals(OnnxShape.text(found.shape()))) {
            return Optional.of(shapes);
        }
        if ((expected.type() == OnnxType.STRING) != (found.type() == OnnxType.STRING)) {
            return Optional.of(shapes);
        }
        if (expected.type() == OnnxType.STRING) {
            return expected.strings().equals(found.strings()) ? Optional.empty() : Optional.of("strings differ");
        }
        double[] wanted = expected.toDoubles();
        double[] got = found.toDoubles();
        // 16-bit types are computed in float32: they can only agree to their own precision.
        double relative = expected.type() == OnnxType.BFLOAT16 ? 1e-2 : RELATIVE;
        for (int i = 0; i < wanted.length; i++) {
            boolean same = Double.compare(wanted[i], got[i]) == 0
                    || Math.abs(wanted[i] - got[i]) <= ABSOLUTE + relative * Math.abs(wanted[i])
                    || wanted[i] == got[i];
            if (!same) {
                return Optional.of(String.format(
                        Locale.ROOT, "element %d: expected %s, got %s (%s)", i, wanted[i], got[i], shapes));
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return name();
    }
}
