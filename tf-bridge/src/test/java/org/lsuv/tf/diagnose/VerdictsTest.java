package org.lsuv.tf.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lsuv.tf.diagnose.Networks.diagnose;
import static org.lsuv.tf.diagnose.Networks.level;
import static org.lsuv.tf.diagnose.Networks.mlp;
import static org.lsuv.tf.diagnose.Networks.normal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxReader;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.data.DataArgument;
import org.lsuv.onnx.data.DataBatch;
import org.lsuv.onnx.layers.PreparedWeights;
import org.lsuv.onnx.layers.TieRule;
import org.lsuv.tf.TfModel;
import org.lsuv.tf.WeightedLayer;
import org.lsuv.tf.diagnose.Verdict.Level;
import org.lsuv.tf.init.Lsuv;
import org.lsuv.tf.init.LsuvOptions;
import org.lsuv.tf.init.Progress;
import org.lsuv.tf.onnximport.BatchPlan;
import org.lsuv.tf.onnximport.OnnxImporter;
import org.lsuv.tf.onnximport.TestModels;
import org.lsuv.tf.residual.Join;

/** Networks that are built to fail are found, and healthy ones are not. */
class VerdictsTest {
    private static final Path TESTDATA = Path.of(System.getProperty("lsuv.root", ".."), "testdata");

    @ParameterizedTest
    @CsvSource({"0.02", "200"})
    void aSignalThatVanishesOrExplodesWillNotStart(double variance) {
        DiagnosisReport report = diagnose(mlp(10, 64, "Relu", variance, 0), normal("x", 0, 1, 7, 64, 64));

        assertThat(level(report, FailureMode.GROWTH)).isEqualTo(Level.WILL_NOT_START);
        assertThat(report.growth().slope()).isCloseTo(Math.log(variance / 2), org.assertj.core.data.Offset.offset(0.3));
        assertThat(report.growth().predictedSlope())
                .isCloseTo(Math.log(variance / 2), org.assertj.core.data.Offset.offset(0.05));
        assertThat(level(report, FailureMode.NON_FINITE)).isEqualTo(Level.FINE);
    }

    @Test
    void whatIsNotThereIsNotGivenANumber() {
        DiagnosisReport report = diagnose(mlp(1, 64, "Tanh", 1, 0), normal("x", 0, 1, 7, 64, 64));

        assertThat(finding(report, FailureMode.DEAD)).isEqualTo("no unit of any activation is zero for every sample");
        assertThat(finding(report, FailureMode.GROWTH)).endsWith(" in ln M a layer (too few steps for an interval)");
    }

