package org.lsuv.onnx.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxReader;

class RowWiseTest {
    @ParameterizedTest
    @CsvSource({
        "resnet20-eval.onnx, true",
        "resnet20-unfused.onnx, true",
        "resnet20-training.onnx, false",
        "squeezenet1_1.onnx, true",
        "mlp50.onnx, true",
        "constants.onnx, true",
        "attention.onnx, false",
        "transformer-layer.onnx, false"
    })
    void trustsOnlyGraphsThatPlainlyKeepRowsApart(String file, boolean expected) throws IOException {
        Path model = Path.of(System.getProperty("lsuv.root", ".."), "testdata", "models", file);
        assertThat(RowWise.is(OnnxReader.read(model).graph())).isEqualTo(expected);
    }
}
