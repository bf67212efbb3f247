package org.lsuv.onnx.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.OnnxValue;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.UnsupportedModelException;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.data.NpyFile;
import org.lsuv.onnx.data.TensorStatistics;

class VerificationTest {
    private static final Path TESTDATA = Path.of(System.getProperty("lsuv.root"), "testdata");

    private static OnnxModel read(String model) throws IOException {
        return OnnxReader.read(TESTDATA.resolve("models").resolve(model));
    }

    private static OnnxTensor images() throws IOException {
        return NpyFile.read(TESTDATA.resolve("data/fashion-mnist-256.npy"));
    }

    @Test
    void agreesWithTheFetchedOutputOfEveryLayer() throws IOException {
        OnnxModel model = read("order-reversed.onnx");
        Map<String, OnnxTensor> batch = Map.of("input", images().rows(0, 32));
        Verification found = Verification.of(model, List.of(batch), Verification.Scope.DEFAULT, OrtOptions.DEFAULT);
        assertThat(found.layers()).hasSizeGreaterThan(2);
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            for (Verification.Layer layer : found.layers()) {
                String output = layer.layer().output();
                OnnxTensor value = Objects.requireNonNull(
                        probe.fetch(batch, List.of(output)).get(output));
                TensorStatistics expected = TensorStatistics.of(value);
                assertThat(layer.statistics().count()).isEqualTo(expected.count());
                assertThat(layer.statistics().variance() / expected.variance()).isCloseTo(1, within(1e-5));
            }
        }
    }

    @Test
    void aNormalisationThatIsToTrainButIsNoNodeOfItsKindIsNamed() throws IOException {
        OnnxModel model = read("resnet20-unfused.onnx");
        Map<String, OnnxTensor> batch = Map.of("input", images().rows(0, 2));
        assertThatThrownBy(() -> Verification.inTraining(
                        model, List.of(batch), List.of("logits"), List.of("elsewhere.mean"), OrtOptions.DEFAULT))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("the batch normalisation with the running mean \"elsewhere.mean\" is no"
                        + " BatchNormalization node")
                .hasMessageEndingWith("diagnose with --batch-norm stored");
    }

    @Test
    void piecesOfUnequalSizeMergeToTheWhole() throws IOException {
        OnnxModel model = read("order-reversed.onnx");
        OnnxTensor images = images();
        Verification whole = Verification.of(
                model, List.of(Map.of("input", images)), Verification.Scope.DEFAULT, OrtOptions.DEFAULT);
        Verification pieces = Verification.of(
                model,
                List.of(Map.of("input", images.rows(0, 200)), Map.of("input", images.rows(200, 256))),
                Verification.Scope.DEFAULT,
                OrtOptions.DEFAULT);
        assertThat(pieces.layers()).hasSameSizeAs(whole.layers());
        for (int i = 0; i < whole.layers().size(); i++) {
            ValueStatistics expected = whole.layers().get(i).statistics();
            ValueStatistics found = pieces.layers().get(i).statistics();
            assertThat(found.count()).isEqualTo(expected.count());
            assertThat(found.variance() / expected.variance()).isCloseTo(1, within(1e-5));
            assertThat(found.mean()).isCloseTo(expected.mean(), within(1e-6));
        }
    }

    @Test
    void otherValuesAreMeasuredInTheSameRunsIfTheModelHasThem() throws IOException {
        OnnxModel model = read("order-reversed.onnx");
        OnnxTensor images = images();
        String relu = model.graph().nodes().stream()
                .filter(node -> node.is("Relu"))
                .findFirst()
                .orElseThrow()
                .output(0);
        Verification found = Verification.of(
                model,
                List.of(Map.of("input", images.rows(0, 200)), Map.of("input", images.rows(200, 256))),
                Verification.Scope.DEFAULT,
                List.of(relu, "none", "input", relu),
                OrtOptions.DEFAULT);
        assertThat(found.values()).containsOnlyKeys(relu, "input");
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            probe.measure(Map.of("input", images), found.values().keySet()).forEach((name, expected) -> {
                ValueStatistics measured = Objects.requireNonNull(found.values().get(name));
                assertThat(measured.count()).isEqualTo(expected.count());
                assertThat(measured.variance() / expected.variance()).isCloseTo(1, within(1e-5));
            });
        }
    }

    @Test
    void poolsLayersThatShareAWeight() throws IOException {
        Verification found = Verification.of(
                read("tied.onnx"),
                List.of(Map.of("input", images().rows(0, 16))),
                Verification.Scope.DEFAULT,
                OrtOptions.DEFAULT);
        Map<String, List<ValueStatistics>> pooled = found.byWeight();
        assertThat(pooled).hasSizeLessThan(found.layers().size());
        pooled.forEach((weight, statistics) -> assertThat(statistics.get(0).count())
                .isEqualTo(found.layers().stream()
                        .filter(layer -> layer.layer().weight().source().equals(weight))
                        .mapToLong(layer -> layer.statistics().count())
                        .sum()));
    }

    @Test
    void inputsThatTheModelDoesNotTakeAreReportedWithItsName() throws IOException {
        Map<String, OnnxTensor> wrong = Map.of("input", OnnxTensor.ofFloats("input", new long[] {1, 2}, 1, 2));
        assertThatThrownBy(() -> Verification.of(
                        read("order-reversed.onnx"), List.of(wrong), Verification.Scope.DEFAULT, OrtOptions.DEFAULT))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageStartingWith("order-reversed.onnx: ONNX Runtime does not take the inputs: ");
    }

    @Test
    void measuresOtherRowsThanTheModelFixes() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 1, 2)
                .floats("w", new long[] {2, 2}, 1, 0, 0, 1)
                .node("MatMul", List.of("x", "w"), List.of("y"))
                .output("y", OnnxType.FLOAT, 1, 2)
                .read();
        Map<String, OnnxTensor> batch = Map.of("x", OnnxTensor.ofFloats("x", new long[] {3, 2}, 1, -1, 2, -2, 3, -3));
        ValueStatistics found = Verification.of(model, List.of(batch), Verification.Scope.DEFAULT, OrtOptions.DEFAULT)
                .layers()
                .get(0)
                .statistics();
        assertThat(found.count()).isEqualTo(6);
        assertThat(found.variance()).isCloseTo(28 / 6.0, within(1e-6));
        assertThat(pieces(model, batch, OptionalLong.empty()).pieces()).hasSize(3);
    }

    private static BatchPieces pieces(OnnxModel model, Map<String, OnnxTensor> batch, OptionalLong rowsAtATime) {
        List<OnnxValue> inputs = model.graph().inputs();
        return BatchPieces.of(model.label(), inputs, DataBatch.of(inputs, batch), rowsAtATime);
    }

    @Test
    void rowsThatFillNoPieceAreNamed() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 2, 1)
                .node("Relu", List.of("x"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2, 1)
                .read();
        Map<String, OnnxTensor> batch = Map.of("x", OnnxTensor.ofFloats("x", new long[] {3, 1}, 1, 2, 3));
        BatchPieces found = pieces(model, batch, OptionalLong.of(3));
        assertThat(found.pieces()).hasSize(1);
        assertThat(found.notes())
                .containsExactly("the model takes exactly 2 rows at a time: the batch is run in pieces, and the last"
                        + " row is left out");
    }

    @Test
    void modelWithoutWeightsHasNothingToMeasure() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, "N")
                .node("Relu", List.of("x"), List.of("y"))
                .output("y", OnnxType.FLOAT, "N")
                .read();
        Map<String, OnnxTensor> batch = Map.of("x", OnnxTensor.ofFloats("x", new long[] {2}, 1, 2));
        assertThat(Verification.of(model, List.of(batch), Verification.Scope.DEFAULT, OrtOptions.DEFAULT)
                        .layers())
                .isEmpty();
        assertThat(Verification.forwardSeconds(model, List.of(batch), OrtOptions.DEFAULT))
                .isPositive();
    }
}
