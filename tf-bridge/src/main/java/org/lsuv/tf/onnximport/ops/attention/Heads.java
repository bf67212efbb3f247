package org.lsuv.tf.onnximport.ops.attention;

import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/** Lays out the heads of an attention: batch × sequence × hidden, or batch × heads × sequence × size. */
public final class Heads {
    private Heads() {}

    /** Returns batch × sequence × hidden as batch × heads × sequence × size. */
    public static Operand<TNumber> split(NodeContext node, Operand<TNumber> x, long heads) {
        return swap(node.tf(), splitInPlace(node, x, heads));
    }

    /** Returns batch × sequence × hidden as batch × sequence × heads × size. */
    public static Operand<TNumber> splitInPlace(NodeContext node, Operand<TNumber> x, long heads) {
        Ops tf = node.tf();
        if (x.shape().numDimensions() != 3) {
            throw node.malformed("expected batch x sequence x hidden, got the shape " + x.shape());
        }
        long hidden = x.shape().get(2);
        if (hidden < 0) {
            throw node.unsupported("a hidden size that is not known before the graph runs");
        }
        if (heads < 1 || hidden % heads != 0) {
            throw node.malformed(heads + " heads do not divide the hidden size " + hidden);
        }
        return tf.reshape(
                x,
                Size.vector(
                        tf,
                        List.of(
                                Size.of(tf, x, 0),
                                Size.of(tf, x, 1),
                                Size.of(tf, heads),
                                Size.of(tf, hidden / heads))));
    }

    /** Returns batch × heads × sequence × size as batch × sequence × hidden. */
    public static Operand<TNumber> merge(Ops tf, Operand<TNumber> x) {
        return mergeInPlace(tf, swap(tf, x));
    }

    /** Returns batch × sequence × heads × size as batch × sequence × hidden. */
    static Operand<TNumber> mergeInPlace(Ops tf, Operand<TNumber> x) {
        Size hidden = Size.of(tf, x, 2).times(Size.of(tf, x, 3));
        return tf.reshape(x, Size.vector(tf, List.of(Size.of(tf, x, 0), Size.of(tf, x, 1), hidden)));
    }

    /** Swaps heads and sequence. */
    public static Operand<TNumber> swap(Ops tf, Operand<TNumber> x) {
        return tf.linalg.transpose(x, tf.constant(new int[] {0, 2, 1, 3}));
    }

    /** Returns keys or values behind those of the past, an input that may be left out. */
    public static Operand<TNumber> withPast(NodeContext node, int past, Operand<TNumber> now) {
        if (!node.has(past)) {
            return now;
        }
        if (node.rank(past) != 4) {
            throw node.malformed(
                    "expected a past of batch x heads x sequence x size, got the shape " + node.shape(past));
        }
        return node.tf().concat(List.of(node.input(past), now), node.tf().constant(2));
    }

    /** Returns keys or values with each head repeated so that there is one for every head of the queries. */
    public static Operand<TNumber> shared(NodeContext node, Operand<TNumber> x, Operand<TNumber> q) {
        long heads = x.shape().get(1);
        long wanted = q.shape().get(1);
        if (heads == wanted) {
            return x;
        }
        if (heads < 0 || wanted < 0) {
            throw node.unsupported("a number of heads that is not known before the graph runs");
        }
        if (heads == 0 || wanted % heads != 0) {
            throw node.malformed(
                    "the queries' " + wanted + " heads are no multiple of the " + heads + " heads of keys and values");
        }
        Ops tf = node.tf();
        int repeats = Math.toIntExact(wanted / heads);
        Operand<TInt32> source = tf.constant(IntStream.range(0, Math.toIntExact(wanted))
                .map(i -> i / repeats)
                .toArray());
        return tf.gather(x, source, tf.constant(1));
    }
}
