package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Axes;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.IndexingOps;
import org.lsuv.tf.onnximport.ops.PadConverter;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.UniqueWithCounts;
import org.tensorflow.op.image.CropAndResize;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts what is neither a layer nor a normalisation. */
final class TensorOps {
    private TensorOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("BiasAdd", 1, node -> node.tf().math.add(sum(node, 0, 1), node.<TNumber>input(2)));
        ops.many("BiasDropout", 1, TensorOps::biasDropout);
        ops.one("BiasSoftmax", 1, TensorOps::biasSoftmax);
        ops.one("Trilu", 1, IndexingOps::trilu);
        ops.one("GatherND", 1, IndexingOps::gatherNd);
        ops.one("Pad", 1, PadConverter::pad11);
        ops.one("Inverse", 1, TensorOps::inverse);
        ops.many("Unique", 1, TensorOps::unique);
        ops.one("ExpandDims", 1, TensorOps::expandDims);
        ops.one("TorchEmbedding", 1, TensorOps::torchEmbedding);
        ops.one("CropAndResize", 1, TensorOps::cropAndResize);
    }

    private static Operand<TNumber> sum(NodeContext node, int left, int right) {
        return node.tf().math.add(node.<TNumber>input(left), node.<TNumber>input(right));
    }

    /** Drops nothing, like Dropout. */
    private static List<Operand<?>> biasDropout(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> sum = sum(node, 0, 1);
        Operand<TNumber> y = node.has(2) ? tf.math.add(sum, node.<TNumber>input(2)) : sum;
        return List.of(y, tf.fill(tf.shape(sum), tf.constant(true)));
    }

    /** Takes all axes from {@code axis} on for one row. */
    private static Operand<?> biasSoftmax(NodeContext node) {
        Ops tf = node.tf();
        int axis = Axes.attribute(node, 0, 1);
        int rank = node.rank(0);
        Operand<TNumber> sum = sum(node, 0, 1);
        Size row = Size.of(tf, 1);
        for (int i = axis; i < rank; i++) {
            row = row.times(Size.of(tf, sum, i));
        }
        Operand<TNumber> rows = tf.reshape(sum, tf.stack(List.of(tf.constant(-1), row.operand())));
        return tf.ensureShape(tf.reshape(tf.nn.softmax(rows), tf.shape(sum)), sum.shape());
    }

    private static Operand<?> inverse(NodeContext node) {
        int rank = node.rank(0);
        if (rank < 2 || node.shape(0).get(rank - 1) != node.shape(0).get(rank - 2)) {
            throw node.malformed("expected square matrices, got the shape " + node.shape(0));
        }
        return node.tf().linalg.inv(node.<TNumber>input(0));
    }

    private static List<Operand<?>> unique(NodeContext node) {
        Ops tf = node.tf();
        UniqueWithCounts<TType, TInt64> found =
                tf.uniqueWithCounts(node.<TType>input(0), tf.constant(new long[] {0}), TInt64.class);
        return List.of(found.y(), found.idx(), found.count());
    }

    private static Operand<?> expandDims(NodeContext node) {
        long[] axis = node.constantLongs(1);
        if (axis.length != 1) {
            throw node.malformed("expected one axis, got " + axis.length);
        }
        int position = Axes.position(node, axis[0], node.rank(0) + 1);
        return node.tf().expandDims(node.<TType>input(0), node.tf().constant(position));
    }

    private static Operand<?> torchEmbedding(NodeContext node) {
        return node.tf()
                .gather(node.<TType>input(0), node.<TInt64>input(1), node.tf().constant(0));
    }

    private static Operand<?> cropAndResize(NodeContext node) {
        Ops tf = node.tf();
        String mode = node.attributes().stringOr("mode", "bilinear");
        if (!mode.equals("bilinear") && !mode.equals("nearest")) {
            throw node.malformedAttribute("mode", "expected bilinear or nearest, got " + mode);
        }
        if (node.rank(0) != 4 || node.rank(1) != 2 || node.shape(1).get(1) != 4) {
            throw node.malformed("expected images with 4 axes and boxes of 4 numbers, got the shapes " + node.shape(0)
                    + " and " + node.shape(1));
        }
        Operand<TFloat32> pieces = tf.image.cropAndResize(
                Channels.toLast(tf, node.<TNumber>input(0)),
                node.<TFloat32>input(1),
                node.<TInt32>input(2),
                node.<TInt32>input(3),
                CropAndResize.method(mode),
                CropAndResize.extrapolationValue(node.attributes().floatOr("extrapolation_value", 0)));
        return Channels.toFirst(tf, pieces);
    }
}
