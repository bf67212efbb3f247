package org.lsuv.tf.onnximport.ops.attention;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Converts RotaryEmbedding: pairs of numbers of each head are turned by an angle that depends on the
 * position. A pair is an element of the first half and one of the second, or two neighbours.
 */
public final class RotaryConverter {
    private RotaryConverter() {}

    static Operand<?> rotaryEmbedding(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        int rank = node.rank(0);
        if (rank != 3 && rank != 4) {
            throw node.malformed("expected an input with 3 or 4 axes, got " + rank);
        }
        Operand<TNumber> cos = angles(node, 1);
        Operand<TNumber> sin = angles(node, 2);
        long pairs = cos.shape().get(-1);
        boolean interleaved = node.attributes().flag("interleaved");
        long part = node.attributes().intOr("rotary_embedding_dim", 0);
        if (part != 0 && pairs >= 0 && part != 2 * pairs) {
            throw node.malformedAttribute(
                    "rotary_embedding_dim",
                    "expected " + 2 * pairs + " for caches of " + pairs + " pairs, got " + part);
        }
        if (rank == 4) {
            return turned(node, x, tf.expandDims(cos, tf.constant(1)), tf.expandDims(sin, tf.constant(1)), interleaved);
        }
        Operand<TNumber> split = Heads.splitInPlace(node, x, node.attributes().requireInt("num_heads"));
        return Heads.mergeInPlace(
                tf,
                turned(
                        node,
                        split,
                        tf.expandDims(cos, tf.constant(2)),
                        tf.expandDims(sin, tf.constant(2)),
                        interleaved));
    }

    /** Returns the cosines or sines as batch × sequence × pairs. */
    private static Operand<TNumber> angles(NodeContext node, int input) {
        Ops tf = node.tf();
        Operand<TNumber> cache = node.input(input);
        int expected = node.has(3) ? 2 : 3;
        if (node.has(3) && node.rank(3) != 2) {
            throw node.malformed("expected position_ids of batch x sequence, got the shape " + node.shape(3));
        }
        if (node.rank(input) != expected) {
            throw node.malformed("expected a cache with " + expected + " axes " + (node.has(3) ? "with" : "without")
                    + " position_ids, got the shape " + cache.shape());
        }
        Operand<TNumber> value =
                ElementTypes.as(tf, cache, node.<TNumber>input(0).type());
        return node.has(3) ? tf.gather(value, node.<TNumber>input(3), tf.constant(0)) : value;
    }

    /**
     * Returns heads with their pairs turned.
     *
     * @param x four axes, the last of which is the size of a head
     * @param cos the cosines, one a pair, with axes that broadcast to the others; pairs beyond them stay
     */
    public static Operand<TNumber> turned(
            NodeContext node, Operand<TNumber> x, Operand<TNumber> cos, Operand<TNumber> sin, boolean interleaved) {
        Ops tf = node.tf();
        long size = x.shape().get(3);
        long known = cos.shape().get(-1);
        if (size < 0 || known < 0) {
            throw node.unsupported("a size of heads or caches that is not known before the graph runs");
        }
        int turned = Math.toIntExact(2 * known);
        if (turned > size || sin.shape().get(-1) != known) {
            throw node.malformed(
                    "caches of " + known + " and " + sin.shape().get(-1) + " pairs do not fit heads of size " + size);
        }
        int half = turned / 2;
        int[] first = IntStream.range(0, half).map(i -> interleaved ? 2 * i : i).toArray();
        int[] second = IntStream.range(0, half)
                .map(i -> interleaved ? 2 * i + 1 : half + i)
                .toArray();
        Operand<TNumber> a = tf.gather(x, tf.constant(first), tf.constant(3));
        Operand<TNumber> b = tf.gather(x, tf.constant(second), tf.constant(3));
        List<Operand<TNumber>> parts = new ArrayList<>(List.of(
                tf.math.sub(tf.math.mul(cos, a), tf.math.mul(sin, b)),
                tf.math.add(tf.math.mul(sin, a), tf.math.mul(cos, b))));
        if (turned < size) {
            Operand<TInt32> rest =
                    tf.constant(IntStream.range(turned, Math.toIntExact(size)).toArray());
            parts.add(tf.gather(x, rest, tf.constant(3)));
        }
        Operand<TNumber> joined = tf.concat(parts, tf.constant(3));
        if (!interleaved) {
            return joined;
        }
        int[] order = IntStream.range(0, Math.toIntExact(size))
                .map(i -> i >= turned ? i : i / 2 + i % 2 * half)
                .toArray();
        return tf.gather(joined, tf.constant(order), tf.constant(3));
    }
}
