package org.lsuv.onnx.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.TestModel;
import org.lsuv.onnx.UnsupportedModelException;

class OrtProbeTest {
    @ParameterizedTest
    @ValueSource(longs = {7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 20, 21, 23, 26})
    void measuresIntermediateValuesInEveryOpset(long opset) {
        OnnxModel model = TestModel.opset(opset)
                .input("x", OnnxType.FLOAT, "N", 4)
                .node("Relu", List.of("x"), List.of("h"))
                .node("Neg", List.of("h"), List.of("y"))
                .output("y", OnnxType.FLOAT, "N", 4)
                .read();
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {2, 4}, 1, -2, 3, -4, 5, 6, -7, 8);
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            Map<String, ValueStatistics> all = probe.measure(Map.of("x", x), List.of("x", "h", "y"));
            assertThat(all.keySet()).containsExactly("x", "h", "y");
            assertThat(all.get("x")).satisfies(found -> {
                assertThat(found.count()).isEqualTo(8);
                assertThat(found.mean()).isCloseTo(1.25, within(1e-7));
                assertThat(found.variance()).isCloseTo(204 / 8.0 - 1.25 * 1.25, within(1e-5));
                assertThat(found.meanSquare()).isCloseTo(204 / 8.0, within(1e-5));
            });
            assertThat(of(all, "h").mean()).isCloseTo(23 / 8.0, within(1e-6));
            assertThat(of(all, "y").min()).isEqualTo(-8);
            assertThat(of(all, "y").max()).isEqualTo(0);
        }
    }

    private static ValueStatistics of(Map<String, ValueStatistics> all, String name) {
        return Objects.requireNonNull(all.get(name));
    }

    @Test
    void keepsDigitsWhereTheMeanDwarfsTheDeviation() {
        assertThat(relativeVarianceError(100, 0.01)).isLessThan(1e-5);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-30, 1e-3, 1, 1e3, 1e30})
    void measuresOrdinaryDataToSixDigitsAtAnyScale(double scale) {
        assertThat(relativeVarianceError(0.5 * scale, scale)).isLessThan(1e-6);
    }

    private static double relativeVarianceError(double mean, double deviation) {
        Random random = new Random(7);
        float[] values = new float[16 * 16 * 56 * 56];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
        ValueStatistics expected = reference(values);
        ValueStatistics found = identity(OnnxTensor.ofFloats("x", new long[] {16, 16, 56, 56}, values));
        assertThat(found.mean()).isCloseTo(expected.mean(), within(1e-7 * deviation + 1e-9 * Math.abs(mean)));
        assertThat(found.min()).isEqualTo(expected.min());
        assertThat(found.max()).isEqualTo(expected.max());
        return Math.abs(found.variance() / expected.variance() - 1);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "3, 1", "100, 0.01", "-5, 1e-20", "0, 1e25"})
    void momentsAloneAreAsExactAsTheFullMeasurement(double mean, double deviation) {
        Random random = new Random(11);
        float[] values = new float[16 * 8 * 28 * 28];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {16, 8, 28, 28}, values);
        ValueStatistics full = identity(x);
        try (OrtProbe probe = OrtProbe.open(identityModel(x), OrtOptions.DEFAULT)) {
            ValueStatistics found = probe.moments(Map.of("x", x), List.of("y"))
                    .values()
                    .iterator()
                    .next();
            assertThat(found.count()).isEqualTo(full.count());
            assertThat(found.mean()).isCloseTo(full.mean(), within(1e-6 * (Math.abs(mean) + deviation)));
            assertThat(found.variance()).isCloseTo(full.variance(), within(1e-5 * full.variance()));
        }
    }

    @Test
    void keepsDigitsInOneLongRow() {
        Random random = new Random(3);
        float[] values = new float[4_000_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() + 1;
        }
        ValueStatistics expected = reference(values);
        ValueStatistics found = identity(OnnxTensor.ofFloats("x", new long[] {values.length}, values));
        assertThat(found.mean()).isCloseTo(expected.mean(), within(1e-6));
        assertThat(found.variance() / expected.variance()).isCloseTo(1, within(1e-6));
    }

    private static ValueStatistics reference(float... values) {
        double mean = 0;
        for (float value : values) {
            mean += value;
        }
        mean /= values.length;
        double squares = 0;
        double min = Double.POSITIVE_INFINITY;
        double max = Double.NEGATIVE_INFINITY;
        for (float value : values) {
            squares += (value - mean) * (value - mean);
            min = Math.min(min, value);
            max = Math.max(max, value);
        }
        return new ValueStatistics(values.length, mean, squares / values.length, min, max);
    }

    private static OnnxModel identityModel(OnnxTensor x) {
        return TestModel.opset(17)
                .input("x", x.type(), Arrays.stream(x.shape()).boxed().toArray())
                .node("Identity", List.of("x"), List.of("y"))
                .output("y", x.type(), Arrays.stream(x.shape()).boxed().toArray())
                .read();
    }

    private static ValueStatistics identity(OnnxTensor x) {
        try (OrtProbe probe = OrtProbe.open(identityModel(x), OrtOptions.DEFAULT)) {
            return probe.measure(Map.of("x", x), List.of("y"))
                    .values()
                    .iterator()
                    .next();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = OnnxType.class,
            names = {"FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"})
    void measuresEveryFloatingPointType(OnnxType type) {
        ValueStatistics found = identity(OnnxTensor.ofDoubles("x", type, new long[] {2, 2}, 1, 2, 3, 6));
        assertThat(found.count()).isEqualTo(4);
        assertThat(found.mean()).isCloseTo(3, within(1e-6));
        assertThat(found.variance()).isCloseTo(3.5, within(1e-6));
        assertThat(found.min()).isEqualTo(1);
        assertThat(found.max()).isEqualTo(6);
    }

    @Test
    void measuresFloat64InFloat64() {
        ValueStatistics found =
                identity(OnnxTensor.ofDoubles("x", OnnxType.DOUBLE, new long[] {4}, 1e8, 1e8 + 1, 1e8 + 2, 1e8 + 3));
        assertThat(found.mean()).isCloseTo(1e8 + 1.5, within(1e-6));
        assertThat(found.variance()).isCloseTo(1.25, within(1e-9));
    }

    @Test
    void measuresScalarsVectorsAndEmptyValues() {
        assertThat(identity(OnnxTensor.ofFloats("x", new long[0], 3))).isEqualTo(new ValueStatistics(1, 3, 0, 3, 3));
        assertThat(identity(OnnxTensor.ofFloats("x", new long[] {2}, 1, 3)).variance())
                .isCloseTo(1, within(1e-7));
        for (long[] shape : new long[][] {{0}, {0, 3}, {3, 0}, {2, 0, 4}}) {
            assertThat(identity(OnnxTensor.ofFloats("x", shape))).isEqualTo(ValueStatistics.EMPTY);
        }
    }

    @Test
    void showsInfinitiesInsteadOfHidingThem() {
        ValueStatistics found = identity(OnnxTensor.ofFloats("x", new long[] {2}, 1, Float.POSITIVE_INFINITY));
        assertThat(found.max()).isInfinite();
        assertThat(found.variance()).isNaN();
    }

    @Test
    void infersTypesThatTheFileDoesNotDeclare() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 2)
                .node("Cast", List.of("x"), List.of("d"), TestModel.attribute("to", OnnxType.DOUBLE.code()))
                .node("Cast", List.of("x"), List.of("i"), TestModel.attribute("to", OnnxType.INT64.code()))
                .output("d", OnnxType.DOUBLE, 2)
                .output("i", OnnxType.INT64, 2)
                .read();
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {2}, 1, 3);
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            assertThat(probe.measure(Map.of("x", x), List.of("d")).values())
                    .containsExactly(new ValueStatistics(2, 2, 1, 1, 3));
            assertThatThrownBy(() -> probe.measure(Map.of("x", x), List.of("i")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("value \"i\": expected floating-point numbers, found int64");
        }
    }

    @Test
    void piecesOfABatchMergeToTheWhole() {
        ValueStatistics first = identity(OnnxTensor.ofFloats("x", new long[] {3}, 1, 2, 4));
        ValueStatistics second = identity(OnnxTensor.ofFloats("x", new long[] {2}, 8, -16));
        ValueStatistics whole = identity(OnnxTensor.ofFloats("x", new long[] {5}, 1, 2, 4, 8, -16));
        ValueStatistics merged = first.merge(second);
        assertThat(merged.count()).isEqualTo(5);
        assertThat(merged.mean()).isCloseTo(whole.mean(), within(1e-6));
        assertThat(merged.variance()).isCloseTo(whole.variance(), withinPercentage(1e-4));
        assertThat(merged.min()).isEqualTo(-16);
        assertThat(merged.max()).isEqualTo(8);
        assertThat(merged.merge(ValueStatistics.EMPTY)).isEqualTo(merged);
        assertThat(ValueStatistics.EMPTY.merge(merged)).isEqualTo(merged);
    }

    @Test
    void makesUpNamesThatTheModelDoesNotUse() {
        OnnxModel model = TestModel.opset(17)
                .input("lsuv_probe_0", OnnxType.FLOAT, 2)
                .node("Relu", List.of("lsuv_probe_0"), List.of("lsuv_probe__1"))
                .output("lsuv_probe__1", OnnxType.FLOAT, 2)
                .read();
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {2}, 1, 3);
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            assertThat(probe.measure(Map.of("lsuv_probe_0", x), List.of("lsuv_probe__1")))
                    .containsEntry("lsuv_probe__1", new ValueStatistics(2, 2, 1, 1, 3));
        }
    }

    @Test
    void needsOnlyTheInputsOfTheWantedValues() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 2)
                .input("other", OnnxType.FLOAT, 2)
                .node("Relu", List.of("x"), List.of("h"))
                .node("Add", List.of("h", "other"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2)
                .read();
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {2}, 1, 3);
        try (OrtProbe probe = OrtProbe.open(model, new OrtOptions(1))) {
            assertThat(of(probe.measure(Map.of("x", x), List.of("h")), "h").mean())
                    .isEqualTo(2);
            assertThatThrownBy(() -> probe.measure(Map.of("x", x), List.of("y")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("input \"other\" is missing");
            assertThatThrownBy(() -> probe.measure(Map.of("z", x), List.of("h")))
                    .hasMessage("\"z\" is no input; the model takes [x, other]");
            assertThatThrownBy(() -> probe.measure(Map.of("x", x), List.of("gone")))
                    .hasMessage("\"gone\" is no value of graph \"test\" of 2 nodes");
            assertThatThrownBy(() ->
                            probe.measure(Map.of("x", OnnxTensor.ofLongs("x", new long[] {2}, 1, 2)), List.of("h")))
                    .hasMessage("input \"x\": expected float32, got int64");
            assertThatThrownBy(() ->
                            probe.measure(Map.of("x", OnnxTensor.ofFloats("x", new long[] {1}, 1)), List.of("h")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(
                            "ONNX Runtime does not take the inputs: Got invalid dimensions for input: x")
                    .hasMessageNotContaining("\n");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = OnnxType.class,
            names = {
                "FLOAT",
                "DOUBLE",
                "FLOAT16",
                "BFLOAT16",
                "UINT8",
                "INT8",
                "UINT16",
                "INT16",
                "INT32",
                "UINT32",
                "INT64",
                "UINT64",
                "BOOL"
            })
    void fetchesValuesOfEveryType(OnnxType type) {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, "N")
                .node("Cast", List.of("x"), List.of("y"), TestModel.attribute("to", type.code()))
                .output("y", type, "N")
                .read();
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            OnnxTensor y = probe.fetch(Map.of("x", OnnxTensor.ofFloats("x", new long[] {3}, 0, 1, 1)), List.of("y"))
                    .values()
                    .iterator()
                    .next();
            assertThat(y.name()).isEqualTo("y");
            assertThat(y.type()).isEqualTo(type);
            assertThat(y.shape()).containsExactly(3);
            assertThat(y.toDoubles()).containsExactly(0, 1, 1);
        }
    }

    @Test
    void fetchesInputsWeightsStringsAndEmptyValues() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.STRING, "N")
                .input("e", OnnxType.FLOAT, "N", 2)
                .floats("w", new long[] {2}, 5, 6)
                .node("Identity", List.of("x"), List.of("y"))
                .node("Add", List.of("e", "w"), List.of("z"))
                .output("y", OnnxType.STRING, "N")
                .output("z", OnnxType.FLOAT, "N", 2)
                .read();
        Map<String, OnnxTensor> inputs = Map.of(
                "x", OnnxTensor.ofStrings("x", new long[] {2}, List.of("a", "ü")),
                "e", OnnxTensor.ofFloats("e", new long[] {0, 2}));
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            Map<String, OnnxTensor> found = probe.fetch(inputs, List.of("y", "z", "w", "e"));
            assertThat(found.keySet()).containsExactly("y", "z", "w", "e");
            assertThat(found.get("y")).extracting(OnnxTensor::strings).isEqualTo(List.of("a", "ü"));
            assertThat(found.get("z")).extracting(OnnxTensor::shape).isEqualTo(new long[] {0, 2});
            assertThat(found.get("w")).extracting(OnnxTensor::toFloats).isEqualTo(new float[] {5, 6});
            assertThat(found.get("e")).extracting(OnnxTensor::elementCount).isEqualTo(0L);
        }
    }

    @Test
    void timesAForwardPassOfTheModelAsItIs() {
        OnnxModel model = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 2)
                .node("Relu", List.of("x"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2)
                .read();
        try (OrtProbe probe = OrtProbe.open(model, OrtOptions.DEFAULT)) {
            assertThat(probe.forwardSeconds(Map.of("x", OnnxTensor.ofFloats("x", new long[] {2}, 1, 2))))
                    .isBetween(1e-9, 10.0);
        }
    }

    @Test
    void refusesWhatOnnxRuntimeCannotRunInOneLine() {
        OnnxModel late = TestModel.opset(27)
                .input("x", OnnxType.FLOAT, 2)
                .node("Relu", List.of("x"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2)
                .read();
        assertThatThrownBy(() -> OrtProbe.open(late, OrtOptions.DEFAULT))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessage("model: operator set 27 is newer than the 26 that ONNX Runtime runs;"
                        + " export the model with an older one");
        OnnxModel unknown = TestModel.opset(17)
                .input("x", OnnxType.FLOAT, 2)
                .node("NoSuchOperator", List.of("x"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2)
                .read();
        try (OrtProbe probe = OrtProbe.open(unknown, OrtOptions.DEFAULT)) {
            assertThatThrownBy(() -> probe.fetch(Map.of(), List.of("y")))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessageStartingWith("model: ONNX Runtime cannot load the model: ")
                    .hasMessageContaining("NoSuchOperator")
                    .hasMessageNotContaining("\n");
        }
        OnnxModel early = TestModel.opset(6)
                .ir(3)
                .input("x", OnnxType.FLOAT, 2)
                .node("Relu", List.of("x"), List.of("y"))
                .output("y", OnnxType.FLOAT, 2)
                .read();
        try (OrtProbe probe = OrtProbe.open(early, OrtOptions.DEFAULT)) {
            assertThatThrownBy(() -> probe.measure(Map.of(), List.of("y")))
                    .isInstanceOf(UnsupportedModelException.class)
                    .hasMessage("model: operator set 6 cannot be measured; convert the model to 7 or later");
        }
    }
}
