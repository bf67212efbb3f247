package org.lsuv.tf.onnximport.ops;

import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.nn.TopK;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Converts TopK. Of equal values the one of the lower index comes first, in ONNX and TensorFlow alike. */
final class TopConverter {
    private TopConverter() {}

    static List<Operand<?>> topK1(NodeContext node) {
        return topK(node, node.tf().constant((int) node.attributes().requireInt("k")), true);
    }

    static List<Operand<?>> topK10(NodeContext node) {
        return topK(node, count(node), true);
    }

    static List<Operand<?>> topK11(NodeContext node) {
        return topK(node, count(node), node.attributes().intOr("largest", 1) != 0);
    }

    private static Operand<TInt32> count(NodeContext node) {
        Ops tf = node.tf();
        return tf.reshape(tf.dtypes.cast(node.<TNumber>input(1), TInt32.class), tf.constant(new long[0]));
    }

    private static List<Operand<?>> topK(NodeContext node, Operand<TInt32> k, boolean largest) {
        Ops tf = node.tf();
        Operand<TNumber> x = Unsigned64.comparable(node, node.input(0));
        int rank = node.rank(0);
        int axis = Axes.attribute(node, 0, -1);
        Operand<TInt32> swap = tf.constant(Axes.swapWithLast(axis, rank));
        Operand<TNumber> ordered = tf.linalg.transpose(largest ? x : reversed(tf, x), swap);
        TopK<TNumber, TInt64> top = tf.nn.topK(ordered, k, TInt64.class, TopK.sorted(true));
        Operand<TNumber> values = largest ? top.values() : reversed(tf, top.values());
        Operand<TNumber> restored = Unsigned64.comparable(node, values);
        return List.of(tf.linalg.transpose(restored, swap), tf.linalg.transpose(top.indices(), swap));
    }

    /** Returns values in reversed order of size; the inverse of itself. */
    static Operand<TNumber> reversed(Ops tf, Operand<TNumber> x) {
        boolean floating = x.type().equals(TFloat32.class) || x.type().equals(TFloat64.class);
        // Negation would overflow for the least integer, and for all unsigned ones.
        return floating ? tf.math.neg(x) : tf.bitwise.invert(x);
    }
}
