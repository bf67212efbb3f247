package org.lsuv.tf.onnximport.ops.ml;

import java.util.List;
import java.util.Optional;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.StringOps;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TType;

/** Converts the operators of {@code ai.onnx.ml} that look up labels, or decide by a linear function or by trees. */
final class MlLinearOps {
    private MlLinearOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("LabelEncoder", 1, LabelEncoderConverter::labelEncoder1);
        ops.one("LabelEncoder", 2, LabelEncoderConverter::labelEncoder2);
        ops.one("LinearRegressor", 1, MlLinearOps::linearRegressor);
        ops.many("LinearClassifier", 1, MlLinearOps::linearClassifier);
        ops.one("TreeEnsembleRegressor", 1, TreeEnsembleV1Converter::regressor);
        ops.many("TreeEnsembleClassifier", 1, TreeEnsembleV1Converter::classifier);
        ops.one("TreeEnsemble", 5, TreeEnsembleConverter::treeEnsemble);
    }

    private static Operand<?> linearRegressor(NodeContext node) {
        return PostTransform.of(node)
                .apply(node.tf(), scores(node, node.attributes().intOr("targets", 1)));
    }

    /** Returns the linear function of each row. */
    private static Operand<TFloat32> scores(NodeContext node, long targets) {
        Ops tf = node.tf();
        Operand<TFloat32> x = MlFeatureOps.floats(node);
        Operand<TFloat32> rows = node.rank(0) == 1 ? tf.expandDims(x, tf.constant(0)) : x;
        float[] coefficients = node.attributes()
                .floats("coefficients")
                .orElseThrow(() -> node.malformedAttribute("coefficients", "is missing"));
        Shape shape = rows.shape();
        long features = shape.get(-1) >= 0 ? shape.get(-1) : coefficients.length / Math.max(targets, 1);
        if (shape.numDimensions() != 2 || targets < 1 || features * targets != coefficients.length) {
            throw node.malformedAttribute(
                    "coefficients",
                    "expected " + targets + " rows of as many numbers as an input of shape " + shape
                            + " has features, got " + coefficients.length);
        }
        Operand<TFloat32> weights = tf.reshape(tf.constant(coefficients), tf.constant(new long[] {targets, features}));
        Operand<TFloat32> product = tf.linalg.matMul(rows, weights, MatMul.transposeB(true));
        Optional<float[]> intercepts = node.attributes().floats("intercepts").filter(values -> values.length > 0);
        if (intercepts.isEmpty()) {
            return product;
        }
        if (intercepts.get().length != targets) {
            throw node.malformedAttribute(
                    "intercepts", "expected " + targets + " numbers, got " + intercepts.get().length);
        }
        return tf.math.add(product, tf.constant(intercepts.get()));
    }

    private static List<Operand<?>> linearClassifier(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> labels = labels(node);
        long classes = labels.shape().get(0);
        float[] coefficients = node.attributes().floats("coefficients").orElse(new float[0]);
        long features = node.shape(0).get(-1);
        boolean single = classes == 2 && features == coefficients.length;
        Operand<TFloat32> scores = scores(node, single ? 1 : classes);
        // The first of two classes has the opposite of the only score.
        Operand<TFloat32> all = single ? tf.concat(List.of(tf.math.neg(scores), scores), tf.constant(1)) : scores;
        Operand<TInt64> best = tf.math.argMax(all, tf.constant(1));
        return List.of(
                tf.gather(labels, best, tf.constant(0)), PostTransform.of(node).apply(tf, all));
    }

    private static Operand<TType> labels(NodeContext node) {
        Ops tf = node.tf();
        Optional<List<String>> names =
                node.attributes().strings("classlabels_strings").filter(list -> !list.isEmpty());
        if (names.isPresent()) {
            return NodeContext.cast(StringOps.list(tf, names.get()));
        }
        long[] numbers = node.attributes()
                .ints("classlabels_ints")
                .filter(list -> list.length > 0)
                .orElseThrow(() -> node.malformed("expected classlabels_strings or classlabels_ints"));
        return NodeContext.cast(tf.constant(numbers));
    }
}
