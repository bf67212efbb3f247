package org.lsuv.tf.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.tf.BatchNorm;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;

/** What is found in the TensorFlow graph of an ONNX model is what is found in the model itself. */
class SameAsOnnxTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "attention.onnx",
                "constants.onnx",
                "dead-layer.onnx",
                "decoder.onnx",
                "fitnet-maxout.onnx",
                "mlp-bfloat16.onnx",
                "mlp-external.onnx",
                "mlp-float64.onnx",
                "mlp50.onnx",
                "order-reversed.onnx",
                "resnet20-eval.onnx",
                "resnet20-training.onnx",
                "resnet20-unfused.onnx",
                "squeezenet1_1.onnx",
                "tied.onnx",
                "transformer-layer.onnx"
            })
    void layersAreTheSame(String file) throws IOException {
        Path path = Path.of(System.getProperty("lsuv.root", ".."), "testdata", "models", file);
        TfModel model = OnnxImporter.load(OnnxReader.read(path), ImportOptions.defaults());
        TfLayers found = TfLayers.in(model);
        assertThat(found.layers()).isNotEmpty();
        // Weight normalisation is known in ONNX's spelling alone; here its parameters are listed as not initialised.
        List<WeightedLayer> stored = model.layers().stream()
                .filter(layer -> layer.weight().gain().isEmpty())
                .toList();
        assertThat(described(found.layers())).containsExactlyElementsOf(described(stored));
        assertThat(found.batchNorms())
                .extracting(BatchNorm::mean, BatchNorm::variance, BatchNorm::input)
                .containsExactlyElementsOf(model.batchNorms().stream()
                        .map(norm -> tuple(norm.mean(), norm.variance(), norm.input()))
                        .toList());
    }

    private static List<String> described(List<WeightedLayer> layers) {
        return layers.stream()
                .map(layer -> layer.weight().source()
                        + " fan-in " + layer.kernel().fanIn()
                        + ", fan-out " + layer.kernel().fanOut()
                        + ", blocks " + layer.kernel().blocks()
                        + ", channels " + layer.kernel().channels()
                        + ", bias " + layer.bias().map(WeightedLayer.Bias::weight)
                        + ", parts " + layer.channels().blocks()
                        + ", activation " + layer.activation().isPresent())
                .toList();
    }
}
