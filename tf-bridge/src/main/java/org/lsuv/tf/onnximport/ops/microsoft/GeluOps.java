package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TNumber;

/** Converts the Gelu functions, most of which add a bias first. */
final class GeluOps {
    private GeluOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Gelu", 1, node -> Gelu.exact(node.tf(), node.input(0)));
        ops.one("BiasGelu", 1, node -> Gelu.exact(node.tf(), biased(node)));
        ops.one("FastGelu", 1, node -> Gelu.byTanh(node.tf(), biased(node)));
        ops.one("QuickGelu", 1, GeluOps::quickGelu);
        ops.one("BiasSplitGelu", 1, GeluOps::biasSplitGelu);
    }

    private static Operand<TNumber> biased(NodeContext node) {
        Operand<TNumber> x = node.input(0);
        return node.has(1) ? node.tf().math.add(x, node.<TNumber>input(1)) : x;
    }

    private static Operand<?> quickGelu(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        Operand<TNumber> alpha = ElementTypes.scalar(tf, x, node.attributes().floatOr("alpha", 1.702f));
        return tf.math.mul(x, tf.math.sigmoid(tf.math.mul(x, alpha)));
    }

    /** Multiplies the first half of the last axis with the Gelu of the second. */
    private static Operand<?> biasSplitGelu(NodeContext node) {
        Ops tf = node.tf();
        int last = node.rank(0) - 1;
        long size = node.shape(0).get(last);
        if (size >= 0 && size % 2 != 0) {
            throw node.malformed("the last axis has the odd size " + size);
        }
        List<Operand<TNumber>> halves = Channels.split(tf, biased(node), last, 2);
        return tf.math.mul(halves.get(0), Gelu.exact(tf, halves.get(1)));
    }
}
