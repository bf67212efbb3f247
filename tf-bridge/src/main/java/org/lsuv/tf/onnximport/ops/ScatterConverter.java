package org.lsuv.tf.onnximport.ops;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.ReduceSum;
import org.tensorflow.op.math.Cumprod;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts ScatterElements and ScatterND, with the reductions of versions 16 and 18. */
final class ScatterConverter {
    private ScatterConverter() {}

    static Operand<?> scatterElements(NodeContext node) {
        int rank = node.rank(0);
        int axis = Axes.attribute(node, 0, 0);
        if (node.rank(1) != rank || node.rank(2) != rank) {
            throw node.malformed("expected data, indices and updates of one rank, got " + rank + ", " + node.rank(1)
                    + " and " + node.rank(2));
        }
        return scatter(node, Indices.ofElements(node, axis), node.input(2), rank);
    }

    static Operand<?> scatterNd(NodeContext node) {
        int indexRank = node.rank(1);
        long length = indexRank == 0 ? -1 : node.shape(1).get(indexRank - 1);
        if (length < 1 || length > node.rank(0)) {
            throw node.malformed(
                    "expected indices whose last size is 1 to " + node.rank(0) + ", got shape " + node.shape(1));
        }
        Operand<TInt64> indices = Indices.ofSlices(node, 0);
        if (indexRank > 1) {
            return scatter(node, indices, node.input(2), (int) length);
        }
        // One slice alone: TensorFlow would take a list for several indices of one coordinate.
        Ops tf = node.tf();
        Operand<TInt32> first = tf.constant(0);
        return scatter(node, tf.expandDims(indices, first), tf.expandDims(node.<TType>input(2), first), (int) length);
    }

    private static Operand<?> scatter(NodeContext node, Operand<TInt64> indices, Operand<TType> updates, int length) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        String reduction = node.attributes().stringOr("reduction", "none");
        return switch (reduction) {
            case "none" -> tf.tensorScatterNdUpdate(x, indices, updates);
            case "add" -> tf.tensorScatterNdAdd(x, indices, updates);
            case "max" -> tf.tensorScatterNdMax(x, indices, updates);
            case "min" -> tf.tensorScatterNdMin(x, indices, updates);
            case "mul" -> multiply(node, indices, NodeContext.cast(updates), length);
            default ->
                throw node.malformedAttribute("reduction", "expected none, add, mul, max or min, got " + reduction);
        };
    }

    /** TensorFlow has no such scatter: the factors of each place are multiplied first. */
    private static Operand<?> multiply(
            NodeContext node, Operand<TInt64> indices, Operand<TNumber> updates, int length) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        Operand<TInt64> places = Dims.product(tf, x, 0, length);
        Operand<TInt64> rest = Dims.product(tf, x, length, node.rank(0));
        Operand<TInt64> sizes = tf.slice(Dims.of(tf, x), tf.constant(new long[] {0}), tf.constant(new long[] {length}));
        Operand<TInt64> strides =
                tf.math.cumprod(sizes, tf.constant(0), Cumprod.exclusive(true), Cumprod.reverse(true));
        Operand<TInt64> place = tf.reduceSum(tf.math.mul(indices, strides), tf.constant(-1), ReduceSum.keepDims(false));
        Operand<TNumber> rows = tf.reshape(updates, tf.stack(List.of(tf.constant(-1L), rest)));
        Operand<TNumber> factors =
                tf.math.unsortedSegmentProd(rows, tf.reshape(place, tf.constant(new long[] {-1})), places);
        return tf.math.mul(x, tf.reshape(factors, Dims.of(tf, x)));
    }
}
