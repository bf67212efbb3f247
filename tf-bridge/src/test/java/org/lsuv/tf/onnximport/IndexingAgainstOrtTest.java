package org.lsuv.tf.onnximport;

import static org.lsuv.tf.onnximport.OrtReference.assertAgrees;
import static org.lsuv.tf.onnximport.OrtReference.gaussian;
import static org.lsuv.tf.onnximport.OrtReference.mapped;
import static org.lsuv.tf.onnximport.OrtReference.unknown;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Runs operators that choose and move elements on inputs of which nothing but the rank is declared. */
class IndexingAgainstOrtTest {
    private static final OnnxTensor X = gaussian("x", OnnxType.FLOAT, 3, 4, 5);
    private static final OnnxTensor TIED = mapped(gaussian("t", OnnxType.FLOAT, 3, 4, 5), Math::rint);
    private static final OnnxTensor ROWS = mapped(gaussian("r", OnnxType.DOUBLE, 6, 2), value -> value > 0 ? 1 : 0);

    private static OnnxTensor longs(String name, long[] shape, long... values) {
        return OnnxTensor.ofLongs(name, shape, values);
    }

    private static OnnxTensor list(String name, long... values) {
        return longs(name, new long[] {values.length}, values);
    }

    private static OnnxTensor integers(String name, long... shape) {
        OnnxTensor drawn = gaussian(name, OnnxType.DOUBLE, shape);
        return longs(
                name,
                shape,
                Arrays.stream(drawn.toDoubles())
                        .mapToLong(value -> Math.round(3 * value))
                        .toArray());
    }

    private static Arguments of(int opset, String op, String outputs, List<OnnxTensor> inputs, Object... attributes) {
        return Arguments.of(op, opset, outputs, inputs, attributes);
    }

