package org.lsuv.tf.onnxexport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.GraphBuilder;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxShape;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.Overwrite;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.tf.compare.RandomInputs;
import org.lsuv.tf.network.Network;
import org.lsuv.tf.network.Target;

/**
 * What this project writes is ONNX by ONNX's own checker. The exports of all other tests of this package are checked
 * as well, where they are made.
 */
class OnnxCheckerTest {
    private static final Path MODELS = Path.of(System.getProperty("lsuv.root", ".."), "testdata", "models");

    @BeforeAll
    static void requireChecker() {
        Assumptions.assumeTrue(
                OnnxChecker.missing().isEmpty(), () -> OnnxChecker.missing().orElse(""));
    }

    static Stream<Path> models() throws IOException {
        try (Stream<Path> files = Files.list(MODELS)) {
            return files.filter(file -> file.toString().endsWith(".onnx")).sorted().toList().stream();
        }
    }

    private static OnnxModel unary(String operator, OnnxType output) {
        GraphBuilder graph = GraphBuilder.named("unary");
        graph.input(new OnnxValue("x", OnnxType.FLOAT, Optional.of(OnnxShape.of(-1, 3)), OnnxValue.Kind.TENSOR));
        graph.node(operator, "x").addAs(List.of("y"));
        graph.output(new OnnxValue("y", output, Optional.of(OnnxShape.of(-1, 3)), OnnxValue.Kind.TENSOR));
        return graph.model(17, "test");
    }

    @Test
    void checkerRefusesOperatorsAndTypesThatOnnxDoesNotHave() {
        assertThatCode(() -> OnnxChecker.accept(unary("Relu", OnnxType.FLOAT))).doesNotThrowAnyException();
        assertThatThrownBy(() -> OnnxChecker.accept(unary("Rectify", OnnxType.FLOAT)))
                .hasMessageContaining("No Op registered for Rectify");
        assertThatThrownBy(() -> OnnxChecker.accept(unary("Relu", OnnxType.INT64)))
                .hasMessageContaining("Inferred elem type differs");
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 14, 15, 16, 17, 18, 19, 20, 21, 22})
    void savedModelBecomesOnnxOfEachOpset(long opset, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("cnn.onnx");
        Network network = Network.read(MODELS.resolve("cnn-savedmodel"));
        Network.Initialised done = network.initialize(batch(network));
        done.loaded().write(done.report().weights(), new Target(file, Overwrite.REFUSE, opset));

        OnnxChecker.accept(file);
        assertThat(OnnxReader.read(file).opset("")).hasValue(opset);
    }

    @ParameterizedTest
    @MethodSource("models")
    void initialisedFileStaysOnnx(Path model, @TempDir Path folder) throws IOException {
        Path file = folder.resolve("initialised.onnx");
        Network network = Network.read(model);
        network.initialize(batch(network)).write(file);

        OnnxChecker.accept(file);
        assertThat(OnnxReader.read(file).graph().nodes()).isNotEmpty();
    }

    private static DataBatch batch(Network network) {
        return DataBatch.of(network.inputs(), RandomInputs.of(network.inputs(), 1));
    }
}
