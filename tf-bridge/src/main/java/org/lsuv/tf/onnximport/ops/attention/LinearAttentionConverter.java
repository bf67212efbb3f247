package org.lsuv.tf.onnximport.ops.attention;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.TriangularSolve;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TBool;
import org.tensorflow.types.family.TNumber;

/**
 * Converts LinearAttention without a loop over the steps. With c the running sum of the decays the state
 * after step t is exp(c_t)·S₀ + Σ_{s≤t} exp(c_t − c_s)·k_s·u_sᵀ, where u is the value, or with the delta
 * rule u_t = β_t·(v_t − (what the decayed state before t answers to k_t)): a triangular system for all u.
 */
public final class LinearAttentionConverter {
    private static final int STATE = 3;
    private static final int DECAY = 4;
    private static final int BETA = 5;

    private final NodeContext node;
    private final Ops tf;
    private final Operand<TNumber> queries;
    private final Operand<TNumber> keys;
    private final Operand<TNumber> values;
    private final long heads;
    private final @Nullable Operand<TNumber> decay;

    private LinearAttentionConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        this.heads = node.attributes().requireInt("kv_num_heads");
        this.queries = Heads.split(node, node.input(0), node.attributes().requireInt("q_num_heads"));
        this.keys = Heads.split(node, node.input(1), heads);
        this.values = Heads.split(node, node.input(2), heads);
        this.decay = has(DECAY, "gated") ? tf.math.cumsum(perHead(DECAY), tf.constant(2)) : null;
    }

    /** Returns the answers to the queries and the state behind the last step. */
    public static List<Operand<?>> linearAttention(NodeContext node) {
        if (node.attributes().intOr("state_window", 0) != 0) {
            throw node.unsupported("states of several steps");
        }
        if (node.has(STATE) && node.rank(STATE) != 4) {
            throw node.malformed("expected a state with 4 axes, got the shape " + node.shape(STATE));
        }
        return new LinearAttentionConverter(node).convert();
    }

    /** Tells whether the update rule wants an input, which must then be there. */
    private boolean has(int input, String word) {
        String rule = node.attributes().stringOr("update_rule", "gated_delta");
        if (!List.of("linear", "gated", "delta", "gated_delta").contains(rule)) {
            throw node.malformedAttribute("update_rule", "expected linear, gated, delta or gated_delta, got " + rule);
        }
        boolean wanted = rule.contains(word);
        if (wanted != node.has(input)) {
            throw node.malformed("update_rule " + rule + (wanted ? " needs" : " does not take") + " input " + input);
        }
        return wanted;
    }

    /** Returns a value of one number, or one a key dimension, for each step as batch × heads × steps × numbers. */
    private Operand<TNumber> perHead(int input) {
        Operand<TNumber> packed = node.input(input);
        boolean shared = node.rank(input) == 3 && node.shape(input).get(2) == 1;
        return Heads.split(node, packed, shared ? 1 : heads);
    }

    private List<Operand<?>> convert() {
        Operand<TNumber> updates = has(BETA, "delta") ? corrected() : values;
        Operand<TNumber> answers = matMul(overlap(queries, true), shared(updates, queries));
        if (node.has(STATE)) {
            answers = tf.math.add(answers, matMul(decayed(queries), shared(state(), queries)));
        }
        float scale = node.attributes().floatOr("scale", 0);
        double factor = scale == 0 ? 1 / Math.sqrt((double) queries.shape().get(3)) : scale;
        Operand<TNumber> scaled = tf.math.mul(answers, ElementTypes.scalar(tf, answers, factor));
        return List.of(Heads.merge(tf, scaled), present(updates));
    }

    private Operand<TNumber> state() {
        return ElementTypes.as(tf, node.input(STATE), keys.type());
    }

    /** Solves (I + β·overlap of keys below the diagonal)·u = β·(v − answer of the first state). */
    private Operand<TNumber> corrected() {
        Operand<TNumber> beta = perHead(BETA);
        Operand<TNumber> wanted = node.has(STATE) ? tf.math.sub(values, matMul(decayed(keys), state())) : values;
        Operand<TNumber> below = tf.math.mul(beta, overlap(keys, false));
        Operand<TNumber> one = tf.linalg.tensorDiag(
                tf.fill(tf.stack(List.of(Size.of(tf, keys, 2).operand())), ElementTypes.scalar(tf, keys, 1)));
        return tf.linalg.triangularSolve(
                tf.math.add(below, one), tf.math.mul(beta, wanted), TriangularSolve.lower(true));
    }

    /** Returns Σ_d x_td · exp(c_td − c_sd) · k_sd for s before t, and for s = t where asked; 0 elsewhere. */
    private Operand<TNumber> overlap(Operand<TNumber> x, boolean withPresent) {
        Size steps = Size.of(tf, keys, 2);
        Operand<TBool> earlier = withPresent
                ? tf.math.lessEqual(AttentionMask.keys(tf, steps), AttentionMask.queries(tf, steps))
                : tf.math.less(AttentionMask.keys(tf, steps), AttentionMask.queries(tf, steps));
        Operand<TNumber> zero = ElementTypes.scalar(tf, x, 0);
        Operand<TNumber> fitting = shared(keys, x);
        if (decay == null) {
            return tf.select(earlier, timesTransposed(x, fitting), zero);
        }
        Operand<TNumber> sums = shared(decay, x);
        // Later steps would grow without bound: they are cut off before the exponential.
        Operand<TNumber> between =
                tf.math.sub(tf.expandDims(sums, tf.constant(3)), tf.expandDims(sums, tf.constant(2)));
        Operand<TBool> causal = tf.expandDims(earlier, tf.constant(-1));
        Operand<TNumber> remaining = tf.select(causal, tf.math.exp(tf.select(causal, between, zero)), zero);
        if (sums.shape().get(3) == 1) {
            return tf.math.mul(timesTransposed(x, fitting), tf.sum(remaining, tf.constant(-1)));
        }
        Operand<TNumber> products = tf.math.mul(
                tf.math.mul(tf.expandDims(x, tf.constant(3)), tf.expandDims(fitting, tf.constant(2))), remaining);
        return tf.sum(products, tf.constant(-1));
    }

    /** Returns rows multiplied with what the decay leaves of the first state. */
    private Operand<TNumber> decayed(Operand<TNumber> x) {
        return decay == null ? x : tf.math.mul(x, tf.math.exp(shared(decay, x)));
    }

    private Operand<TNumber> present(Operand<TNumber> updates) {
        Operand<TNumber> remaining = keys;
        Operand<TNumber> first = node.has(STATE) ? state() : null;
        if (decay != null) {
            Operand<TNumber> last =
                    tf.gather(decay, Size.of(tf, decay, 2).minus(Size.of(tf, 1)).operand(), tf.constant(2));
            Operand<TNumber> left = tf.math.sub(tf.expandDims(last, tf.constant(2)), decay);
            remaining = tf.math.mul(keys, tf.math.exp(left));
            first = first == null ? null : tf.math.mul(tf.expandDims(tf.math.exp(last), tf.constant(-1)), first);
        }
        Operand<TNumber> written = tf.train.batchMatMul(remaining, updates, keys.type(), BatchMatMul.adjX(true));
        return first == null ? written : tf.math.add(first, written);
    }

    private Operand<TNumber> shared(Operand<TNumber> x, Operand<TNumber> like) {
        return Heads.shared(node, x, like);
    }

    private Operand<TNumber> matMul(Operand<TNumber> a, Operand<TNumber> b) {
        return tf.train.batchMatMul(a, b, a.type());
    }

    private Operand<TNumber> timesTransposed(Operand<TNumber> a, Operand<TNumber> b) {
        return tf.train.batchMatMul(a, b, a.type(), BatchMatMul.adjY(true));
    }
}
