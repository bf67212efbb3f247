package org.lsuv.tf.onnximport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

class MlOpsTest {
    private static final OnnxTensor ROWS =
            OnnxTensor.ofFloats("x", new long[] {4, 3}, 1, -2, 3, 0, 0, 0, 0.5f, 4, -1, Float.NaN, 2, 7);

    @ParameterizedTest
    @ValueSource(strings = {"MAX", "L1", "L2"})
    void normalizerDividesRows(String norm) {
        OnnxTensor rows = ROWS.rows(0, 3);
        OrtReference.assertClose(model("Normalizer", "norm", norm), 1e-6, rows);
    }

    @Test
    void featuresArePreparedAsInOnnxRuntime() {
        OnnxModel model = start().initializer(OnnxTensor.ofLongs("chosen", new long[] {1, 2}, 2, 0))
                .node("ai.onnx.ml.Binarizer", "x", "binary", "threshold", 0.4f)
                .node("ai.onnx.ml.ArrayFeatureExtractor", "x, chosen", "taken")
                .node("ai.onnx.ml.Scaler", "x", "scaled", "offset", new float[] {1, 2, 3}, "scale", new float[] {
                    0.5f, 2, 3
                })
                .node("ai.onnx.ml.FeatureVectorizer", "x, taken", "joined", "inputdimensions", new long[] {3, 2})
                .build("binary", "taken", "scaled", "joined");
        OrtReference.assertClose(model, 1e-6, ROWS.rows(0, 3));
    }

    @Test
    void imputerReplacesWhatIsMissing() {
        OnnxModel model =
                model("Imputer", "imputed_value_floats", new float[] {7, 8, 9}, "replaced_value_float", Float.NaN);
        OrtReference.assertSame(model, ROWS);
        OnnxModel integers = TestModels.opset(13)
                .domain("ai.onnx.ml", 3)
                .input("x", OnnxType.INT64, 2, 2)
                .node(
                        "ai.onnx.ml.Imputer",
                        "x",
                        "y",
                        "imputed_value_int64s",
                        new long[] {5},
                        "replaced_value_int64",
                        -1)
                .build("y");
        OrtReference.assertSame(integers, OnnxTensor.ofLongs("x", new long[] {2, 2}, 1, -1, 0, -1));
    }

    @Test
    void oneHotEncoderMarksTheCategory() {
        OnnxModel numbers = TestModels.opset(13)
                .domain("ai.onnx.ml", 3)
                .input("x", OnnxType.INT64, 2, 2)
                .node("ai.onnx.ml.OneHotEncoder", "x", "y", "cats_int64s", new long[] {3, 1, 2})
                .build("y");
        OrtReference.assertSame(numbers, OnnxTensor.ofLongs("x", new long[] {2, 2}, 1, 2, 3, 4));
        OnnxModel words = TestModels.opset(13)
                .domain("ai.onnx.ml", 3)
                .input("x", OnnxType.STRING, 3)
                .node("ai.onnx.ml.OneHotEncoder", "x", "y", "cats_strings", new String[] {"a", "b"})
                .build("y");
        OrtReference.assertSame(words, OnnxTensor.ofStrings("x", new long[] {3}, List.of("b", "c", "a")));
    }

    @Test
    void labelEncoderLooksUpAndFallsBack() {
        OnnxTensor words = OnnxTensor.ofStrings("x", new long[] {2, 2}, List.of("a", "c", "b", "?"));
        Object[] keys = {"keys_strings", new String[] {"a", "b", "c"}};
        OrtReference.assertSame(
                encoder(2, OnnxType.STRING, keys, "values_int64s", new long[] {5, 6, 7}, "default_int64", -4), words);
        OrtReference.assertSame(encoder(2, OnnxType.STRING, keys, "values_floats", new float[] {5, 6, 7}), words);
        OrtReference.assertSame(
                encoder(2, OnnxType.STRING, keys, "values_strings", new String[] {"x", "y", "z"}), words);
        OrtReference.assertSame(
                encoder(
                        4,
                        OnnxType.STRING,
                        new Object[] {"keys_tensor", OnnxTensor.ofStrings("", new long[] {2}, List.of("a", "b"))},
                        "values_tensor",
                        OnnxTensor.ofNumbers("", OnnxType.INT16, new long[] {2}, 40, 50),
                        "default_tensor",
                        OnnxTensor.ofNumbers("", OnnxType.INT16, new long[] {1}, 42)),
                words);
        OrtReference.assertSame(
                encoder(
                        4,
                        OnnxType.FLOAT,
                        new Object[] {"keys_floats", new float[] {Float.NaN, 2}},
                        "values_strings",
                        new String[] {"none", "two"}),
                OnnxTensor.ofFloats("x", new long[] {2, 2}, 2, Float.NaN, 3, -0f));
    }

