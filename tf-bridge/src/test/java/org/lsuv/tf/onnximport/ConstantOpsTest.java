package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.onnx.UnsupportedModelException;

class ConstantOpsTest {
    @ParameterizedTest
    @CsvSource({"0,5,2,'0 2 4'", "5,0,-2,'5 3 1'", "5,0,1,''", "0,5,-1,''", "3,3,1,''"})
    void rangesThatLeadNowhereAreEmpty(float start, float limit, float delta, String expected) {
        double[] numbers = expected.isEmpty()
                ? new double[0]
                : Arrays.stream(expected.split(" "))
                        .mapToDouble(Double::parseDouble)
                        .toArray();
        assertThat(range(start, limit, delta).toDoubles()).containsExactly(numbers);
    }

    @Test
    void rangesDoNotGatherRoundingErrors() {
        double[] found = range(0, 1000, 0.1f).toDoubles();
        assertThat(found).hasSize(10000);
        assertThat(found[9999]).isEqualTo(9999 * 0.1f);
    }

    @Test
    void rangesNeedAStep() {
        assertThatThrownBy(() -> range(0, 1, 0))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("Requires delta != 0");
    }

    @Test
    void constantOfShapeTakesOneElementOnly() {
        OnnxModel model = TestModels.opset(9)
                .input("shape", OnnxType.INT64, 2)
                .node("ConstantOfShape", "shape", "y", "value", OnnxTensor.ofLongs("v", new long[] {2}, 1, 2))
                .build("y");
        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("attribute \"value\": expected one element, got 2");
    }

    @Test
    void shapesThatOverflowAreMalformed() {
        for (long[] shape : new long[][] {{1L << 62, 4}, {-1}}) {
            OnnxModel model = TestModels.opset(9)
                    .initializer(OnnxTensor.ofLongs("shape", new long[] {shape.length}, shape))
                    .node("ConstantOfShape", "shape", "y")
                    .build("y");
            assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                    .isInstanceOf(OnnxFormatException.class)
                    .hasMessageContaining("has a negative size or too many elements");
        }
    }

    @Test
    void eyeLikeFollowsSizesThatAreFed() {
        OnnxModel model = TestModels.opset(9)
                .input("x", OnnxType.FLOAT, -1, -1)
                .node("EyeLike", "x", "y", "k", 1, "dtype", OnnxType.INT64.code())
                .build("y");
        OnnxTensor y = TestModels.run(model, OnnxTensor.ofFloats("x", new long[] {2, 3}, new float[6]))
                .get(0);
        assertThat(y.type()).isEqualTo(OnnxType.INT64);
        assertThat(y.toDoubles()).containsExactly(0, 1, 0, 0, 0, 1);
    }

    @Test
    void randomNumbersAreTheSameInEveryRunAndDifferByNodeAndSeed() {
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 100)
                .node("RandomNormal", "", "a", "shape", new long[] {10000}, "mean", 3f, "scale", 2f)
                .node("RandomNormalLike", "x", "b")
                .node("RandomNormalLike", "x", "c", "seed", 1f)
                .node("RandomNormalLike", "x", "d", "seed", 2f)
                .node("RandomUniformLike", "x", "u", "low", -1f, "high", 5f)
                .build("a", "b", "c", "d", "u");
        OnnxTensor x = OnnxTensor.ofFloats("x", new long[] {100, 100}, new float[10000]);
        List<double[]> first = draws(model, x);
        List<double[]> second = draws(model, x);
        for (int i = 0; i < first.size(); i++) {
            assertThat(second.get(i)).isEqualTo(first.get(i));
        }
        assertThat(first.get(1)).isNotEqualTo(first.get(2));
        assertThat(first.get(3)).isNotEqualTo(first.get(2));
        // Five standard errors of 10,000 draws.
        assertThat(mean(first.get(0))).isCloseTo(3, offset(5 * 2 / 100.0));
        assertThat(deviation(first.get(0))).isCloseTo(2, offset(5 * 2 / Math.sqrt(2 * 10000)));
        assertThat(mean(first.get(4))).isCloseTo(2, offset(5 * Math.sqrt(3) / 100));
        assertThat(Arrays.stream(first.get(4)).min().orElseThrow()).isBetween(-1.0, -0.98);
        assertThat(Arrays.stream(first.get(4)).max().orElseThrow()).isBetween(4.98, 5.0);
    }

    private static List<double[]> draws(OnnxModel model, OnnxTensor x) {
        return TestModels.run(model, x).stream().map(OnnxTensor::toDoubles).toList();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double deviation(double[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values)
                .map(x -> (x - mean) * (x - mean))
                .average()
                .orElseThrow());
    }

    private static OnnxTensor range(float start, float limit, float delta) {
        OnnxTensor[] feeds = {
            OnnxTensor.ofFloats("start", new long[0], start),
            OnnxTensor.ofFloats("limit", new long[0], limit),
            OnnxTensor.ofFloats("delta", new long[0], delta)
        };
        TestModels models = TestModels.opset(11);
        for (OnnxTensor feed : feeds) {
            models.input(feed.name(), OnnxType.FLOAT);
        }
        return TestModels.run(models.node("Range", "start,limit,delta", "y").build("y"), feeds)
                .get(0);
    }
}
