package org.lsuv.tf.onnximport.ops.microsoft;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.Size;
import org.lsuv.tf.onnximport.ops.attention.AttentionMask;
import org.lsuv.tf.onnximport.ops.attention.DotProduct;
import org.lsuv.tf.onnximport.ops.attention.Heads;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;

/**
 * Converts GroupQueryAttention: a causal attention with a cache of keys and values, which for each row of
 * the batch is filled up to a place of its own. New keys are written there.
 */
final class GroupQueryAttentionConverter {
    private static final int PAST_KEY = 3;
    private static final int PAST_VALUE = 4;
    private static final int LAST_KEY = 5;
    private static final int TOTAL = 6;
    private static final int COS = 7;
    private static final int SIN = 8;
    private static final int POSITIONS = 9;
    private static final int ADDED = 10;
    private static final int SINK = 11;

    private final NodeContext node;
    private final Ops tf;
    private final long heads;
    private final long shared;
    private final Size length;
    private final Size total;
    private final Operand<TInt32> filled;

    private GroupQueryAttentionConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        this.heads = node.attributes().requireInt("num_heads");
        this.shared = node.attributes().requireInt("kv_num_heads");
        if (node.rank(0) != 3) {
            throw node.malformed("expected queries of batch x sequence x hidden, got the shape " + node.shape(0));
        }
        for (int past = PAST_KEY; past <= PAST_VALUE; past++) {
            if (node.has(past) && node.rank(past) != 4) {
                throw node.malformed(
                        "expected a past of batch x heads x sequence x size, got the shape " + node.shape(past));
            }
        }
        this.length = Size.of(tf, node.input(0), 1);
        Operand<TInt32> given = tf.reshape(node.<TInt32>input(TOTAL), tf.constant(new int[0]));
        Size wanted = node.constant(TOTAL)
                .map(tensor -> Size.of(tf, tensor.toLongs()[0]))
                .orElseGet(() -> Size.of(tf, given));
        this.total = node.has(PAST_KEY) ? wanted.atLeast(Size.of(tf, node.input(PAST_KEY), 2)) : wanted;
        // How many keys of a row were there before; a prompt that is padded behind has none.
        Operand<TInt32> ends =
                tf.math.add(tf.reshape(node.<TInt32>input(LAST_KEY), tf.constant(new int[] {-1, 1})), tf.constant(1));
        this.filled = tf.math.maximum(tf.math.sub(ends, length.operand()), tf.constant(0));
    }

    static List<Operand<?>> groupQueryAttention(NodeContext node) {
        boolean special = node.attributes().flag("sliding_window_cache")
                || node.attributes().intOr("qk_output", 0) != 0
                || node.attributes().intOr("kv_cache_bit_width", 0) != 0;
        for (int input = SINK + 1; input < node.inputCount(); input++) {
            special |= node.has(input);
        }
        if (special) {
            throw node.unsupported("quantised or sliding caches, shown scores and normalised queries");
        }
        return new GroupQueryAttentionConverter(node).convert();
    }

    private List<Operand<?>> convert() {
        List<Operand<TNumber>> parts = parts();
        Operand<TNumber> q = parts.get(0);
        Operand<TNumber> k = parts.get(1);
        if (node.attributes().flag("do_rotary")) {
            q = turned(q);
            k = turned(k);
        }
        Operand<TNumber> keys = cache(PAST_KEY, k);
        Operand<TNumber> values = cache(PAST_VALUE, parts.get(2));
        Operand<TNumber> scores = DotProduct.capped(node, DotProduct.scores(node, q, keys, DotProduct.scale(node, q)));
        AttentionMask mask = new AttentionMask(node, q, Double.NEGATIVE_INFINITY);
        if (node.has(ADDED)) {
            mask.add(added(node.input(ADDED)));
        }
        mask.allowSome(seen());
        Operand<TNumber> y = DotProduct.weighted(node, softmax(mask.apply(scores)), values);
        return List.of(Heads.merge(tf, y), keys, values);
    }

    private List<Operand<TNumber>> parts() {
        if (node.has(1)) {
            return List.of(
                    Heads.split(node, node.input(0), heads),
                    Heads.split(node, node.input(1), shared),
                    Heads.split(node, node.input(2), shared));
        }
        Operand<TNumber> all = Heads.split(node, node.input(0), heads + 2 * shared);
        List<Operand<TNumber>> parts = new ArrayList<>();
        tf.splitV(all, tf.constant(new long[] {heads, shared, shared}), tf.constant(1), 3L)
                .output()
                .forEach(parts::add);
        return parts;
    }

    private Operand<TNumber> turned(Operand<TNumber> x) {
        Operand<TInt32> positions = node.has(POSITIONS)
                ? tf.dtypes.cast(node.<TNumber>input(POSITIONS), TInt32.class)
                : tf.math.add(AttentionMask.keys(tf, length), filled);
        return FusedAttentionOps.turned(
                node, x, positions, COS, SIN, node.attributes().flag("rotary_interleaved"));
    }

    /** Returns the cache with the new elements behind those that are there, and what it held elsewhere. */
    private Operand<TNumber> cache(int past, Operand<TNumber> now) {
        Operand<TInt32> place = tf.math.sub(AttentionMask.keys(tf, total), filled);
        Operand<TInt32> last = length.plus(-1).operand();
        Operand<TInt32> inside = tf.math.minimum(tf.math.maximum(place, tf.constant(0)), last);
        Operand<TBool> written =
                tf.expandDims(tf.expandDims(tf.math.equal(place, inside), tf.constant(1)), tf.constant(3));
        Operand<TNumber> moved = tf.gather(now, inside, tf.constant(2), Gather.batchDims(1L));
        if (!node.has(past)) {
            return tf.select(written, moved, ElementTypes.scalar(tf, now, 0));
        }
        return tf.select(written, moved, grown(node.input(past), 2));
    }

    /** Returns an addition to the scores for all places of the cache. */
    private Operand<TNumber> added(Operand<TNumber> given) {
        if (node.rank(ADDED) != 4) {
            throw node.malformed("expected an addition with 4 axes, got the shape " + node.shape(ADDED));
        }
        return grown(given, 3);
    }

    /** Pads one of four axes with zeros to as many places as the cache has. */
    private Operand<TNumber> grown(Operand<TNumber> values, int axis) {
        List<Operand<TInt32>> growth = new ArrayList<>(Collections.nCopies(8, tf.constant(0)));
        growth.set(2 * axis + 1, total.minus(Size.of(tf, values, axis)).operand());
        Operand<TInt32> padding = tf.reshape(tf.stack(growth), tf.constant(new int[] {4, 2}));
        return tf.pad(values, padding, ElementTypes.scalar(tf, values, 0));
    }

    private Operand<TBool> seen() {
        Operand<TInt32> places = AttentionMask.keys(tf, total);
        Operand<TInt32> row = tf.reshape(filled, tf.constant(new int[] {-1, 1, 1, 1}));
        if (node.attributes().intOr("causal", 1) == 0) {
            return tf.math.less(places, tf.math.add(row, length.operand()));
        }
        Operand<TInt32> own = tf.math.add(AttentionMask.queries(tf, length), row);
        Operand<TBool> past = tf.math.lessEqual(places, own);
        long window = node.attributes().intOr("local_window_size", -1);
        if (window < 1) {
            return past;
        }
        Operand<TInt32> first = tf.math.sub(own, tf.constant(Math.toIntExact(Math.min(window, Integer.MAX_VALUE))));
        return tf.math.logicalAnd(past, tf.math.greater(places, first));
    }

    /** Returns probabilities, which sum to less than 1 where a sink takes a part of each row. */
    private Operand<TNumber> softmax(Operand<TNumber> scores) {
        boolean smooth = node.attributes().flag("smooth_softmax");
        if (!smooth && !node.has(SINK)) {
            return tf.nn.softmax(scores);
        }
        Operand<TNumber> sink = node.has(SINK)
                ? tf.reshape(node.<TNumber>input(SINK), tf.constant(new int[] {1, -1, 1, 1}))
                : tf.reshape(ElementTypes.scalar(tf, scores, 0), tf.constant(new int[] {1, 1, 1, 1}));
        Operand<TInt32> first = tf.constant(new int[4]);
        Operand<TInt32> column = tf.constant(new int[] {-1, -1, -1, 1});
        Operand<TNumber> shape = tf.zerosLike(tf.slice(scores, first, column));
        Operand<TNumber> all = tf.nn.softmax(tf.concat(List.of(tf.math.add(shape, sink), scores), tf.constant(3)));
        return tf.slice(all, tf.constant(new int[] {0, 0, 0, 1}), tf.constant(new int[] {-1, -1, -1, -1}));
    }
}
