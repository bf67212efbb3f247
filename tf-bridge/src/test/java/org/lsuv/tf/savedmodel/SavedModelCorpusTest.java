package org.lsuv.tf.savedmodel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.Overwrite;
import org.lsuv.tf.Weight;

/** Models that others made, of TensorFlow 1 and 2, compute what TensorFlow's own loader computes. */
class SavedModelCorpusTest {
    private static final SavedModelOptions OPTIONS = SavedModelOptions.defaults();

    @TempDir
    static Path temporary;

    private static Path models;

    @BeforeAll
    static void unpack() throws IOException {
        models = SavedModelCorpus.unpack(temporary);
    }

    @ParameterizedTest
    @CsvSource({
        "keras-dense, serving_default, 4",
        "keras-lstm, serving_default, 5",
        "mlnet-cifar, serving_default, 4",
        "mlnet-mnist_conv, serving_default, 10",
        "mlnet-mnist_lr, serving_default, 2",
        "mlperf-kws, serving_default, 56",
        "saved_model_half_plus_two_tf2_cpu/00000123, serving_default, 2",
        "saved_model_half_plus_two_tf2_cpu/00000123, regress_x2_to_y3, 2",
        "tf-java/saved_model, serving_default, 2",
        "tf-java/saved_model_using_python/model, add, 0",
        "tf-java/saved_model_using_python/model, get_const_matrix, 1",
        "tf-java/saved_model_using_python/model, get_variable, 1"
    })
    void importsAndWrittenModelsComputeTheSame(String name, String signature, int weights, @TempDir Path folder)
            throws IOException {
        SavedModel saved = SavedModelReader.read(models.resolve(name));
        SavedModelOptions options = OPTIONS.withSignature(signature);
        SavedNetwork network = SavedModelImporter.open(saved, options);
        assertThat(network.model().weights()).hasSize(weights);
        assertSame(network);

        Map<String, OnnxTensor> fresh = new LinkedHashMap<>();
        for (Weight weight : network.model().weights().values()) {
            OnnxTensor old = weight.value();
            double[] values = old.toDoubles();
            for (int i = 0; i < values.length; i++) {
                values[i] = 0.9 * values[i] + 1e-3 * (i % 7);
            }
            fresh.put(weight.name(), OnnxTensor.ofDoubles(weight.name(), old.type(), old.shape(), values));
        }
        Path target = folder.resolve("written");
        SavedModelWriter.write(network, fresh, target, Overwrite.REFUSE);

        SavedNetwork written = SavedModelImporter.open(SavedModelReader.read(target), options);
        fresh.forEach((weight, value) ->
                assertThat(written.model().weight(weight).value().toFloats()).isEqualTo(value.toFloats()));
        assertSame(written);
    }

    private static void assertSame(SavedNetwork network) {
        Map<String, OnnxTensor> batch = Reference.batch(network.model(), 3);
        Map<String, OnnxTensor> expected =
                Reference.run(network.saved().folder(), "serve", network.saved().signature(network.options()), batch);
        Map<String, OnnxTensor> found = Reference.run(network.model(), batch);
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        found.forEach((key, value) -> assertThat(Reference.error(value, Objects.requireNonNull(expected.get(key))))
                .as(key)
                .isLessThan(1e-6));
    }

    /** The restore graph and the graph of objects are two accounts of the same thing. */
    @ParameterizedTest
    @ValueSource(strings = {"keras-dense", "keras-lstm", "mlperf-kws", "tf-java/saved_model_using_python/model"})
    void objectsLeadToTheKeysThatTheRestoreGraphNames(String name) {
        SavedModel saved = SavedModelReader.read(models.resolve(name));
        Map<String, RestoreGraph.Place> restored = RestoreGraph.places(saved.graph(OPTIONS));
        Map<String, String> objects =
                ObjectGraph.keys(saved.graph(OPTIONS), saved.bundle().orElseThrow());

        assertThat(objects).isNotEmpty();
        objects.forEach((variable, key) -> assertThat(restored)
                .hasEntrySatisfying(variable, place -> assertThat(place.key()).isEqualTo(key)));
    }
}