    static List<Arguments> nodes() {
        OnnxTensor places = longs(
                "i",
                new long[] {2, 4, 3},
                LongStream.range(0, 24).map(i -> i % 7 - 3).toArray());
        OnnxTensor updates = gaussian("u", OnnxType.FLOAT, 2, 4, 3);
        OnnxTensor pairs = longs("i", new long[] {3, 2, 2}, 0, 1, -1, -4, 2, 3, 0, 1, 1, 0, 0, -3);
        OnnxTensor slices = gaussian("u", OnnxType.FLOAT, 3, 2, 5);
        return List.of(
                of(1, "TopK", "v, i", List.of(TIED), "k", 3, "axis", 1),
                of(10, "TopK", "v, i", List.of(TIED, list("k", 4)), "axis", 1),
                of(11, "TopK", "v, i", List.of(TIED, list("k", 2)), "axis", 0, "largest", 0),
                of(24, "TopK", "v, i", List.of(integers("n", 4, 6), list("k", 6)), "largest", 0),
                of(11, "ScatterElements", "y", List.of(X, places, updates), "axis", 2),
                of(16, "ScatterElements", "y", List.of(X, places, updates), "axis", -1, "reduction", "add"),
                of(16, "ScatterElements", "y", List.of(X, places, updates), "axis", 2, "reduction", "mul"),
                of(18, "ScatterElements", "y", List.of(X, places, updates), "axis", 2, "reduction", "max"),
                of(18, "ScatterElements", "y", List.of(X, places, updates), "axis", 2, "reduction", "min"),
                of(11, "ScatterND", "y", List.of(X, list("i", 2, 1), gaussian("u", OnnxType.FLOAT, 5))),
                of(
                        16,
                        "ScatterND",
                        "y",
                        List.of(X, list("i", -1), gaussian("u", OnnxType.FLOAT, 4, 5)),
                        "reduction",
                        "mul"),
                of(16, "ScatterND", "y", List.of(X, pairs, slices), "reduction", "add"),
                of(16, "ScatterND", "y", List.of(X, pairs, slices), "reduction", "mul"),
                of(18, "ScatterND", "y", List.of(X, pairs, slices), "reduction", "max"),
                of(18, "ScatterND", "y", List.of(X, pairs, slices), "reduction", "min"),
                of(11, "GatherND", "y", List.of(X, list("i", -1, 2))),
                of(
                        12,
                        "GatherND",
                        "y",
                        List.of(X, longs("i", new long[] {3, 2, 1}, 0, -1, 3, 2, 1, 1)),
                        "batch_dims",
                        1),
                of(
                        13,
                        "GatherND",
                        "y",
                        List.of(X, longs("i", new long[] {3, 4, 1}, 0, 4, 3, 2, 1, 1, -1, -5, 0, 0, 1, 2)),
                        "batch_dims",
                        2),
                of(11, "Unique", "y, i, v, c", List.of(TIED)),
                of(11, "Unique", "y, i, v, c", List.of(TIED), "sorted", 0),
                of(11, "Unique", "y, i, v, c", List.of(ROWS), "axis", 0),
                of(
                        11,
                        "Unique",
                        "y, i, v, c",
                        List.of(mapped(gaussian("q", OnnxType.FLOAT, 2, 8), Math::rint)),
                        "axis",
                        -1),
                of(11, "Unique", "y, , , c", List.of(integers("n", 30))),
                of(9, "NonZero", "y", List.of(TIED)),
                of(13, "NonZero", "y", List.of(integers("n", 9))),
                of(9, "EyeLike", "y", List.of(gaussian("m", OnnxType.FLOAT, 3, 5)), "k", -1),
                of(9, "EyeLike", "y", List.of(gaussian("m", OnnxType.FLOAT, 3, 5)), "k", 2, "dtype", 7),
                of(10, "ReverseSequence", "y", List.of(X, list("n", 1, 3, 2)), "batch_axis", 0, "time_axis", 1),
                of(10, "ReverseSequence", "y", List.of(gaussian("s", OnnxType.FLOAT, 4, 3), list("n", 0, 4, 2))),
                of(12, "Einsum", "y", List.of(X, gaussian("w", OnnxType.FLOAT, 5, 2)), "equation", "...i,ij"),
                of(12, "Einsum", "y", List.of(gaussian("m", OnnxType.DOUBLE, 4, 4)), "equation", "ii"),
                of(12, "Einsum", "y", List.of(gaussian("m", OnnxType.DOUBLE, 3, 4, 4)), "equation", "... ii -> ...i"),
                of(12, "Einsum", "y", List.of(X, X.withName("z")), "equation", "bij, bkj -> bik"),
                of(12, "Einsum", "y", List.of(X), "equation", "abc->"),
                of(2, "GlobalLpPool", "y", List.of(gaussian("p", OnnxType.FLOAT, 2, 3, 4, 5)), "p", 3),
                of(1, "LpNormalization", "y", List.of(X), "axis", 1, "p", 1),
                of(22, "LpNormalization", "y", List.of(gaussian("d", OnnxType.DOUBLE, 3, 4))),
                of(9, "MeanVarianceNormalization", "y", List.of(gaussian("p", OnnxType.FLOAT, 2, 3, 4, 5))),
                of(13, "MeanVarianceNormalization", "y", List.of(X), "axes", new long[] {-1, 0}),
                of(11, "Det", "y", List.of(gaussian("m", OnnxType.FLOAT, 2, 3, 3))),
                of(11, "Det", "y", List.of(gaussian("m", OnnxType.FLOAT, 4, 4))));
    }

    @ParameterizedTest(name = "{0} of opset {1} {4}")
    @MethodSource("nodes")
    void nothingButTheRankIsDeclared(
            String op, int opset, String outputs, List<OnnxTensor> inputs, Object[] attributes) {
        TestModels models = TestModels.opset(opset);
        for (OnnxTensor input : inputs) {
            boolean lastSizeCounts = op.endsWith("ND") && input.name().equals("i");
            long[] declared = unknown(input.rank());
            if (lastSizeCounts) {
                declared[input.rank() - 1] = input.shape()[input.rank() - 1];
            }
            models.input(input.name(), input.type(), declared);
        }
        String names = String.join(",", inputs.stream().map(OnnxTensor::name).toList());
        OnnxModel model = models.node(op, names, outputs, attributes)
                .build(Arrays.stream(outputs.split(",", -1))
                        .map(String::strip)
                        .filter(name -> !name.isEmpty())
                        .toArray(String[]::new));

        assertAgrees(model, inputs.toArray(OnnxTensor[]::new));
    }
}
