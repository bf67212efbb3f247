package org.lsuv.tf.onnximport.ops.microsoft;

import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Size;
import org.lsuv.tf.onnximport.ops.attention.AttentionMask;
import org.lsuv.tf.onnximport.ops.attention.AttentionOps;
import org.lsuv.tf.onnximport.ops.attention.Heads;
import org.lsuv.tf.onnximport.ops.attention.LinearAttentionConverter;
import org.lsuv.tf.onnximport.ops.attention.RotaryConverter;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/** Converts attention in the forms that stand for whole subgraphs. */
final class FusedAttentionOps {
    private FusedAttentionOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.many("Attention", 1, PackedAttentionConverter::attention);
        ops.many("MultiHeadAttention", 1, MultiHeadAttentionConverter::multiHeadAttention);
        ops.many("GroupQueryAttention", 1, GroupQueryAttentionConverter::groupQueryAttention);
        ops.one("RotaryEmbedding", 1, FusedAttentionOps::rotaryEmbedding);
        ops.many("LinearAttention", 1, LinearAttentionConverter::linearAttention);
        ops.many("CausalConvWithState", 1, AttentionOps::causalConvWithState);
    }

    private static Operand<?> rotaryEmbedding(NodeContext node) {
        Ops tf = node.tf();
        if (node.attributes().flag("is_packed_batching") || node.attributes().floatOr("scale", 1) != 1) {
            throw node.unsupported("packed batches and scales other than 1");
        }
        Operand<TNumber> x = node.input(0);
        boolean spread = node.rank(0) == 4;
        if (!spread && node.rank(0) != 3) {
            throw node.malformed("expected an input with 3 or 4 axes, got " + node.rank(0));
        }
        requireMatrices(node, 2, 3);
        Operand<TInt32> positions = positions(node, Size.of(tf, x, spread ? 2 : 1));
        boolean interleaved = node.attributes().flag("interleaved");
        if (spread) {
            return turned(node, x, positions, 2, 3, interleaved);
        }
        Operand<TNumber> heads = Heads.split(node, x, heads(node, x));
        return Heads.merge(tf, turned(node, heads, positions, 2, 3, interleaved));
    }

    private static void requireMatrices(NodeContext node, int cos, int sin) {
        if (node.rank(cos) != 2 || node.rank(sin) != 2) {
            throw node.malformed(
                    "expected caches with 2 axes, got the shapes " + node.shape(cos) + " and " + node.shape(sin));
        }
    }

    /** Returns the number of heads, which follows from the caches where all of a head is turned. */
    private static long heads(NodeContext node, Operand<TNumber> x) {
        long given = node.attributes().intOr("num_heads", 0);
        long size = 2 * node.shape(2).get(1);
        long hidden = x.shape().get(2);
        if (given == 0 && (size < 1 || hidden < 0 || hidden % size != 0)) {
            throw node.malformed("heads of the size " + size + " do not fit the hidden size " + hidden);
        }
        return given == 0 ? hidden / size : given;
    }

    /** Returns the positions of all elements: given for each, or for the first alone. */
    private static Operand<TInt32> positions(NodeContext node, Size length) {
        Ops tf = node.tf();
        Operand<TInt32> given = tf.dtypes.cast(node.<TNumber>input(1), TInt32.class);
        if (node.rank(1) == 2) {
            return given;
        }
        Operand<TInt32> first = tf.reshape(given, tf.constant(new int[] {1, 1}));
        return tf.math.add(tf.expandDims(AttentionMask.keys(tf, length), tf.constant(0)), first);
    }

    /**
     * Returns heads turned by the angles of their positions.
     *
     * @param x batch × heads × sequence × size
     * @param positions batch × sequence, the first of which may be 1
     * @param cos the input that holds the cosines by position
     */
    static Operand<TNumber> turned(
            NodeContext node, Operand<TNumber> x, Operand<TInt32> positions, int cos, int sin, boolean interleaved) {
        Ops tf = node.tf();
        requireMatrices(node, cos, sin);
        Operand<TInt32> rows = tf.constant(0);
        Operand<TInt32> heads = tf.constant(1);
        return RotaryConverter.turned(
                node,
                x,
                tf.expandDims(tf.gather(node.<TNumber>input(cos), positions, rows), heads),
                tf.expandDims(tf.gather(node.<TNumber>input(sin), positions, rows), heads),
                interleaved);
    }
}
