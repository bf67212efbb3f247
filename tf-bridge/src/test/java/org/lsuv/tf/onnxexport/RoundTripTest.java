package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.compare.RandomInputs;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;

/** What came from ONNX goes back to it: real networks, none of which was written for the exporter. */
class RoundTripTest {
    private static final Path MODELS = Path.of(System.getProperty("lsuv.root", ".."), "testdata", "models");

    /** Leaves out those that ONNX Runtime rounds to 16 bits in each layer, and TensorFlow does not. */
    static Stream<Path> models() throws IOException {
        try (Stream<Path> files = Files.list(MODELS)) {
            return files
                    .filter(file -> file.toString().endsWith(".onnx"))
                    .filter(file -> !file.toString().contains("float16"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void networkComputesTheSameAsBefore(Path file) throws IOException {
        OnnxModel original = OnnxReader.read(file);
        TfModel model = OnnxImporter.load(original, ImportOptions.defaults());

        OnnxModel exported =
                OnnxExporter.export(model, ExportOptions.defaults()).model();

        OnnxChecker.accept(exported);
        Map<String, OnnxTensor> inputs = RandomInputs.of(original, 1);
        List<String> outputs =
                original.graph().outputs().stream().map(OnnxValue::name).toList();
        assertThat(exported.graph().outputs()).extracting(OnnxValue::name).isEqualTo(outputs);
        Map<String, OnnxTensor> before = run(original, inputs, outputs);
        Map<String, OnnxTensor> after = run(exported, inputs, outputs);
        for (String output : outputs) {
            double[] expected =
                    Objects.requireNonNull(before.get(output), output).toDoubles();
            double[] found = Objects.requireNonNull(after.get(output), output).toDoubles();
            double largest = Arrays.stream(expected).map(Math::abs).max().orElse(1);
            assertThat(found).as(output).hasSameSizeAs(expected);
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[i])
                        .as("element %d of %s", i, output)
                        .isCloseTo(expected[i], Offset.offset(1e-5 * largest));
            }
        }
    }

    private static Map<String, OnnxTensor> run(OnnxModel model, Map<String, OnnxTensor> inputs, List<String> outputs) {
        try (OrtProbe probe = OrtProbe.open(model, new OrtOptions(1))) {
            return probe.fetch(inputs, outputs);
        }
    }
}
