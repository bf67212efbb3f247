package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnximport.WindowLoops.Values;

/** Compares convolutions and pooling of random forms with loops in float64. */
class WindowOpsTest {
    private static final int FORMS = 40;

    static LongStream seeds() {
        return LongStream.range(0, FORMS);
    }

    /** Draws the form of a window; every third one pads, strides or dilates nothing. */
    private static final class Form {
        final Random random;
        final int rank;
        final long[] kernel;
        final long[] sizes;
        final WindowLoops loops;
        final OnnxType type;
        final boolean freeSizes;

        Form(long seed) {
            random = new Random(seed);
            rank = 1 + (int) (seed % 3);
            kernel = draw(1, 3);
            long[] strides = draw(1, 3);
            long[] dilations = seed % 2 == 0 ? fill(1) : draw(1, 2);
            if (seed % 5 == 0) {
                Arrays.fill(strides, strides[0]);
            }
            long[] begins = new long[rank];
            long[] ends = new long[rank];
            for (int i = 0; i < rank; i++) {
                begins[i] = seed % 7 == 0 ? 0 : random.nextInt((int) kernel[i]);
                ends[i] = seed % 7 == 0 ? 0 : random.nextInt((int) kernel[i]);
            }
            loops = new WindowLoops(strides, dilations, begins, ends);
            sizes = draw(5, 8);
            type = seed % 4 == 3 ? OnnxType.DOUBLE : OnnxType.FLOAT;
            freeSizes = seed % 8 > 4;
        }

        long[] draw(int from, int to) {
            return random.longs(rank, from, to + 1).toArray();
        }

        long[] fill(long value) {
            return LongStream.generate(() -> value).limit(rank).toArray();
        }

        Values values(long... shape) {
            return new Values(
                    shape,
                    random.doubles(WindowLoops.count(shape), -1, 1)
                            .map(value -> (float) value)
                            .toArray());
        }

        long[] pads() {
            return WindowLoops.concat(loops.begins(), loops.ends());
        }

        long[] declared(Values x) {
            long[] shape = x.shape().clone();
            Arrays.fill(shape, 0, 1, -1);
            if (freeSizes) {
                Arrays.fill(shape, 2, shape.length, -1);
            }
            return shape;
        }

        OnnxTensor tensor(String name, Values values) {
            return OnnxTensor.ofDoubles(name, type, values.shape(), values.data());
        }

