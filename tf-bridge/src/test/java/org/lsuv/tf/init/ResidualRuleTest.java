package org.lsuv.tf.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lsuv.onnx.OnnxType.FLOAT;
import static org.lsuv.tf.draw.RandomTensors.random;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.runtime.OrtOptions;
import org.lsuv.onnx.runtime.OrtProbe;
import org.lsuv.onnx.runtime.ValueStatistics;
import org.lsuv.tf.init.LayerResult.Status;
import org.lsuv.tf.onnximport.ImportOptions;
import org.lsuv.tf.onnximport.OnnxImporter;
import org.lsuv.tf.onnximport.TestModels;
import org.lsuv.tf.residual.Join;

/** Initialises networks whose streams would grow, and measures the streams in ONNX Runtime. */
class ResidualRuleTest {
    private static final LsuvOptions LSUV = LsuvOptions.defaults().with(ResidualRule.LSUV);
    private static final int CHANNELS = 8;

    /** Builds a pre-activation network without normalisation: a convolution, blocks of two, and a product. */
    private static OnnxModel convolutions(int layers) {
        TestModels model = TestModels.opset(17)
                .input("x", FLOAT, 16, 3, 6, 6)
                .initializer(random("stem", CHANNELS, 3, 3, 3))
                .node("Conv", "x,stem", "s0", "pads", new long[] {1, 1, 1, 1});
        int blocks = (layers - 2) / 2;
        for (int i = 1; i <= blocks; i++) {
            model.initializer(random("v" + i, CHANNELS, CHANNELS, 3, 3))
                    .initializer(random("w" + i, CHANNELS, CHANNELS, 3, 3))
                    .node("Relu", "s" + (i - 1), "p" + i)
                    .node("Conv", "p" + i + ",v" + i, "a" + i, "pads", new long[] {1, 1, 1, 1})
                    .node("Relu", "a" + i, "r" + i)
                    .node("Conv", "r" + i + ",w" + i, "b" + i, "pads", new long[] {1, 1, 1, 1})
                    .node("Add", "s" + (i - 1) + ",b" + i, "s" + i);
        }
        return model.initializer(random("head", CHANNELS * 36, 10))
                .node("Flatten", "s" + blocks, "flat")
                .node("MatMul", "flat,head", "y")
                .build("y");
    }

    private static OnnxTensor batch(long... shape) {
        return random(99, shape);
    }

    private record Result(OnnxModel model, OnnxTensor batch, LsuvReport report) {
        static Result of(OnnxModel model, OnnxTensor batch, LsuvOptions options) {
            LsuvReport report = Lsuv.initialize(
                    OnnxImporter.load(model, ImportOptions.defaults()),
                    List.of(Map.of("x", batch)),
                    options,
                    Progress.NONE);
            return new Result(model.withWeights(report.weights()), batch, report);
        }

        /** Returns how much larger one value's variance is than another's, in ONNX Runtime. */
        double growth(String from, String to) {
            try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
                Map<String, ValueStatistics> found = probe.measure(Map.of("x", batch), List.of(from, to));
                return found.getOrDefault(to, ValueStatistics.EMPTY).variance()
                        / found.getOrDefault(from, ValueStatistics.EMPTY).variance();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"20, 9", "110, 54"})
    void equalSharesKeepTheStreamWithinAFactorOfTwoAtAnyDepth(int layers, int blocks) {
        OnnxTensor batch = batch(16, 3, 6, 6);
        Result unit = Result.of(convolutions(layers), batch, LSUV.with(ResidualRule.UNIT));
        Result lsuv = Result.of(convolutions(layers), batch, LSUV);

        assertThat(unit.report().joins()).hasSize(blocks).allSatisfy(join -> {
            assertThat(join.status()).isEqualTo(Status.CONVERGED);
            assertThat(join.target()).isEqualTo(1.0 / (blocks + 1 + join.join().index()));
            assertThat(join.reached() / join.target()).isCloseTo(1, within(0.01));
        });
        // One pass for the scales, one for the proof: shares are solved where branches meet the stream.
        assertThat(unit.report().forwardPasses()).isEqualTo(2);
        assertThat(unit.growth("s0", "s" + blocks)).isCloseTo(2 - 1.0 / (blocks + 1), within(0.02));
        assertThat(lsuv.growth("s0", "s" + blocks)).isGreaterThan(blocks * 0.7);
        assertThat(lsuv.report().joins()).allSatisfy(join -> {
            assertThat(join.status()).isEqualTo(Status.MEASURED);
            assertThat(join.target()).isNaN();
        });
    }

    @Test
    void layersThatABranchTakesOverSayWhatArrivedAndWhatTheyWereMultipliedBy() {
        OnnxTensor batch = batch(16, 3, 6, 6);
        Result unit = Result.of(convolutions(6), batch, LSUV.with(ResidualRule.UNIT));

        assertThat(unit.report().joins()).hasSize(2);
        unit.report().joins().forEach(join -> {
            LayerResult last =
                    unit.report().layers().get(join.join().last().get(0).index());
            assertThat(last.status()).isEqualTo(Status.MEASURED);
            assertThat(last.scale()).isEqualTo(join.scale()).isNotEqualTo(1);
            assertThat(last.iterations()).isEqualTo(1);
            assertThat(last.varianceBefore() * last.scale() * last.scale() / last.variance())
                    .isCloseTo(1, within(1e-4));
        });
    }