    private static String finding(DiagnosisReport report, FailureMode mode) {
        return report.verdicts().stream()
                .filter(verdict -> verdict.mode() == mode)
                .map(Verdict::finding)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aSignalThatLeavesFloat32IsFoundWhereItDoes() {
        // M grows by 1e6 a layer, so that values are about 1e3 per layer: 1e36 at the twelfth, beyond at the
        // thirteenth.
        DiagnosisReport report = diagnose(mlp(16, 64, "Relu", 2e6, 0), normal("x", 0, 1, 7, 64, 64));

        assertThat(level(report, FailureMode.NON_FINITE)).isEqualTo(Level.WILL_NOT_START);
        assertThat(report.nonFinite().get(0).name()).isEqualTo("z12");
        assertThat(report.growth().leavesFloat()).hasValue(13);
        assertThat(report.growth().leavesHalf()).hasValue(2);
        assertThat(report.path().points().get(12).signal().meanSquare()).isBetween(1e68, 1e78);
    }

    @Test
    void unitsThatAreZeroForEverySampleWillNotStart() {
        DiagnosisReport report = diagnose(mlp(4, 64, "Relu", 2, -20), normal("x", 0, 1, 7, 64, 64));

        assertThat(level(report, FailureMode.DEAD)).isEqualTo(Level.WILL_NOT_START);
        assertThat(report.activations().get(0).signal().deadChannels()).isEqualTo(64);
    }

    @Test
    void aTanhAtItsBoundsWillNotStart() {
        DiagnosisReport report = diagnose(mlp(4, 64, "Tanh", 1e4, 0), normal("x", 0, 1, 7, 64, 64));

        assertThat(level(report, FailureMode.SATURATION)).isEqualTo(Level.WILL_NOT_START);
        assertThat(report.activations().get(0).law().name()).isEqualTo("tanh");
    }

    @Test
    void samplesThatBecomeTheSameWillNotStart() {
        DiagnosisReport report = diagnose(mlp(8, 64, "Tanh", 0.01, 1), normal("x", 0, 1, 7, 64, 64));

        assertThat(level(report, FailureMode.COLLAPSE)).isEqualTo(Level.WILL_NOT_START);
        assertThat(report.path().points().get(8).signal().cosine()).isGreaterThan(0.99999);
    }

    @Test
    void theNodeThatMakesNanIsNamed() {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 8)
                .initializer(normal("w0", 0, 0.5, 1, 8, 8))
                .initializer(normal("w1", 0, 0.5, 2, 8, 8))
                .node("MatMul", "x,w0", "z0")
                .node("Log", "z0", "logs")
                .node("MatMul", "logs,w1", "z1")
                .build("z1");
        DiagnosisReport report = diagnose(model, normal("x", 0, 1, 7, 16, 8));

        assertThat(level(report, FailureMode.NON_FINITE)).isEqualTo(Level.WILL_NOT_START);
        assertThat(report.nonFinite()).hasSize(1);
        assertThat(report.nonFinite().get(0).name()).isEqualTo("logs");
        assertThat(report.nonFinite().get(0).op()).isEqualTo("Log");
    }

    @Test
    void aMaskOfMinusInfinityIsNoFailure() {
        OnnxTensor mask = OnnxTensor.ofFloats("mask", new long[] {8}, 0, 0, 0, 0, 0, 0, 0, Float.NEGATIVE_INFINITY);
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 8)
                .initializer(normal("w0", 0, 0.5, 1, 8, 8))
                .initializer(normal("w1", 0, 0.5, 2, 8, 8))
                .initializer(mask)
                .node("MatMul", "x,w0", "scores")
                .node("Relu", "scores", "bent")
                .node("Add", "bent,mask", "masked")
                .node("Softmax", "masked", "shares", "axis", -1)
                .node("MatMul", "shares,w1", "z1")
                .build("z1");

        DiagnosisReport report = diagnose(model, normal("x", 0, 1, 7, 16, 8));