    @Test
    void theFirstLabelEncoderCountsItsClasses() {
        Object[] classes = {"classes_strings", new String[] {"a", "b"}};
        OnnxTensor words = OnnxTensor.ofStrings("x", new long[] {2, 2}, List.of("b", "a", "?", "b"));
        OrtReference.assertSame(encoder(1, OnnxType.STRING, classes, "default_int64", 9), words);
        OrtReference.assertSame(
                encoder(1, OnnxType.INT64, classes, "default_string", "none"),
                OnnxTensor.ofLongs("x", new long[] {2, 2}, 1, 0, 2, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"})
    void linearModelsAgreeWithOnnxRuntime(String transform) {
        Object[] shared = {
            "coefficients", new float[] {1, 2, 3, -1, 0.5f, 0.25f}, "intercepts", new float[] {0.5f, -3.25f}
        };
        OnnxModel model = start().node(
                        "ai.onnx.ml.LinearRegressor", "x", "y", with(shared, "targets", 2, "post_transform", transform))
                .node(
                        "ai.onnx.ml.LinearClassifier",
                        "x",
                        "label, scores",
                        with(
                                shared,
                                "classlabels_strings",
                                new String[] {"left", "right"},
                                "post_transform",
                                transform,
                                "multi_class",
                                1))
                .build("y", "label", "scores");
        OrtReference.assertClose(model, 1e-5, ROWS.rows(0, 3));
    }

    @ParameterizedTest
    @CsvSource({"NONE", "LOGISTIC"})
    void theOnlyScoreOfTwoClassesHasAnOpposite(String transform) {
        OnnxModel model = start().node(
                        "ai.onnx.ml.LinearClassifier",
                        "x",
                        "label, scores",
                        "coefficients",
                        new float[] {1, 2, 3},
                        "intercepts",
                        new float[] {0.5f},
                        "classlabels_ints",
                        new long[] {10, 20},
                        "post_transform",
                        transform)
                .build("label", "scores");
        var results = TestModels.run(model, ROWS.rows(1, 3));
        assertThat(results.get(0).toLongs()).containsExactly(20, 20);
        double score = transform.equals("NONE") ? 0.5 : 1 / (1 + Math.exp(-0.5));
        double opposite = transform.equals("NONE") ? -0.5 : 1 - score;
        assertThat(results.get(1).toFloats()).startsWith((float) opposite, (float) score);
    }

    /** Two trees of three nodes: x0 <= 0.5 ? (x1 > 1 ? l0 : l1) : l2, and x2 in {3, 7} ? l3 : l4. */
    @ParameterizedTest
    @CsvSource({"0", "1", "2", "3"})
    void rowsFallToTheLeavesOfAllTrees(int aggregate) {
        OnnxModel model = TestModels.opset(20)
                .domain("ai.onnx.ml", 5)
                .input("x", OnnxType.FLOAT, -1, 3)
                .node(
                        "ai.onnx.ml.TreeEnsemble",
                        "x",
                        "y",
                        "n_targets",
                        2,
                        "aggregate_function",
                        aggregate,
                        "tree_roots",
                        new long[] {0, 2},
                        "nodes_featureids",
                        new long[] {0, 1, 2},
                        "nodes_modes",
                        OnnxTensor.ofNumbers("", OnnxType.UINT8, new long[] {3}, 0, 3, 6),
                        "nodes_splits",
                        OnnxTensor.ofFloats("", new long[] {3}, 0.5f, 1, 0),
                        "nodes_truenodeids",
                        new long[] {1, 0, 3},
                        "nodes_trueleafs",
                        new long[] {0, 1, 1},
                        "nodes_falsenodeids",
                        new long[] {2, 1, 4},
                        "nodes_falseleafs",
                        new long[] {1, 1, 1},
                        "nodes_missing_value_tracks_true",
                        new long[] {1, 0, 0},
                        "membership_values",
                        OnnxTensor.ofFloats("", new long[] {3}, 3, 7, Float.NaN),
                        "leaf_targetids",
                        new long[] {0, 1, 0, 0, 1},
                        "leaf_weights",
                        OnnxTensor.ofFloats("", new long[] {5}, 1, 20, 300, 4000, 50000))
                .build("y");
        // The rows reach l2 and l3; l1 and l4; l0 and l4; and, as NaN counts as true, l0 and l3.
        float none = aggregate < 2 ? 0 : aggregate == 2 ? Float.MAX_VALUE : -Float.MAX_VALUE;
        float[] expected = {
            together(aggregate, 300, 4000),
            none,
            none,
            together(aggregate, 20, 50000),
            single(aggregate, 1),
            single(aggregate, 50000),
            together(aggregate, 1, 4000),
            none
        };
        assertThat(TestModels.run(model, ROWS).get(0).toFloats()).containsExactly(expected);
    }

    private static float together(int aggregate, float a, float b) {
        return switch (aggregate) {
            case 0 -> (a + b) / 2;
            case 1 -> a + b;
            case 2 -> Math.min(a, b);
            default -> Math.max(a, b);
        };
    }

    private static float single(int aggregate, float a) {
        return aggregate == 0 ? a / 2 : a;
    }

    private static Object[] with(Object[] some, Object... more) {
        Object[] all = Arrays.copyOf(some, some.length + more.length);
        System.arraycopy(more, 0, all, some.length, more.length);
        return all;
    }

    private static OnnxModel encoder(long version, OnnxType type, Object[] keys, Object... more) {
        return TestModels.opset(13)
                .domain("ai.onnx.ml", version)
                .input("x", type, 2, 2)
                .node("ai.onnx.ml.LabelEncoder", "x", "y", with(keys, more))
                .build("y");
    }

    private static OnnxModel model(String op, Object... attributes) {
        return start().node("ai.onnx.ml." + op, "x", "y", attributes).build("y");
    }

    private static TestModels start() {
        return TestModels.opset(13).domain("ai.onnx.ml", 3).input("x", OnnxType.FLOAT, -1, 3);
    }
}