    @Test
    void biasesOfLayersThatABranchTakesOverAreNotCentred() {
        OnnxModel model = TestModels.opset(17)
                .input("x", FLOAT, 64, 16)
                .initializer(random("v", 16, 16))
                .initializer(random("w", 16, 16))
                .initializer(random("c", 16))
                .node("MatMul", "x,v", "s")
                .node("Relu", "s", "r")
                .node("Gemm", "r,w,c", "b")
                .node("Add", "s,b", "y")
                .build("y");
        LsuvReport report = Result.of(
                        model,
                        batch(64, 16),
                        LSUV.with(ResidualRule.HANIN).with(BiasRule.KEEP).with(Centering.BIAS))
                .report();

        assertThat(report.allConverged()).isTrue();
        assertThat(report.layers().get(1).mean()).isNotCloseTo(0, within(1e-3));
    }

    @Test
    void geometricSharesShrinkFromBlockToBlock() {
        Result hanin = Result.of(
                convolutions(20),
                batch(16, 3, 6, 6),
                LSUV.with(ResidualRule.HANIN).withResidualBase(0.5));

        assertThat(hanin.report().joins())
                .allSatisfy(join -> assertThat(join.branch() / join.stream())
                        .isCloseTo(Math.pow(0.25, join.join().index() + 1), within(0.01)));
        assertThat(hanin.report().allConverged()).isTrue();
    }

    @Test
    void zeroBranchesLeaveTheStreamAlone() {
        Result fixup = Result.of(convolutions(20), batch(16, 3, 6, 6), LSUV.with(ResidualRule.FIXUP));

        assertThat(fixup.growth("s0", "s9")).isEqualTo(1);
        assertThat(fixup.report().allConverged()).isTrue();
        assertThat(Objects.requireNonNull(fixup.report().weights().get("w3")).toDoubles())
                .containsOnly(0);
        assertThat(fixup.report().layers().get(1).status()).isEqualTo(Status.CONVERGED);
        LayerResult zeroed = fixup.report().layers().get(2);
        assertThat(zeroed.status()).isEqualTo(Status.ZEROED);
        assertThat(zeroed.varianceBefore()).isNaN();
        assertThat(zeroed.scale()).isZero();
        assertThat(zeroed.variance()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"resnet20-unfused.onnx", "resnet20-training.onnx"})
    void behindANormalisationItsScaleSetsTheBranch(String file) {
        Initialised unit = Initialised.of(file, LSUV.with(ResidualRule.UNIT));

        assertThat(unit.report().joins()).hasSize(9).allSatisfy(join -> {
            assertThat(join.join().passage()).isEqualTo(Join.Passage.NORMALISED);
            assertThat(join.reason()).isEmpty();
            assertThat(join.sum() / join.stream() - 1).isCloseTo(join.target(), within(0.01 * join.target()));
        });
        // The layers themselves keep their target.
        assertThat(unit.report().layers()).allMatch(layer -> layer.status() == Status.CONVERGED);
    }

    @Test
    void whatEndsInAGateIsBroughtThereInSeveralPasses() {
        OnnxModel model = TestModels.opset(17)
                .input("x", FLOAT, 64, 16)
                .initializer(random("v", 16, 16))
                .initializer(random("w", 16, 16))
                .node("MatMul", "x,v", "a")
                .node("Sigmoid", "a", "t")
                .node("Mul", "a,t", "b")
                .node("Add", "x,b", "y")
                .node("MatMul", "y,w", "z")
                .build("z");
        LsuvReport report =
                Result.of(model, batch(64, 16), LSUV.with(ResidualRule.HANIN)).report();

        assertThat(report.joins()).hasSize(1);
        assertThat(report.joins().get(0).join().passage()).isEqualTo(Join.Passage.NONLINEAR);
        assertThat(report.joins().get(0).branch() / report.joins().get(0).stream())
                .isCloseTo(0.81, within(0.0081));
        assertThat(report.forwardPasses()).isGreaterThan(2);
    }

    @Test
    void tiedBranchesAreFlaggedAndSayWhy() {
        OnnxModel model = TestModels.opset(17)
                .input("x", FLOAT, 64, 16)
                .initializer(random("w", 16, 16))
                .node("MatMul", "x,w", "a")
                .node("Add", "x,a", "s")
                .node("MatMul", "s,w", "b")
                .node("Add", "s,b", "y")
                .build("y");
        LsuvReport report =
                Result.of(model, batch(64, 16), LSUV.with(ResidualRule.UNIT)).report();

        assertThat(report.joins()).allSatisfy(join -> {
            assertThat(join.status()).isEqualTo(Status.FLAGGED);
            assertThat(join.reason()).isEqualTo("other layers share the weight that sets its branch");
        });
        assertThat(report.allConverged()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"h, x, -2", "x, h, 2"})
    void highwayGatesGetTheBiasWithWhichTheyCarry(String open, String closed, float bias) {
        OnnxModel model = TestModels.opset(17)
                .input("x", FLOAT, 64, 16)
                .initializer(OnnxTensor.ofFloats("one", new long[] {}, 1))
                .initializer(random("v", 16, 16))
                .initializer(random("w", 16, 16))
                .initializer(random("c", 16))
                .node("MatMul", "x,v", "a")
                .node("Tanh", "a", "h")
                .node("Gemm", "x,w,c", "g")
                .node("Sigmoid", "g", "t")
                .node("Sub", "one,t", "u")
                .node("Mul", open + ",t", "left")
                .node("Mul", "u," + closed, "right")
                .node("Add", "left,right", "y")
                .build("y");
        LsuvReport report = Result.of(
                        model, batch(64, 16), LsuvOptions.defaults().withHighwayBias(-2))
                .report();

        assertThat(Objects.requireNonNull(report.weights().get("c")).toDoubles())
                .containsOnly(bias);
        assertThat(report.allConverged()).isTrue();
    }
}
