package org.lsuv.tf.onnximport.ops.attention;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Axes;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.ConvOps;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Gather;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts attention and what decoders put around it. */
public final class AttentionOps {
    private AttentionOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.many("Attention", 23, AttentionConverter::attention);
        ops.one("RotaryEmbedding", 23, RotaryConverter::rotaryEmbedding);
        ops.one("TensorScatter", 24, AttentionOps::tensorScatter);
        ops.many("LinearAttention", 27, LinearAttentionConverter::linearAttention);
        ops.many("CausalConvWithState", 27, AttentionOps::causalConvWithState);
    }

    /** Adds those of the preview domain. */
    public static void addPreviewTo(OpRegistry.Table ops) {
        ops.one("FlexAttention", 1, FlexAttentionConverter::flexAttention);
    }

    /**
     * Writes an update into each row's part of a cache. Each place of the cache takes the element of the
     * update that belongs there, or keeps its own.
     */
    private static Operand<?> tensorScatter(NodeContext node) {
        Ops tf = node.tf();
        Operand<TType> past = node.input(0);
        Operand<TType> update = node.input(1);
        int rank = node.rank(0);
        int axis = Axes.position(node, node.attributes().intOr("axis", -2), rank);
        if (axis == 0 || node.rank(1) != rank) {
            throw node.malformed("expected a cache and an update of one rank and an axis behind the first, got ranks "
                    + rank + " and " + node.rank(1) + " and axis " + axis);
        }
        String mode = node.attributes().stringOr("mode", "linear");
        if (!mode.equals("linear") && !mode.equals("circular")) {
            throw node.malformedAttribute("mode", "expected linear or circular, got " + mode);
        }
        Size room = Size.of(tf, past, axis);
        Size length = Size.of(tf, update, axis);
        if (length.is(0)) {
            return tf.identity(past);
        }
        Operand<TInt32> start = node.has(2)
                ? tf.expandDims(tf.dtypes.cast(node.<TInt64>input(2), TInt32.class), tf.constant(1))
                : tf.fill(tf.stack(List.of(Size.of(tf, past, 0).operand(), tf.constant(1))), tf.constant(0));
        Operand<TInt32> place = tf.math.sub(AttentionMask.keys(tf, room), start);
        if (mode.equals("circular")) {
            place = tf.math.floorMod(place, room.operand());
        }
        Operand<TInt32> zero = tf.constant(0);
        Operand<TInt32> last = length.plus(-1).operand();
        Operand<TInt32> inside = tf.math.minimum(tf.math.maximum(place, zero), last);
        List<Size> sizes = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            sizes.add(i == 0 ? Size.of(tf, past, 0) : i == axis ? room : Size.of(tf, 1));
        }
        Operand<TBool> written = tf.reshape(tf.math.equal(place, inside), Size.vector(tf, sizes));
        Operand<TType> moved = tf.gather(update, inside, tf.constant(axis), Gather.batchDims(1L));
        return tf.select(written, moved, past);
    }

    /** Convolves each channel with its own taps, the last of which meets the present; the past is a state. */
    public static List<Operand<?>> causalConvWithState(NodeContext node) {
        Ops tf = node.tf();
        Operand<TNumber> x = node.input(0);
        Operand<TNumber> w = node.input(1);
        if (node.rank(0) != 3 || node.rank(1) != 3) {
            throw node.malformed("expected an input and a filter with 3 axes, got " + x.shape() + " and " + w.shape());
        }
        long taps = w.shape().get(2);
        long channels = w.shape().get(0);
        if (taps < 1 || channels < 1 || w.shape().get(1) != 1) {
            throw node.malformed("expected a filter of channels x 1 x taps, got " + w.shape());
        }
        ConvOps.checkChannels(node, x, channels);
        if (node.has(3) && node.rank(3) != 3) {
            throw node.malformed("expected a past with 3 axes, got the shape " + node.shape(3));
        }
        Size length = Size.of(tf, x, 2);
        Operand<TNumber> padded = node.has(3)
                ? tf.concat(List.of(node.input(3), x), tf.constant(2))
                : tf.pad(
                        x,
                        tf.constant(new int[][] {{0, 0}, {0, 0}, {Math.toIntExact(taps - 1), 0}}),
                        ElementTypes.scalar(tf, x, 0));
        Operand<TNumber> product = node.linear(ConvOps.depthwiseLine(tf, padded, w));
        if (node.has(2)) {
            product = tf.math.add(product, Channels.along(tf, node.<TNumber>input(2), 3));
        }
        String activation = node.attributes().stringOr("activation", "none");
        Operand<TNumber> y = switch (activation) {
            case "none" -> product;
            case "silu", "swish" -> tf.math.mul(product, tf.math.sigmoid(product));
            default -> throw node.malformedAttribute("activation", "expected none, silu or swish, got " + activation);
        };
        Operand<TInt32> from = tf.stack(List.of(tf.constant(0), tf.constant(0), length.operand()));
        return List.of(tf.ensureShape(y, x.shape()), tf.slice(padded, from, tf.constant(new int[] {-1, -1, -1})));
    }
}
