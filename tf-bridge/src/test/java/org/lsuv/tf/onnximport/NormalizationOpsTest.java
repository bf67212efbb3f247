package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxFormatException;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class NormalizationOpsTest {
    private static final int CHANNELS = 3;
    private final Random random = new Random(5);

    @ParameterizedTest
    @CsvSource({"2, FLOAT", "3, FLOAT", "4, FLOAT", "5, FLOAT", "4, DOUBLE"})
    void batchNormalizationUsesStoredStatisticsOnAnyRank(int rank, OnnxType type) {
        OnnxTensor x = draw("x", type, shape(rank));
        OnnxModel model = parameters(9, type, rank)
                .node("BatchNormalization", "x, scale, b, mean, var", "y", "epsilon", 0.5f)
                .build("y");

        OnnxTensor y = TestModels.run(model, x).get(0);

        double[] expected = new double[Math.toIntExact(x.elementCount())];
        for (int i = 0; i < expected.length; i++) {
            int c = channel(x, i);
            expected[i] = (x.toDoubles()[i] - c) / Math.sqrt(c + 1 + 0.5) * (c + 2) - c;
        }
        assertClose(y, expected, 1e-5);
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "9, 4", "14, 2", "14, 4", "15, 5"})
    void trainingUsesBiasedStatisticsOfTheBatch(int opset, int rank) {
        OnnxTensor x = draw("x", OnnxType.FLOAT, shape(rank));
        Object[] attributes =
                opset < 14 ? new Object[] {"momentum", 0.75f} : new Object[] {"momentum", 0.75f, "training_mode", 1};
        OnnxModel model = parameters(opset, OnnxType.FLOAT, rank)
                .node("BatchNormalization", "x, scale, b, mean, var", "y, newMean, newVar", attributes)
                .build("y", "newMean", "newVar");

        List<OnnxTensor> found = TestModels.run(model, x);

        double[] values = x.toDoubles();
        double[] mean = new double[CHANNELS];
        double[] variance = new double[CHANNELS];
        double each = (double) CHANNELS / values.length;
        for (int i = 0; i < values.length; i++) {
            mean[channel(x, i)] += values[i] * each;
        }
        for (int i = 0; i < values.length; i++) {
            variance[channel(x, i)] += Math.pow(values[i] - mean[channel(x, i)], 2) * each;
        }
        double[] y = new double[values.length];
        for (int i = 0; i < y.length; i++) {
            int c = channel(x, i);
            y[i] = (values[i] - mean[c]) / Math.sqrt(variance[c] + 1e-5) * (c + 2) - c;
        }
        assertClose(found.get(0), y, 1e-4);
        for (int c = 0; c < CHANNELS; c++) {
            mean[c] = 0.75 * c + 0.25 * mean[c];
            variance[c] = 0.75 * (c + 1) + 0.25 * variance[c];
        }
        assertClose(found.get(1), mean, 1e-5);
        assertClose(found.get(2), variance, 1e-5);
    }

    @Test
    void batchNormalization7MayKeepStatisticsOfEachPlace() {
        OnnxTensor x = draw("x", OnnxType.FLOAT, 4, 2, 3);
        OnnxModel model = TestModels.opset(7)
                .input("x", OnnxType.FLOAT, -1, 2, 3)
                .initializer(OnnxTensor.ofFloats("scale", new long[] {2, 3}, 1, 2, 3, 4, 5, 6))
                .initializer(OnnxTensor.ofFloats("b", new long[] {2, 3}, 0, 0, 0, 1, 1, 1))
                .initializer(OnnxTensor.ofFloats("mean", new long[] {2, 3}, 1, 0, 0, 0, 0, 2))
                .initializer(OnnxTensor.ofFloats("var", new long[] {2, 3}, 4, 4, 4, 4, 4, 4))
                .node("BatchNormalization", "x, scale, b, mean, var", "y", "spatial", 0, "epsilon", 0f)
                .build("y");

        float[] y = TestModels.run(model, x).get(0).toFloats();

        float[] values = x.toFloats();
        assertThat(y[6]).isCloseTo((values[6] - 1) / 2, Offset.offset(1e-5f));
        assertThat(y[11]).isCloseTo((values[11] - 2) / 2 * 6 + 1, Offset.offset(1e-5f));
    }

    @Test
    void batchNormalizationOfWrongWidthIsMalformed() {
        OnnxModel model = parameters(15, OnnxType.FLOAT, 4)
                .input("z", OnnxType.FLOAT, -1, 4, 2, 2)
                .node("BatchNormalization", "z, scale, b, mean, var", "y")
                .build("y");

        assertThatThrownBy(() -> OnnxImporter.load(model, ImportOptions.defaults()))
                .isInstanceOf(OnnxFormatException.class)
                .hasMessageContaining("input \"scale\" has 3 values for 4 channels");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 8})
    void lrnSumsOverNeighbouringChannelsAndDividesAlphaBySize(int size) {
        OnnxTensor x = draw("x", OnnxType.FLOAT, 2, 6, 2, 2);
        OnnxModel model = TestModels.opset(13)
                .input("x", OnnxType.FLOAT, -1, 6, -1, -1)
                .node("LRN", "x", "y", "size", size, "alpha", 0.5f, "beta", 0.6f, "bias", 1.5f)
                .build("y");

        OnnxTensor y = TestModels.run(model, x).get(0);

        double[] values = x.toDoubles();
        double[] expected = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int c = i / 4 % 6;
            double sum = 0;
            for (int other = Math.max(0, c - (size - 1) / 2); other <= Math.min(5, c + size / 2); other++) {
                sum += Math.pow(values[i + (other - c) * 4], 2);
            }
            expected[i] = values[i] / Math.pow(1.5 + 0.5 / size * sum, 0.6);
        }
        assertClose(y, expected, 1e-5);
    }

    @ParameterizedTest
    @ValueSource(ints = {18, 21})
    void groupNormalizationScalesByGroupBefore21(int opset) {
        OnnxTensor x = draw("x", OnnxType.FLOAT, 2, 4, 3);
        float[] scale = opset == 18 ? new float[] {2, 3} : new float[] {2, 2, 3, 3};
        OnnxModel model = TestModels.opset(opset)
                .input("x", OnnxType.FLOAT, -1, 4, -1)
                .initializer(OnnxTensor.ofFloats("scale", new long[] {scale.length}, scale))
                .initializer(OnnxTensor.ofFloats("b", new long[] {scale.length}, new float[scale.length]))
                .node("GroupNormalization", "x, scale, b", "y", "num_groups", 2, "epsilon", 0f)
                .build("y");

        double[] y = TestModels.run(model, x).get(0).toDoubles();

        for (int group = 0; group < 4; group++) {
            double[] part = Arrays.copyOfRange(y, group * 6, group * 6 + 6);
            assertThat(DoubleStream.of(part).sum()).isCloseTo(0, Offset.offset(1e-5));
            assertThat(DoubleStream.of(part).map(value -> value * value).sum() / 6)
                    .isCloseTo(group % 2 == 0 ? 4 : 9, Offset.offset(1e-3));
        }
    }

    private TestModels parameters(int opset, OnnxType type, int rank) {
        long[] declared = shape(rank);
        declared[0] = -1;
        return TestModels.opset(opset)
                .input("x", type, declared)
                .initializer(OnnxTensor.ofDoubles("scale", type, new long[] {CHANNELS}, 2, 3, 4))
                .initializer(OnnxTensor.ofDoubles("b", type, new long[] {CHANNELS}, 0, -1, -2))
                .initializer(OnnxTensor.ofDoubles("mean", type, new long[] {CHANNELS}, 0, 1, 2))
                .initializer(OnnxTensor.ofDoubles("var", type, new long[] {CHANNELS}, 1, 2, 3));
    }

    private static long[] shape(int rank) {
        return LongStream.of(4, CHANNELS, 5, 2, 3).limit(rank).toArray();
    }

    private static int channel(OnnxTensor x, int i) {
        long inner = LongStream.of(x.shape()).skip(2).reduce(1, (a, b) -> a * b);
        return (int) (i / inner % CHANNELS);
    }

    private OnnxTensor draw(String name, OnnxType type, long... shape) {
        long count = LongStream.of(shape).reduce(1, (a, b) -> a * b);
        return OnnxTensor.ofDoubles(
                name,
                type,
                shape,
                random.doubles(count, -2, 3).map(v -> (float) v).toArray());
    }

    private static void assertClose(OnnxTensor found, double[] expected, double tolerance) {
        assertThat(found.toDoubles()).containsExactly(expected, Offset.offset(tolerance));
    }
}
