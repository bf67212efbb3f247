package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class IndexingOpsTest {
    private static final OnnxTensor MATRIX = OnnxTensor.ofFloats("x", new long[] {2, 3}, 1, 2, 3, 4, 5, 6);

    private static OnnxTensor longs(String name, long... values) {
        return OnnxTensor.ofLongs(name, new long[] {values.length}, values);
    }

    private static OnnxTensor floats(String name, float... values) {
        return OnnxTensor.ofFloats(name, new long[] {values.length}, values);
    }

    private static float[] slice(boolean constant, long start, long end, long step) {
        TestModels model = TestModels.opset(13).input("x", OnnxType.FLOAT, -1, -1);
        List<OnnxTensor> bounds =
                List.of(longs("starts", start), longs("ends", end), longs("axes", -1), longs("steps", step));
        bounds.forEach(bound -> {
            if (constant) {
                model.initializer(bound);
            } else {
                model.input(bound.name(), OnnxType.INT64, 1);
            }
        });
        OnnxModel built =
                model.node("Slice", "x, starts, ends, axes, steps", "y").build("y");
        OnnxTensor[] feeds = constant
                ? new OnnxTensor[] {MATRIX}
                : new OnnxTensor[] {MATRIX, bounds.get(0), bounds.get(1), bounds.get(2), bounds.get(3)};
        return TestModels.run(built, feeds).get(0).toFloats();
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void sliceCutsBoundsThatLieOutside(boolean constant) {
        assertThat(slice(constant, 1, Long.MAX_VALUE, 1)).containsExactly(2, 3, 5, 6);
        assertThat(slice(constant, -100, 2, 1)).containsExactly(1, 2, 4, 5);
        assertThat(slice(constant, Integer.MAX_VALUE, Integer.MIN_VALUE, -1)).containsExactly(3, 2, 1, 6, 5, 4);
        assertThat(slice(constant, -1, Long.MIN_VALUE, -2)).containsExactly(3, 1, 6, 4);
        assertThat(slice(constant, 2, 1, 1)).isEmpty();
    }

    @Test
    void sliceWithComputedBoundsKeepsTheOtherAxes() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3)
                .input("end", OnnxType.INT64, 1)
                .initializer(longs("start", 0))
                .initializer(longs("axes", -1))
                .node("Slice", "x, start, end, axes", "part")
                .node("Shape", "part", "sizes")
                .node("Transpose", "part", "y")
                .build("y", "sizes");

        List<OnnxTensor> results = TestModels.run(model, MATRIX, longs("end", -1));

        assertThat(results.get(0).toFloats()).containsExactly(1, 4, 2, 5);
        assertThat(results.get(1).toLongs()).containsExactly(2, 2);
    }

    @Test
    void sliceOfVersion1TakesAttributes() {
        OnnxModel model = TestModels.opset(9)
                .input("x", OnnxType.FLOAT, 2, 3)
                .node("Slice", "x", "y", "starts", new long[] {-2}, "ends", new long[] {1000}, "axes", new long[] {1})
                .build("y");

        assertThat(TestModels.run(model, MATRIX).get(0).toFloats()).containsExactly(2, 3, 5, 6);
    }

    @Test
    void sliceRefusesAStepOfZero() {
        assertThatThrownBy(() -> slice(true, 0, 1, 0))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageEndingWith("a step is 0");
    }

    @Test
    void gatherCountsNegativeIndicesFromTheBackOfAnOpenAxis() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, 2, -1)
                .input("indices", OnnxType.INT64, 2)
                .node("Gather", "x, indices", "y", "axis", -1)
                .build("y");

        assertThat(TestModels.run(model, MATRIX, longs("indices", -1, 0)).get(0).toFloats())
                .containsExactly(3, 1, 6, 4);
    }

    @Test
    void gatherRefusesConstantIndexOutside() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, 2, 3)
                .initializer(longs("indices", 3))
                .node("Gather", "x, indices", "y", "axis", 1)
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageEndingWith("Gather(x, indices) -> y: indices [3] do not all lie in [-3, 2]");
    }

    @Test
    void gatherElementsTakesIndicesSmallerThanTheData() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3)
                .initializer(OnnxTensor.ofLongs("indices", new long[] {1, 2}, -1, 0))
                .node("GatherElements", "x, indices", "y", "axis", 0)
                .build("y");

        OnnxTensor y = TestModels.run(model, MATRIX).get(0);

        assertThat(y.shape()).containsExactly(1, 2);
        assertThat(y.toFloats()).containsExactly(4, 2);
    }

    @Test
    void gatherNdTakesSlicesOfEachBatchEntry() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 3)
                .initializer(OnnxTensor.ofLongs("indices", new long[] {2, 1}, 1, -1))
                .node("GatherND", "x, indices", "y", "batch_dims", 1)
                .build("y");

        assertThat(TestModels.run(model, MATRIX).get(0).toFloats()).containsExactly(2, 6);
    }

    @ParameterizedTest
    @CsvSource({"none, 60", "add, 120", "mul, 6000", "max, 50", "min, 3"})
    void scatterElementsReducesWhatMeetsInOnePlace(String reduction, float expected) {
        // Without a reduction no place may be named twice.
        OnnxTensor indices = reduction.equals("none") ? longs("indices", -1) : longs("indices", 1, -1);
        OnnxTensor updates = switch (reduction) {
            case "none" -> floats("updates", 60);
            case "min" -> floats("updates", 50, 3);
            case "add" -> floats("updates", 50, 60);
            default -> floats("updates", 50, 12);
        };
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, -1)
                .initializer(indices)
                .initializer(updates)
                .node("ScatterElements", "x, indices, updates", "y", "reduction", reduction)
                .build("y");

        assertThat(TestModels.run(model, floats("x", 7, 10)).get(0).toFloats()).containsExactly(7, expected);
    }

    @Test
    void scatterNdMultipliesWholeRows() {
        OnnxModel model = TestModels.opset(18)
                .input("x", OnnxType.FLOAT, -1, 3)
                .initializer(OnnxTensor.ofLongs("indices", new long[] {2, 1}, -1, 1))
                .initializer(OnnxTensor.ofFloats("updates", new long[] {2, 3}, 1, 2, 3, 2, 2, 2))
                .node("ScatterND", "x, indices, updates", "y", "reduction", "mul")
                .build("y");

        assertThat(TestModels.run(model, MATRIX).get(0).toFloats()).containsExactly(1, 2, 3, 8, 20, 36);
    }

    @Test
    void smallestOfIntegersIncludesTheLeastOne() {
        OnnxModel model = TestModels.opset(11)
                .input("x", OnnxType.INT64, -1)
                .initializer(longs("k", 2))
                .node("TopK", "x, k", "values, indices", "largest", 0)
                .build("values", "indices");

        List<OnnxTensor> results = TestModels.run(model, longs("x", 5, Long.MIN_VALUE, Long.MAX_VALUE, 5));

        assertThat(results.get(0).toLongs()).containsExactly(Long.MIN_VALUE, 5);
        assertThat(results.get(1).toLongs()).containsExactly(1, 0);
    }

    @Test
    void topKOfVersion1TakesItsCountFromTheAttribute() {
        OnnxModel model = TestModels.opset(9)
                .input("x", OnnxType.FLOAT, 2, 3)
                .node("TopK", "x", "values, indices", "k", 1, "axis", 0)
                .build("values", "indices");

        List<OnnxTensor> results = TestModels.run(model, MATRIX);

        assertThat(results.get(0).toFloats()).containsExactly(4, 5, 6);
        assertThat(results.get(1).toLongs()).containsExactly(1, 1, 1);
    }

    @Test
    void oneHotCountsNegativeIndicesFromTheDepthAndIgnoresOthersOutside() {
        OnnxModel model = TestModels.opset(11)
                .input("indices", OnnxType.INT64, -1)
                .initializer(OnnxTensor.ofFloats("depth", new long[] {1}, 3))
                .initializer(floats("values", -1, 1))
                .node("OneHot", "indices, depth, values", "y", "axis", 0)
                .build("y");

        OnnxTensor y = TestModels.run(model, longs("indices", -1, 0, 3, -4)).get(0);

        assertThat(y.shape()).containsExactly(3, 4);
        assertThat(y.toFloats()).containsExactly(-1, 1, -1, -1, -1, -1, -1, -1, 1, -1, -1, -1);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, '0,2,3,0,0,6'", "1, -1, '1,2,3,4,5,6'", "0, 1, '1,2,0,4,5,6'", "0, -1, '0,0,0,4,0,0'"})
    void triluKeepsOneSideOfAnyDiagonal(long upper, long diagonal, String expected) {
        OnnxModel model = TestModels.opset(14)
                .input("x", OnnxType.FLOAT, -1, -1)
                .initializer(OnnxTensor.ofLongs("k", new long[0], diagonal))
                .node("Trilu", "x, k", "y", "upper", upper)
                .build("y");

        assertThat(TestModels.run(model, MATRIX).get(0).toFloats())
                .containsExactly(List.of(expected.split(",")).stream()
                        .map(Float::parseFloat)
                        .toArray(Float[]::new));
    }

    @Test
    void uniqueRowsAreSortedColumnByColumn() {
        OnnxModel model = TestModels.opset(11)
                .input("x", OnnxType.FLOAT, -1, 2)
                .node("Unique", "x", "y, first, inverse, counts", "axis", 0)
                .build("y", "first", "inverse", "counts");

        List<OnnxTensor> results =
                TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {4, 2}, 2, 1, 1, 9, 2, 1, 1, -3));

        assertThat(results.get(0).toFloats()).containsExactly(1, -3, 1, 9, 2, 1);
        assertThat(results.get(1).toLongs()).containsExactly(3, 1, 0);
        assertThat(results.get(2).toLongs()).containsExactly(2, 1, 2, 0);
        assertThat(results.get(3).toLongs()).containsExactly(1, 1, 2);
    }
}
