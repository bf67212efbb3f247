package org.lsuv.tf.onnximport.ops.ml;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.StringOps;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts the operators of {@code ai.onnx.ml} that prepare features. The last axis holds the features. */
final class MlFeatureOps {
    private MlFeatureOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("ArrayFeatureExtractor", 1, MlFeatureOps::arrayFeatureExtractor);
        ops.one("Binarizer", 1, MlFeatureOps::binarizer);
        ops.one("FeatureVectorizer", 1, MlFeatureOps::featureVectorizer);
        ops.one("Imputer", 1, MlFeatureOps::imputer);
        ops.one("Normalizer", 1, MlFeatureOps::normalizer);
        ops.one("OneHotEncoder", 1, MlFeatureOps::oneHotEncoder);
        ops.one("Scaler", 1, MlFeatureOps::scaler);
    }

    /** Returns an input as float32. */
    static Operand<TFloat32> floats(NodeContext node) {
        return node.tf().dtypes.cast(node.input(0), TFloat32.class);
    }

    /** What is taken of a single row becomes a matrix of one row. */
    private static Operand<?> arrayFeatureExtractor(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        Operand<TInt64> indices = tf.reshape(node.<TInt64>input(1), tf.constant(new long[] {-1}));
        int rank = node.rank(0);
        if (rank == 0) {
            throw node.malformed("expected an input with at least 1 axis");
        }
        Operand<TType> taken = tf.gather(x, indices, tf.constant(rank - 1));
        return rank == 1 ? tf.expandDims(taken, tf.constant(0)) : taken;
    }

    private static Operand<?> binarizer(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        Operand<TFloat32> threshold = tf.constant(node.attributes().floatOr("threshold", 0));
        Operand<TBool> above = ElementTypes.isFloating(x)
                ? tf.math.greater(x, NodeContext.cast(tf.dtypes.cast(threshold, x.type())))
                : tf.math.greater(tf.dtypes.cast(x, TFloat32.class), threshold);
        return tf.dtypes.cast(above, x.type());
    }

    private static Operand<?> featureVectorizer(NodeContext node) {
        Ops tf = node.tf();
        List<Operand<TFloat32>> parts = new ArrayList<>();
        for (int i = 0; i < node.inputCount(); i++) {
            Operand<TFloat32> part = tf.dtypes.cast(node.input(i), TFloat32.class);
            parts.add(node.rank(i) == 1 ? tf.expandDims(part, tf.constant(0)) : part);
        }
        return tf.concat(parts, tf.constant(1));
    }

    private static Operand<?> imputer(NodeContext node) {
        Ops tf = node.tf();
        if (ElementTypes.isFloating(node.input(0))) {
            Operand<TNumber> x = node.input(0);
            float replaced = node.attributes().floatOr("replaced_value_float", 0);
            float[] values = node.attributes().floats("imputed_value_floats").orElse(new float[0]);
            Operand<TBool> missing =
                    Float.isNaN(replaced) ? tf.math.isNan(x) : tf.math.equal(x, ElementTypes.scalar(tf, x, replaced));
            checkLength(node, "imputed_value_floats", values.length);
            return tf.select(missing, ElementTypes.as(tf, NodeContext.cast(tf.constant(values)), x.type()), x);
        }
        Operand<TInt64> x = tf.dtypes.cast(node.input(0), TInt64.class);
        long[] values = node.attributes().ints("imputed_value_int64s").orElse(new long[0]);
        checkLength(node, "imputed_value_int64s", values.length);
        Operand<TBool> missing = tf.math.equal(x, tf.constant(node.attributes().intOr("replaced_value_int64", 0)));
        return tf.dtypes.cast(
                tf.select(missing, tf.constant(values), x), node.input(0).type());
    }

    /** A list has one value for all features, or one for each. */
    private static void checkLength(NodeContext node, String attribute, int length) {
        long features = node.rank(0) == 0 ? 1 : node.shape(0).get(-1);
        if (length != 1 && (length == 0 || (features >= 0 && length != features))) {
            throw node.malformedAttribute(
                    attribute, "expected 1 value or one for each of " + features + " features, got " + length);
        }
    }

    private static Operand<?> normalizer(NodeContext node) {
        Ops tf = node.tf();
        Operand<TFloat32> x = floats(node);
        Operand<TInt64> last = tf.constant(new long[] {-1});
        String norm = node.attributes().stringOr("norm", "MAX");
        Operand<TFloat32> divisor = switch (norm) {
            case "MAX" -> tf.max(x, last, Max.keepDims(true));
            case "L1" -> tf.sum(tf.math.abs(x), last, Sum.keepDims(true));
            case "L2" -> tf.math.sqrt(tf.sum(tf.math.square(x), last, Sum.keepDims(true)));
            default -> throw node.malformedAttribute("norm", "expected MAX, L1 or L2, got " + norm);
        };
        Operand<TBool> zero = tf.math.equal(divisor, tf.constant(0f));
        return tf.math.div(x, tf.select(zero, tf.constant(1f), divisor));
    }

    private static Operand<?> scaler(NodeContext node) {
        Ops tf = node.tf();
        float[] offset = node.attributes().floats("offset").orElse(new float[] {0});
        float[] scale = node.attributes().floats("scale").orElse(new float[] {1});
        checkLength(node, "offset", offset.length);
        checkLength(node, "scale", scale.length);
        return tf.math.mul(tf.math.sub(floats(node), tf.constant(offset)), tf.constant(scale));
    }

    /** An element of no category gets zeros alone, also where {@code zeros} is 0 and ONNX demands to fail. */
    private static Operand<?> oneHotEncoder(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        Operand<TBool> equal;
        if (x.type().equals(TString.class)) {
            Operand<TString> categories =
                    StringOps.list(tf, node.attributes().strings("cats_strings").orElse(List.of()));
            equal = tf.math.equal(tf.expandDims(NodeContext.<TString>cast(x), tf.constant(-1)), categories);
        } else {
            long[] categories = node.attributes().requireInts("cats_int64s");
            Operand<TInt64> numbers = tf.dtypes.cast(x, TInt64.class);
            equal = tf.math.equal(tf.expandDims(numbers, tf.constant(-1)), tf.constant(categories));
        }
        return tf.dtypes.cast(equal, TFloat32.class);
    }
}
