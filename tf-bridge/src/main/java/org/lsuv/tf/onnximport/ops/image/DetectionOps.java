package org.lsuv.tf.onnximport.ops.image;

import java.util.Arrays;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Dims;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Converts what chooses boxes of an image, and what reads the image in boxes. */
public final class DetectionOps {
    private DetectionOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.one("NonMaxSuppression", 10, NonMaxSuppressionConverter::nonMaxSuppression);
        ops.one("RoiAlign", 10, node -> RoiAlignConverter.roiAlign(node, 0));
        ops.one("RoiAlign", 16, RoiAlignConverter::roiAlign16);
        ops.one("MaxRoiPool", 1, DetectionOps::maxRoiPool);
    }

    /** Cuts each box, rounded to pixels, into overlapping cells, and takes the maxima in these. */
    private static <T extends TNumber> Operand<T> maxRoiPool(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        long columns = node.rank(1) == 2 ? node.shape(1).get(1) : 0;
        if (node.rank(0) != 4 || (columns >= 0 && columns != 5)) {
            throw node.malformed("expected images of rank 4 and boxes of 5 numbers, got the shapes " + node.shape(0)
                    + " and " + node.shape(1));
        }
        long[] pooled = node.attributes().requireInts("pooled_shape");
        if (pooled.length != 2 || pooled[0] < 1 || pooled[1] < 1) {
            throw node.malformedAttribute("pooled_shape", "expected two sizes from 1, got " + Arrays.toString(pooled));
        }
        double scale = node.attributes().floatOr("spatial_scale", 1);
        Shape result = Shape.of(pooled[1], pooled[0], x.shape().get(1));
        Operand<T> maxima = NodeContext.cast(EachItem.map(
                        tf,
                        List.of(node.<T>input(1)),
                        List.of(x),
                        List.of(result),
                        (inner, item, shared) -> List.of(cellMaxima(
                                inner,
                                NodeContext.<T>cast(item.get(0)),
                                NodeContext.<T>cast(shared.get(0)),
                                pooled,
                                scale)))
                .get(0));
        return tf.linalg.transpose(maxima, tf.constant(new int[] {0, 3, 2, 1}));
    }

    /** Returns the maxima in one box, columns × rows × channels. */
    private static <T extends TNumber> Operand<T> cellMaxima(
            Ops tf, Operand<T> box, Operand<T> images, long[] pooled, double scale) {
        Operand<T> image = tf.gather(images, tf.dtypes.cast(Dims.element(tf, box, 0), TInt64.class), tf.constant(0));
        Operand<TBool> inRows = cells(tf, box, 2, Dims.size(tf, image, 1), pooled[0], scale);
        Operand<TBool> inColumns = cells(tf, box, 1, Dims.size(tf, image, 2), pooled[1], scale);
        Operand<T> lowest = tf.constant(images.type(), Double.NEGATIVE_INFINITY);
        Operand<T> byRow = tf.max(
                tf.select(
                        tf.expandDims(tf.expandDims(inRows, tf.constant(1)), tf.constant(3)),
                        tf.expandDims(image, tf.constant(0)),
                        lowest),
                tf.constant(2),
                Max.keepDims(false));
        Operand<T> byCell = tf.max(
                tf.select(
                        tf.expandDims(tf.expandDims(inColumns, tf.constant(1)), tf.constant(1)),
                        tf.expandDims(byRow, tf.constant(0)),
                        lowest),
                tf.constant(3),
                Max.keepDims(false));
        // A cell that lies outside of the image has nothing to be the maximum of.
        return tf.select(tf.math.equal(byCell, lowest), tf.zerosLike(byCell), byCell);
    }

    /** Tells which pixels of an axis lie in which cell of a box. */
    private static <T extends TNumber> Operand<TBool> cells(
            Ops tf, Operand<T> box, int first, Operand<TInt64> size, long count, double scale) {
        Class<T> type = box.type();
        Operand<T> one = tf.constant(type, 1);
        Operand<T> start = rounded(tf, tf.math.mul(Dims.element(tf, box, first), tf.constant(type, scale)));
        Operand<T> end = rounded(tf, tf.math.mul(Dims.element(tf, box, first + 2), tf.constant(type, scale)));
        Operand<T> length = tf.math.maximum(tf.math.add(tf.math.sub(end, start), one), one);
        Operand<T> cell = tf.math.div(length, tf.constant(type, count));
        Operand<T> number = tf.dtypes.cast(
                tf.expandDims(tf.range(tf.constant(0L), tf.constant(count), tf.constant(1L)), tf.constant(1)), type);
        Operand<T> pixel = tf.dtypes.cast(tf.range(tf.constant(0L), size, tf.constant(1L)), type);
        Operand<T> from = tf.math.add(start, tf.math.floor(tf.math.mul(number, cell)));
        Operand<T> to = tf.math.add(start, tf.math.ceil(tf.math.mul(tf.math.add(number, one), cell)));
        return tf.math.logicalAnd(tf.math.greaterEqual(pixel, from), tf.math.less(pixel, to));
    }

    /** Rounds halves away from zero. */
    private static <T extends TNumber> Operand<T> rounded(Ops tf, Operand<T> x) {
        Operand<T> half = tf.constant(x.type(), 0.5);
        return tf.math.mul(tf.math.sign(x), tf.math.floor(tf.math.add(tf.math.abs(x), half)));
    }
}