        assertThat(level(report, FailureMode.NON_FINITE)).isEqualTo(Level.FINE);
    }

    @Test
    void aNarrowDeepNetworkWanders() {
        DiagnosisReport report = diagnose(mlp(40, 12, "Relu", 2, 0), normal("x", 0, 1, 7, 64, 12));

        assertThat(report.wander().beta()).isCloseTo(40 / 12.0, org.assertj.core.data.Offset.offset(1e-9));
        assertThat(level(report, FailureMode.WANDER)).isNotEqualTo(Level.FINE);
    }

    @Test
    void branchesThatDoubleTheStreamWillNotStart() {
        TestModels model = TestModels.opset(17).input("x", OnnxType.FLOAT, -1, 64);
        String value = "x";
        for (int i = 0; i < 20; i++) {
            model.initializer(normal("u" + i, 0, Math.sqrt(2.0 / 64), 2 * i + 1, 64, 64))
                    .initializer(normal("v" + i, 0, Math.sqrt(2.0 / 64), 2 * i + 2, 64, 64))
                    .node("MatMul", value + ",u" + i, "z" + i)
                    .node("Relu", "z" + i, "a" + i)
                    .node("MatMul", "a" + i + ",v" + i, "b" + i)
                    .node("Add", value + ",b" + i, "s" + i);
            value = "s" + i;
        }
        DiagnosisReport report = diagnose(model.build(value), normal("x", 0, 1, 7, 64, 64));

        assertThat(level(report, FailureMode.RESIDUAL)).isEqualTo(Level.WILL_NOT_START);
        assertThat(report.residuals().blocks()).hasSize(20).allSatisfy(block -> {
            assertThat(block.onTrunk()).isTrue();
            assertThat(block.layers()).hasSize(2);
            assertThat(block.gain()).isBetween(1.0, 4.0);
        });
        assertThat(Math.log(report.residuals().growth()))
                .isCloseTo(Math.log(report.residuals().measured()), org.assertj.core.data.Offset.offset(1.0));
    }

    @Test
    void aWideNetworkByHeIsFine() {
        DiagnosisReport report = diagnose(mlp(8, 512, "Relu", 2, 0), normal("x", 0, 1, 7, 64, 512));

        assertThat(report.verdicts())
                .allSatisfy(verdict ->
                        assertThat(verdict.level()).as(verdict.toString()).isEqualTo(Level.FINE));
    }

    @Test
    void oneLayerOfAnotherScaleIsNamedAndNoGrowthWithDepth() {
        OnnxModel model = mlp(8, 512, "Relu", 2, 0);
        OnnxTensor small = normal("w4", 0, 0.01 * Math.sqrt(2.0 / 512), 5, 512, 512);

        DiagnosisReport report = diagnose(model.withWeights(Map.of("w4", small)), normal("x", 0, 1, 7, 64, 512));

        assertThat(Math.exp(report.growth().logRange())).isGreaterThan(5e3);
        assertThat(level(report, FailureMode.GROWTH)).isEqualTo(Level.FINE);
        assertThat(report.verdicts())
                .filteredOn(verdict -> verdict.mode() == FailureMode.GROWTH)
                .singleElement()
                .satisfies(verdict -> assertThat(verdict.finding()).contains("\"a4\" alone changes it by "));
    }

    @Test
    void aSlowDriftIsAtRiskThoughNoStepIsGreat() {
        DiagnosisReport report = diagnose(mlp(12, 128, "Relu", 0.9, 0), normal("x", 0, 1, 7, 64, 128));

        assertThat(level(report, FailureMode.GROWTH)).isEqualTo(Level.AT_RISK);
    }

    @ParameterizedTest
    @CsvSource({"resnet20-unfused.onnx", "resnet20-nobn.onnx", "transformer-layer.onnx"})
    void initialisedRealNetworksAreFine(String name) throws IOException {
        OnnxModel model = OnnxReader.read(TESTDATA.resolve("models/" + name));
        DataBatch batch = DataBatch.bind(
                        model.graph().inputs(),
                        List.of(new DataArgument("", TESTDATA.resolve("data/fashion-mnist-256.npy"))))
                .rows(0, 64);
        OnnxModel prepared = PreparedWeights.prepare(model, TieRule.AUTO, 0);
        BatchPlan plan = BatchPlan.of(prepared, batch, OptionalLong.empty());
        OnnxModel initialised = prepared.withWeights(Lsuv.initialize(
                        OnnxImporter.load(prepared, plan.importOptions()),
                        plan.pieces(),
                        LsuvOptions.defaults(),
                        Progress.NONE)
                .weights());

        DiagnosisReport report = Diagnosis.of(
                OnnxImporter.load(initialised, plan.importOptions()),
                plan.pieces(),
                DiagnoseOptions.defaults(),
                Progress.NONE);

        assertThat(report.verdicts())
                .allSatisfy(verdict ->
                        assertThat(verdict.level()).as(verdict.toString()).isEqualTo(Level.FINE));
    }

    @ParameterizedTest
    @CsvSource({"resnet20-nobn.onnx, 9", "resnet20-unfused.onnx, 9", "transformer-layer.onnx, 2", "mlp50.onnx, 0"})
    void blocksAreTheJoinsThatInitialisersSee(String name, int blocks) throws IOException {
        OnnxModel model = OnnxReader.read(TESTDATA.resolve("models/" + name));
        DataBatch batch = DataBatch.bind(
                        model.graph().inputs(),
                        List.of(new DataArgument("", TESTDATA.resolve("data/fashion-mnist-256.npy"))))
                .rows(0, 16);
        OnnxModel prepared = PreparedWeights.prepare(model, TieRule.AUTO, 0);
        BatchPlan plan = BatchPlan.of(prepared, batch, OptionalLong.empty());
        TfModel imported = OnnxImporter.load(prepared, plan.importOptions());

        DiagnosisReport report = Diagnosis.of(imported, plan.pieces(), DiagnoseOptions.defaults(), Progress.NONE);

        List<Join> joins = org.lsuv.tf.residual.Residuals.find(imported).joins();
        assertThat(joins).hasSize(blocks);
        assertThat(report.residuals().blocks())
                .extracting(ResidualBlock::name)
                .containsExactlyElementsOf(joins.stream().map(Join::name).toList());
        assertThat(report.residuals().blocks())
                .extracting(ResidualBlock::layers)
                .containsExactlyElementsOf(joins.stream()
                        .map(join ->
                                join.layers().stream().map(WeightedLayer::index).toList())
                        .toList());
        assertThat(report.residuals().blocks()).allSatisfy(block -> {
            assertThat(block.onTrunk()).isTrue();
            assertThat(block.gain()).isPositive();
        });
    }

    @Test
    void anOperationWithoutGradientIsNamed() {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 2, 4, 4, 4)
                .initializer(normal("w0", 0, 0.1, 1, 2, 2, 3, 3, 3))
                .initializer(normal("w1", 0, 0.1, 2, 2, 2, 2, 2, 2))
                .node("Conv", "x,w0", "z")
                .node("Conv", "z,w1", "y")
                .build("y");

        DiagnosisReport report = diagnose(
                model,
                OptionalLong.empty(),
                DiagnoseOptions.defaults().with(DiagnoseOptions.Gradients.MEAN_SQUARE),
                normal("x", 0, 1, 7, 3, 2, 4, 4, 4));

        assertThat(report.gradients()).isEmpty();
        assertThat(report.notes())
                .contains("no gradients: TensorFlow has none for its operation Conv3D, which lies between a layer and"
                        + " an output");
    }

    @Test
    void noteNamesAllThatLiesInTheWay() {
        OnnxModel model = TestModels.opset(17)
                .input("x", OnnxType.FLOAT, -1, 4)
                .initializer(normal("w", 0, 0.5, 1, 4, 4))
                .node("MatMul", "x,w", "z")
                .node("Ceil", "z", "c")
                .node("Round", "c", "y")
                .build("y");

        DiagnosisReport report = diagnose(
                model,
                OptionalLong.empty(),
                DiagnoseOptions.defaults().with(DiagnoseOptions.Gradients.MEAN_SQUARE),
                normal("x", 0, 1, 7, 3, 4));

        assertThat(report.notes())
                .contains("no gradients: TensorFlow has none for its operations Ceil, Rint, which lie between a layer"
                        + " and an output");
    }

    @Test
    void sumOfTowersIsNoBlockButAPointOfTheWay() {
        TestModels model = TestModels.opset(17).input("x", OnnxType.FLOAT, -1, 64);
        String value = "x";
        for (int i = 0; i < 4; i++) {
            model.initializer(normal("u" + i, 0, Math.sqrt(1.0 / 64), 2 * i + 1, 64, 64))
                    .initializer(normal("v" + i, 0, Math.sqrt(1.0 / 64), 2 * i + 2, 64, 64))
                    .node("MatMul", value + ",u" + i, "a" + i)
                    .node("MatMul", value + ",v" + i, "b" + i)
                    .node("Add", "a" + i + ",b" + i, "s" + i)
                    .node("Relu", "s" + i, "r" + i);
            value = "r" + i;
        }
        DiagnosisReport report = diagnose(model.build(value), normal("x", 0, 1, 7, 64, 64));

        assertThat(report.residuals().blocks()).isEmpty();
        assertThat(report.path().kind()).isEqualTo(SignalPath.Kind.TRUNK);
        assertThat(report.path().points()).hasSize(5);
    }
}