        void assertSame(Values expected, OnnxTensor found) {
            assertThat(found.shape()).containsExactly(expected.shape());
            assertThat(found.toDoubles())
                    .containsExactly(expected.data(), Offset.offset(type == OnnxType.DOUBLE ? 1e-12 : 2e-5));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void convolutionEqualsItsDefinition(long seed) {
        Form form = new Form(seed);
        int group = 1 + form.random.nextInt(3);
        int perGroup = form.random.nextBoolean() ? 1 : 2;
        int outputs = group * (1 + form.random.nextInt(2));
        Values x = form.values(WindowLoops.concat(new long[] {2, (long) group * perGroup}, form.sizes));
        Values w = form.values(WindowLoops.concat(new long[] {outputs, perGroup}, form.kernel));
        Values bias = form.values(outputs);
        OnnxModel model = TestModels.opset(11)
                .input("x", form.type, form.declared(x))
                .initializer(form.tensor("w", w))
                .initializer(form.tensor("b", bias))
                .node(
                        "Conv",
                        "x, w, b",
                        "y",
                        "strides",
                        form.loops.strides(),
                        "dilations",
                        form.loops.dilations(),
                        "pads",
                        form.pads(),
                        "group",
                        group)
                .build("y");

        OnnxTensor found = TestModels.run(model, form.tensor("x", x)).get(0);

        Values expected = form.loops.conv(x, w, group);
        WindowLoops.each(expected.shape(), index -> expected.add(bias.at(index[1]), index));
        form.assertSame(expected, found);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void transposedConvolutionEqualsItsDefinition(long seed) {
        Form form = new Form(seed);
        int group = 1 + form.random.nextInt(3);
        int inputs = group * (1 + form.random.nextInt(2));
        long[] outputPadding = new long[form.rank];
        for (int i = 0; i < form.rank; i++) {
            outputPadding[i] = form.random.nextInt(
                    (int) Math.max(form.loops.strides()[i], form.loops.dilations()[i]));
        }
        Values x = form.values(WindowLoops.concat(new long[] {2, inputs}, form.sizes));
        Values w = form.values(WindowLoops.concat(new long[] {inputs, 1 + form.random.nextInt(2)}, form.kernel));
        OnnxModel model = TestModels.opset(11)
                .input("x", form.type, form.declared(x))
                .initializer(form.tensor("w", w))
                .node(
                        "ConvTranspose",
                        "x, w",
                        "y",
                        "strides",
                        form.loops.strides(),
                        "dilations",
                        form.loops.dilations(),
                        "pads",
                        form.pads(),
                        "output_padding",
                        outputPadding,
                        "group",
                        group)
                .build("y");

        OnnxTensor found = TestModels.run(model, form.tensor("x", x)).get(0);

        form.assertSame(form.loops.convTranspose(x, w, group, outputPadding), found);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void averageEqualsItsDefinition(long seed) {
        Form form = new Form(seed);
        Values x = form.values(WindowLoops.concat(new long[] {2, 2}, form.sizes));
        boolean roundUp = form.random.nextBoolean();
        boolean countPadding = form.random.nextBoolean();
        OnnxModel model = TestModels.opset(19)
                .input("x", form.type, form.declared(x))
                .node(
                        "AveragePool",
                        "x",
                        "y",
                        "kernel_shape",
                        form.kernel,
                        "strides",
                        form.loops.strides(),
                        "dilations",
                        form.loops.dilations(),
                        "pads",
                        form.pads(),
                        "ceil_mode",
                        roundUp ? 1 : 0,
                        "count_include_pad",
                        countPadding ? 1 : 0)
                .build("y");

        OnnxTensor found = TestModels.run(model, form.tensor("x", x)).get(0);

        form.assertSame(
                form.loops.pool(x, form.kernel, roundUp, (taps, real, padded) -> {
                    double sum = DoubleStream.of(taps)
                            .filter(tap -> !Double.isNaN(tap))
                            .sum();
                    long count = countPadding ? padded : real;
                    return count == 0 ? 0 : sum / count;
                }),
                found);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void maximumEqualsItsDefinition(long seed) {
        Form form = new Form(seed);
        Values x = form.values(WindowLoops.concat(new long[] {2, 2}, form.sizes));
        boolean roundUp = form.random.nextBoolean();
        boolean columnMajor = form.random.nextBoolean();
        OnnxModel model = TestModels.opset(12)
                .input("x", form.type, form.declared(x))
                .node(
                        "MaxPool",
                        "x",
                        seed % 2 == 0 ? "y" : "y, indices",
                        "kernel_shape",
                        form.kernel,
                        "strides",
                        form.loops.strides(),
                        "dilations",
                        form.loops.dilations(),
                        "pads",
                        form.pads(),
                        "storage_order",
                        columnMajor ? 1 : 0,
                        "ceil_mode",
                        roundUp ? 1 : 0)
                .build(seed % 2 == 0 ? new String[] {"y"} : new String[] {"y", "indices"});

        List<OnnxTensor> found = TestModels.run(model, form.tensor("x", x));

        Values expected = form.loops.pool(
                x,
                form.kernel,
                roundUp,
                (taps, real, padded) -> DoubleStream.of(taps)
                        .filter(tap -> !Double.isNaN(tap))
                        .max()
                        .orElse(Double.NEGATIVE_INFINITY));
        form.assertSame(expected, found.get(0));
        if (seed % 2 != 0) {
            assertIndicesPointAtMaxima(x, expected, found.get(1).toLongs(), columnMajor);
        }
    }

    private static void assertIndicesPointAtMaxima(Values x, Values maxima, long[] indices, boolean columnMajor) {
        double[] stored = columnMajor ? WindowLoops.spaceReversed(x).data() : x.data();
        for (int i = 0; i < indices.length; i++) {
            if (maxima.data()[i] != Double.NEGATIVE_INFINITY) {
                assertThat(stored[Math.toIntExact(indices[i])]).isEqualTo(maxima.data()[i]);
            }
        }
    }
}
