package org.lsuv.tf.onnximport;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsuv.onnx.OnnxModel;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;

/** Two trees: x0 <= 0.5 ? (x1 > 1 ? leaf : leaf) : leaf, and x2 < 0 ? leaf : leaf. */
class TreeEnsembleTest {
    private static final OnnxTensor ROWS =
            OnnxTensor.ofFloats("x", new long[] {4, 3}, 1, -2, 3, 0, 0, 0, 0.5f, 4, -1, Float.NaN, 2, -7);
    private static final Object[] NODES = {
        "nodes_treeids",
        new long[] {0, 0, 0, 0, 0, 1, 1, 1},
        "nodes_nodeids",
        new long[] {0, 1, 2, 3, 4, 0, 1, 2},
        "nodes_featureids",
        new long[] {0, 1, 0, 0, 0, 2, 0, 0},
        "nodes_values",
        new float[] {0.5f, 1, 0, 0, 0, 0, 0, 0},
        "nodes_modes",
        new String[] {"BRANCH_LEQ", "BRANCH_GT", "LEAF", "LEAF", "LEAF", "BRANCH_LT", "LEAF", "LEAF"},
        "nodes_truenodeids",
        new long[] {1, 3, 0, 0, 0, 1, 0, 0},
        "nodes_falsenodeids",
        new long[] {2, 4, 0, 0, 0, 2, 0, 0},
        "nodes_missing_value_tracks_true",
        new long[] {1, 0, 0, 0, 0, 0, 0, 0}
    };

    @ParameterizedTest
    @CsvSource({"SUM, 1, NONE", "AVERAGE, 1, NONE", "MIN, 1, NONE", "MAX, 1, NONE", "SUM, 2, SOFTMAX"})
    void regressorsAgreeWithOnnxRuntime(String aggregate, int targets, String transform) {
        Object[] votes = {
            "target_treeids",
            new long[] {0, 0, 0, 1, 1, 1},
            "target_nodeids",
            new long[] {2, 3, 4, 1, 2, 2},
            "target_ids",
            new long[] {0, targets - 1, 0, targets - 1, 0, targets - 1},
            "target_weights",
            new float[] {1, 0.2f, -0.3f, 0.4f, 0.5f, targets == 1 ? 0 : 0.6f},
            "n_targets",
            targets,
            "aggregate_function",
            aggregate,
            "post_transform",
            transform,
            "base_values",
            targets == 1 ? new float[] {0.1f} : new float[2]
        };
        OrtReference.assertClose(model("TreeEnsembleRegressor", "y", votes), 1e-6, ROWS);
    }

    @ParameterizedTest
    @CsvSource({"NONE", "SOFTMAX", "LOGISTIC"})
    void classifiersAgreeWithOnnxRuntime(String transform) {
        Object[] votes = {
            "class_treeids",
            new long[] {0, 0, 0, 1, 1},
            "class_nodeids",
            new long[] {2, 3, 4, 1, 2},
            "class_ids",
            new long[] {0, 1, 2, 1, 0},
            "class_weights",
            new float[] {1, 0.2f, -0.3f, 0.4f, 0.5f},
            "classlabels_strings",
            new String[] {"a", "b", "c"},
            "post_transform",
            transform
        };
        OrtReference.assertClose(model("TreeEnsembleClassifier", "label, scores", votes), 1e-6, ROWS);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0.3, NONE",
        "0, -0.3, NONE",
        "0, -0.3, LOGISTIC",
        "0, 0.3, LOGISTIC",
        "1, 0.3, NONE",
        "1, -0.3, NONE",
        "1, -0.3, LOGISTIC",
        "1, 0.3, LOGISTIC"
    })
    void votesForOneOfTwoClassesAreAProbabilityOrAScore(long id, float weight, String transform) {
        Object[] votes = {
            "class_treeids",
            new long[] {0, 0, 0, 1, 1},
            "class_nodeids",
            new long[] {2, 3, 4, 1, 2},
            "class_ids",
            new long[] {1, 1, 1, 1, 1},
            "class_weights",
            new float[] {0.6f, 0.2f, weight, 0.4f, 0.05f},
            "classlabels_int64s",
            new long[] {7, 9},
            "post_transform",
            transform
        };
        OrtReference.assertClose(model("TreeEnsembleClassifier", "label, scores", votes), 1e-6, ROWS);
    }

    private static OnnxModel model(String op, String outputs, Object[] votes) {
        Object[] all = Arrays.copyOf(NODES, NODES.length + votes.length);
        System.arraycopy(votes, 0, all, NODES.length, votes.length);
        return TestModels.opset(13)
                .domain("ai.onnx.ml", 3)
                .input("x", OnnxType.FLOAT, -1, 3)
                .node("ai.onnx.ml." + op, "x", outputs, all)
                .build(outputs.split(", "));
    }
}
