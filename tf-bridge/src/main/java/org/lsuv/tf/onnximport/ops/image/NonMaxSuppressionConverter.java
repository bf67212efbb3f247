package org.lsuv.tf.onnximport.ops.image;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Dims;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.image.NonMaxSuppression;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * Converts NonMaxSuppression. For one image and class TensorFlow chooses as ONNX does: the best score
 * first, of equal ones the first; a box goes if it overlaps a chosen one by more than the threshold.
 */
final class NonMaxSuppressionConverter {
    private NonMaxSuppressionConverter() {}

    static Operand<TInt64> nonMaxSuppression(NodeContext node) {
        Ops tf = node.tf();
        check(node);
        Operand<TFloat32> boxes = node.input(0);
        Operand<TFloat32> scores = node.input(1);
        if (node.attributes().flag("center_point_box")) {
            boxes = corners(tf, boxes);
        }
        Operand<TInt64> classes = Dims.size(tf, scores, 1);
        Operand<TInt64> number = Dims.size(tf, scores, 2);
        Operand<TInt64> asked = node.has(2) ? scalar(tf, node.<TInt64>input(2)) : tf.constant(0L);
        Operand<TInt64> most = tf.math.minimum(tf.math.maximum(asked, tf.constant(0L)), number);
        Operand<TInt64> all = Dims.product(tf, scores, 0, 2);
        Operand<TInt64> pairs = tf.range(tf.constant(0L), all, tf.constant(1L));
        List<Operand<?>> chosen = EachItem.map(
                tf,
                List.of(tf.math.floorDiv(pairs, classes), tf.reshape(scores, tf.stack(List.of(all, number)))),
                List.of(
                        withOneMore(tf, boxes),
                        tf.dtypes.cast(most, TInt32.class),
                        threshold(node, 3, 0),
                        threshold(node, 4, Float.NEGATIVE_INFINITY)),
                List.of(Shape.of(Shape.UNKNOWN_SIZE), Shape.scalar()),
                NonMaxSuppressionConverter::ofOneClass);
        Operand<TInt64> indices = tf.dtypes.cast(NodeContext.<TNumber>cast(chosen.get(0)), TInt64.class);
        Operand<TInt64> counts = tf.dtypes.cast(NodeContext.<TNumber>cast(chosen.get(1)), TInt64.class);
        Operand<TInt64> places = tf.range(tf.constant(0L), most, tf.constant(1L));
        Operand<TBool> valid = tf.math.less(places, tf.expandDims(counts, tf.constant(1)));
        // Places are listed pair by pair, and in a pair in the order of the choice.
        Operand<TInt64> where = tf.where(valid);
        Operand<TInt64> pair = tf.gather(where, tf.constant(0), tf.constant(1));
        return tf.stack(
                List.of(tf.math.floorDiv(pair, classes), tf.math.floorMod(pair, classes), tf.gatherNd(indices, where)),
                Stack.axis(1L));
    }

    private static List<Operand<?>> ofOneClass(Ops tf, List<Operand<?>> item, List<Operand<?>> shared) {
        Operand<TFloat32> boxes = NodeContext.cast(shared.get(0));
        Operand<TInt64> image = NodeContext.cast(item.get(0));
        NonMaxSuppression<TFloat32> chosen = tf.image.nonMaxSuppression(
                tf.gather(boxes, image, tf.constant(0)),
                NodeContext.cast(item.get(1)),
                NodeContext.cast(shared.get(1)),
                NodeContext.cast(shared.get(2)),
                NodeContext.cast(shared.get(3)),
                tf.constant(0f),
                NonMaxSuppression.padToMaxOutputSize(true));
        return List.of(chosen.selectedIndices(), chosen.validOutputs());
    }

    private static void check(NodeContext node) {
        long corners = node.rank(0) == 3 ? node.shape(0).get(2) : 0;
        if ((corners >= 0 && corners != 4) || node.rank(1) != 3) {
            throw node.malformed("expected boxes (images × boxes × 4) and scores (images × classes × boxes), got the"
                    + " shapes " + node.shape(0) + " and " + node.shape(1));
        }
        if (differ(node.shape(0).get(0), node.shape(1).get(0))
                || differ(node.shape(0).get(1), node.shape(1).get(2))) {
            throw node.malformed("boxes and scores differ in the number of images or boxes: shapes " + node.shape(0)
                    + " and " + node.shape(1));
        }
        float overlap = node.constant(3)
                .filter(known -> known.elementCount() == 1)
                .map(known -> known.toFloats()[0])
                .orElse(0f);
        if (!(overlap >= 0 && overlap <= 1)) {
            throw node.malformed("expected an iou_threshold from 0 to 1, got " + overlap);
        }
    }

    private static boolean differ(long a, long b) {
        return a >= 0 && b >= 0 && a != b;
    }

    /** Returns boxes given by centre, width and height as two corners, y before x. */
    private static Operand<TFloat32> corners(Ops tf, Operand<TFloat32> boxes) {
        Operand<TFloat32> two = tf.constant(2f);
        Operand<TFloat32> x = tf.gather(boxes, tf.constant(0), tf.constant(2));
        Operand<TFloat32> y = tf.gather(boxes, tf.constant(1), tf.constant(2));
        Operand<TFloat32> halfWidth = tf.math.div(tf.gather(boxes, tf.constant(2), tf.constant(2)), two);
        Operand<TFloat32> halfHeight = tf.math.div(tf.gather(boxes, tf.constant(3), tf.constant(2)), two);
        return tf.stack(
                List.of(
                        tf.math.sub(y, halfHeight),
                        tf.math.sub(x, halfWidth),
                        tf.math.add(y, halfHeight),
                        tf.math.add(x, halfWidth)),
                Stack.axis(2L));
    }

    /** Adds the boxes of one more image, for the item that {@link EachItem} may add. */
    private static Operand<TFloat32> withOneMore(Ops tf, Operand<TFloat32> boxes) {
        return boxes.shape().get(0) > 0
                ? boxes
                : tf.pad(boxes, tf.constant(new int[][] {{0, 1}, {0, 0}, {0, 0}}), tf.constant(0f));
    }

    private static Operand<TFloat32> threshold(NodeContext node, int input, float left) {
        return node.has(input)
                ? scalar(node.tf(), node.<TFloat32>input(input))
                : node.tf().constant(left);
    }

    private static <T extends TNumber> Operand<T> scalar(Ops tf, Operand<T> value) {
        return tf.reshape(value, tf.constant(new long[0]));
    }
}
