package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.OneHot;
import org.tensorflow.op.core.ReverseSequence;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts choices of elements, by place or by value. */
public final class IndexingOps {
    private IndexingOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Slice", 1, SliceConverter::slice1);
        ops.one("Slice", 10, SliceConverter::slice10);
        ops.one("Gather", 1, IndexingOps::gather);
        ops.one("GatherElements", 11, IndexingOps::gatherElements);
        ops.one("GatherND", 11, IndexingOps::gatherNd);
        ops.one("Scatter", 9, ScatterConverter::scatterElements);
        ops.one("ScatterElements", 11, ScatterConverter::scatterElements);
        ops.one("ScatterND", 11, ScatterConverter::scatterNd);
        ops.one("Where", 9, IndexingOps::where);
        ops.many("TopK", 1, TopConverter::topK1);
        ops.many("TopK", 10, TopConverter::topK10);
        ops.many("TopK", 11, TopConverter::topK11);
        ops.one("NonZero", 9, IndexingOps::nonZero);
        ops.one("OneHot", 9, IndexingOps::oneHot);
        ops.one("Trilu", 14, IndexingOps::trilu);
        ops.one("Compress", 9, IndexingOps::compress);
        ops.one("ReverseSequence", 10, IndexingOps::reverseSequence);
        ops.many("Unique", 11, UniqueConverter::unique);
    }

    private static Operand<?> gather(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        int axis = Axes.attribute(node, 0, 0);
        long size = x.shape().get(axis);
        Optional<long[]> constant = node.constant(1).map(tensor -> tensor.toLongs());
        if (constant.isPresent()) {
            long[] indices = constant.get();
            if (size >= 0 && LongStream.of(indices).anyMatch(index -> index < -size || index >= size)) {
                throw node.malformed("indices " + Arrays.toString(indices) + " do not all lie in [" + -size + ", "
                        + (size - 1) + "]");
            }
            if (LongStream.of(indices).allMatch(index -> index >= 0)) {
                return tf.gather(x, node.<TNumber>input(1), tf.constant(axis));
            }
        }
        return tf.gather(x, Indices.fromFront(node, 1, Dims.size(tf, x, axis)), tf.constant(axis));
    }

    private static Operand<?> gatherElements(NodeContext node) {
        int axis = Axes.attribute(node, 0, 0);
        if (node.rank(1) != node.rank(0)) {
            throw node.malformed("expected indices of the data's rank " + node.rank(0) + ", got rank " + node.rank(1));
        }
        return node.tf().gatherNd(node.<TType>input(0), Indices.ofElements(node, axis));
    }

    /** Returns the slices at given places. */
    public static Operand<?> gatherNd(NodeContext node) {
        int batchAxes = (int) node.attributes().intOr("batch_dims", 0);
        int rank = node.rank(0);
        int indexRank = node.rank(1);
        if (batchAxes < 0 || batchAxes >= Math.min(rank, indexRank)) {
            throw node.malformedAttribute(
                    "batch_dims", "expected less than the ranks " + rank + " and " + indexRank + ", got " + batchAxes);
        }
        long length = node.shape(1).get(indexRank - 1);
        if (length < 1 || length > rank - batchAxes) {
            throw node.malformed(
                    "expected indices whose last size is 1 to " + (rank - batchAxes) + ", got shape " + node.shape(1));
        }
        return node.tf().gatherNd(node.<TType>input(0), Indices.ofSlices(node, batchAxes));
    }

    private static Operand<?> where(NodeContext node) {
        return node.tf().select(node.input(0), node.<TType>input(1), node.<TType>input(2));
    }

    private static Operand<?> nonZero(NodeContext node) {
        return node.tf()
                .linalg
                .transpose(node.tf().where(node.input(0)), node.tf().constant(new int[] {1, 0}));
    }

    private static Operand<?> oneHot(NodeContext node) {
        Ops tf = node.tf();
        int rank = node.rank(0);
        int axis = Axes.position(node, node.attributes().intOr("axis", -1), rank + 1);
        Operand<TInt64> depth =
                tf.reshape(tf.dtypes.cast(node.<TNumber>input(1), TInt64.class), tf.constant(new long[0]));
        Operand<TType> values = node.input(2);
        return tf.oneHot(
                Indices.fromFront(node, 0, depth),
                tf.dtypes.cast(depth, TInt32.class),
                Dims.element(tf, values, 1),
                Dims.element(tf, values, 0),
                OneHot.axis((long) axis));
    }

    /** Returns one triangle of matrices. */
    public static Operand<?> trilu(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        int rank = node.rank(0);
        if (rank < 2) {
            throw node.malformed("expected matrices, got rank " + rank);
        }
        Operand<TInt64> diagonal =
                node.has(1) ? tf.reshape(node.<TInt64>input(1), tf.constant(new long[0])) : tf.constant(0L);
        Operand<TInt64> zero = tf.constant(0L);
        Operand<TInt64> one = tf.constant(1L);
        Operand<TInt64> rows = tf.expandDims(tf.range(zero, Dims.size(tf, x, rank - 2), one), tf.constant(1));
        Operand<TInt64> columns = tf.range(zero, Dims.size(tf, x, rank - 1), one);
        Operand<TInt64> above = tf.math.sub(columns, rows);
        Operand<TBool> kept = node.attributes().intOr("upper", 1) != 0
                ? tf.math.greaterEqual(above, diagonal)
                : tf.math.lessEqual(above, diagonal);
        return tf.select(kept, x, tf.zerosLike(x));
    }

    private static Operand<?> compress(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> x = node.input(0);
        // The condition may be shorter than the axis: what it does not reach is left out.
        Operand<TInt64> chosen = tf.reshape(tf.where(node.input(1)), tf.constant(new long[] {-1}));
        if (!node.attributes().has("axis")) {
            return tf.gather(tf.reshape(x, tf.constant(new long[] {-1})), chosen, tf.constant(0));
        }
        int axis = Axes.attribute(node, 0, 0);
        return tf.gather(x, chosen, tf.constant(axis));
    }

    private static Operand<?> reverseSequence(NodeContext node) {
        int rank = node.rank(0);
        int batchAxis = Axes.position(node, node.attributes().intOr("batch_axis", 1), rank);
        int timeAxis = Axes.position(node, node.attributes().intOr("time_axis", 0), rank);
        if (batchAxis == timeAxis) {
            throw node.malformed("batch and time are one axis, " + timeAxis);
        }
        return node.tf()
                .reverseSequence(
                        node.<TType>input(0), node.<TNumber>input(1), (long) timeAxis, ReverseSequence.batchDim((long)
                                batchAxis));
    }
}
