package org.lsuv.tf.onnximport.ops;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * Converts Pad. Negative pads crop, which happens first. The modes other than constant take, for each
 * axis, the elements at computed positions: so they are not limited by the size of the input, and the
 * pads may be computed.
 */
public final class PadConverter {
    private final NodeContext node;
    private final Ops tf;
    private final String mode;
    private final int rank;

    private PadConverter(NodeContext node) {
        this.node = node;
        this.tf = node.tf();
        this.mode = node.attributes().stringOr("mode", "constant");
        this.rank = node.rank(0);
        if (!List.of("constant", "reflect", "edge", "wrap").contains(mode)) {
            throw node.malformedAttribute("mode", "expected constant, reflect, edge or wrap, got " + mode);
        }
    }

    static Operand<?> pad1(NodeContext node) {
        return withAttributes(node, "paddings");
    }

    static Operand<?> pad2(NodeContext node) {
        return withAttributes(node, "pads");
    }

    private static Operand<?> withAttributes(NodeContext node, String name) {
        PadConverter converter = new PadConverter(node);
        long[] pads = node.attributes().requireInts(name);
        if (pads.length != 2 * converter.rank) {
            throw node.malformedAttribute(
                    name,
                    "expected " + 2 * converter.rank + " integers for rank " + converter.rank + ", got "
                            + Arrays.toString(pads));
        }
        Operand<TFloat32> value = node.tf().constant(node.attributes().floatOr("value", 0));
        Operand<TType> x = node.input(0);
        return converter.pad(x, pads, node.tf().dtypes.cast(value, x.type()));
    }

    /** Pads by what the inputs say. */
    public static Operand<?> pad11(NodeContext node) {
        PadConverter converter = new PadConverter(node);
        Operand<TType> x = node.input(0);
        long axes = node.has(3) ? node.shape(3).size() : converter.rank;
        long count = node.shape(1).size();
        if (count >= 0 && axes >= 0 && count != 2 * axes) {
            throw node.malformed("expected " + 2 * axes + " pads for " + axes + " axes, got " + count);
        }
        Operand<TType> value = converter.value(x);
        Optional<long[]> pads = node.constant(1).map(tensor -> tensor.toLongs());
        Optional<long[]> named = node.constant(3).map(tensor -> tensor.toLongs());
        if (pads.isEmpty() || (node.has(3) && named.isEmpty())) {
            return converter.pad(x, converter.computedPads(), value);
        }
        int[] positions =
                named.map(list -> Axes.positions(node, list, converter.rank)).orElseGet(() -> Axes.all(converter.rank));
        return converter.pad(x, converter.spread(pads.get(), positions), value);
    }

    private <T extends TType> Operand<T> value(Operand<T> x) {
        if (node.has(2)) {
            return tf.reshape(node.<T>input(2), tf.constant(new long[0]));
        }
        if (x.type().equals(TString.class)) {
            return NodeContext.cast(tf.constant(""));
        }
        return NodeContext.cast(
                x.type().equals(TBool.class) ? tf.constant(false) : tf.dtypes.cast(tf.constant(0), x.type()));
    }

    /** Returns the pads of all axes, given those of some. */
    private long[] spread(long[] pads, int[] axes) {
        long[] all = new long[2 * rank];
        for (int i = 0; i < axes.length; i++) {
            all[axes[i]] = pads[i];
            all[rank + axes[i]] = pads[axes.length + i];
        }
        return all;
    }

    /** Returns computed pads as a matrix: a row for each axis, with what comes before and after. */
    private Operand<TInt64> computedPads() {
        Operand<TInt64> rows = tf.linalg.transpose(
                tf.reshape(tf.dtypes.cast(node.input(1), TInt64.class), tf.constant(new long[] {2, -1})),
                tf.constant(new int[] {1, 0}));
        if (!node.has(3)) {
            return rows;
        }
        Operand<TInt64> axes = tf.dtypes.cast(node.input(3), TInt64.class);
        Operand<TInt64> positions = tf.math.floorMod(axes, tf.constant((long) rank));
        return tf.tensorScatterNdUpdate(tf.constant(new long[rank][2]), tf.expandDims(positions, tf.constant(1)), rows);
    }

    private <T extends TType> Operand<T> pad(Operand<T> x, long[] pads, Operand<T> value) {
        Operand<T> cropped = x;
        if (LongStream.of(pads).anyMatch(pad -> pad < 0)) {
            long[] begin = LongStream.of(pads)
                    .limit(rank)
                    .map(pad -> Math.max(-pad, 0))
                    .toArray();
            long[] end = new long[rank];
            for (int i = 0; i < rank; i++) {
                end[i] = pads[rank + i] < 0 ? pads[rank + i] : Long.MAX_VALUE;
            }
            cropped = tf.stridedSlice(x, tf.constant(begin), tf.constant(end), tf.constant(ones()));
        }
        long[] growth = LongStream.of(pads).map(pad -> Math.max(pad, 0)).toArray();
        if (LongStream.of(growth).allMatch(pad -> pad == 0)) {
            return tf.identity(cropped);
        }
        long[][] byAxis = new long[rank][];
        Arrays.setAll(byAxis, axis -> new long[] {growth[axis], growth[rank + axis]});
        if (mode.equals("constant")) {
            return tf.pad(cropped, tf.constant(byAxis), value);
        }
        if (mode.equals("reflect") && isSmall(byAxis, cropped.shape())) {
            return tf.mirrorPad(cropped, tf.constant(byAxis), "REFLECT");
        }
        Operand<T> result = cropped;
        for (int axis = 0; axis < rank; axis++) {
            if (byAxis[axis][0] > 0 || byAxis[axis][1] > 0) {
                result = extend(result, axis, tf.constant(byAxis[axis][0]), tf.constant(byAxis[axis][1]));
            }
        }
        return result;
    }

    private static boolean isSmall(long[][] byAxis, Shape shape) {
        for (int axis = 0; axis < byAxis.length; axis++) {
            long most = Math.max(byAxis[axis][0], byAxis[axis][1]);
            if (most > 0 && most >= shape.get(axis)) {
                return false;
            }
        }
        return true;
    }

    private <T extends TType> Operand<T> pad(Operand<T> x, Operand<TInt64> pads, Operand<T> value) {
        Operand<TInt64> zero = tf.constant(0L);
        Operand<TInt64> crops = tf.math.neg(tf.math.minimum(pads, zero));
        Operand<TInt64> growth = tf.math.maximum(pads, zero);
        Operand<TInt64> begin = tf.gather(crops, tf.constant(0), tf.constant(1));
        Operand<TInt64> end = tf.math.sub(Dims.of(tf, x), tf.gather(crops, tf.constant(1), tf.constant(1)));
        Operand<T> result = tf.stridedSlice(x, begin, end, tf.constant(ones()));
        if (mode.equals("constant")) {
            return tf.pad(result, growth, value);
        }
        for (int axis = 0; axis < rank; axis++) {
            Operand<TInt64> ofAxis = tf.gather(growth, tf.constant(axis), tf.constant(0));
            result = extend(result, axis, Dims.element(tf, ofAxis, 0), Dims.element(tf, ofAxis, 1));
        }
        return result;
    }

    private <T extends TType> Operand<T> extend(Operand<T> x, int axis, Operand<TInt64> before, Operand<TInt64> after) {
        Operand<TInt64> size = Dims.size(tf, x, axis);
        Operand<TInt64> one = tf.constant(1L);
        Operand<TInt64> positions = tf.range(tf.math.neg(before), tf.math.add(size, after), one);
        Operand<TInt64> last = tf.math.sub(size, one);
        Operand<TInt64> taken = switch (mode) {
            case "edge" -> tf.math.minimum(tf.math.maximum(positions, tf.constant(0L)), last);
            case "wrap" -> tf.math.floorMod(positions, size);
            default -> {
                // There and back again without repeating the ends; a single element repeats itself.
                Operand<TInt64> period = tf.math.maximum(tf.math.mul(last, tf.constant(2L)), one);
                Operand<TInt64> there = tf.math.floorMod(positions, period);
                yield tf.math.minimum(there, tf.math.sub(period, there));
            }
        };
        return tf.gather(x, taken, tf.constant(axis));
    }

    private long[] ones() {
        long[] ones = new long[rank];
        Arrays.fill(ones, 1);
        return ones;
    }
}
