package org.lsuv.tf.onnximport.ops.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Size;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/**
 * Resizes a tensor along one axis after another: each output is a weighted sum of inputs near the
 * coordinate that it comes from. Coordinates are float32, as ONNX Runtime has them, so that roundings
 * agree.
 */
final class Resampling {
    /** Lists how outputs are made from inputs. */
    enum Mode {
        NEAREST(0),
        LINEAR(1),
        CUBIC(2);

        /** How far the unstretched filter reaches to each side. */
        final int reach;

        Mode(int reach) {
            this.reach = reach;
        }
    }

    /**
     * Says how outputs are made.
     *
     * @param mode the filter
     * @param nearest which input is the nearest, as {@code nearest_mode} names it
     * @param cubicCoefficient the coefficient of the cubic filter
     * @param excludeOutside whether places outside of the input have no weight
     */
    record Kernel(Mode mode, String nearest, float cubicCoefficient, boolean excludeOutside) {}

    /**
     * Says how a filter is stretched.
     *
     * @param factor by which distances shrink, at most 1
     * @param least a bound below the factor, from which the number of taps follows
     */
    record Stretch(Operand<TFloat32> factor, float least) {}

    private final NodeContext node;
    private final Ops tf;
    private final Kernel kernel;

    Resampling(NodeContext node, Kernel kernel) {
        this.node = node;
        this.tf = node.tf();
        this.kernel = kernel;
    }

    /**
     * Returns the values at some coordinates along an axis.
     *
     * @param stretch how the filter is stretched against aliasing
     * @param up whether the axis grows
     */
    <T extends TType> Operand<T> at(
            Operand<TFloat32> coordinates, Operand<T> x, int axis, Stretch stretch, boolean up) {
        if (kernel.mode() == Mode.NEAREST) {
            return tf.gather(x, inside(nearest(coordinates, up), x, axis), tf.constant(axis));
        }
        return NodeContext.cast(interpolated(NodeContext.<TFloat32>cast(x), coordinates, axis, stretch));
    }

    private <T extends TNumber> Operand<T> interpolated(
            Operand<T> x, Operand<TFloat32> coordinates, int axis, Stretch stretch) {
        Operand<TFloat32> base = tf.math.floor(coordinates);
        Operand<TFloat32> ratio = tf.math.sub(coordinates, base);
        Operand<TFloat32> last = tf.dtypes.cast(Size.of(tf, x, axis).plus(-1).operand(), TFloat32.class);
        int first = (int) Math.floor(-kernel.mode().reach / stretch.least()) + 1;
        List<Operand<TFloat32>> places = new ArrayList<>();
        List<Operand<TFloat32>> weights = new ArrayList<>();
        for (int tap = first; tap <= 1 - first; tap++) {
            Operand<TFloat32> place = tf.math.add(base, tf.constant((float) tap));
            Operand<TFloat32> distance = tf.math.mul(tf.math.sub(tf.constant((float) tap), ratio), stretch.factor());
            Operand<TFloat32> weight = weight(tf.math.abs(distance));
            places.add(place);
            weights.add(
                    kernel.excludeOutside()
                            ? tf.math.mul(weight, tf.dtypes.cast(within(place, last), TFloat32.class))
                            : weight);
        }
        Operand<TFloat32> total = tf.math.addN(weights);
        Operand<T> sum = null;
        for (int i = 0; i < places.size(); i++) {
            Operand<T> weight = tf.dtypes.cast(tf.math.div(weights.get(i), total), x.type());
            Operand<T> value = tf.gather(x, inside(places.get(i), x, axis), tf.constant(axis));
            Operand<T> term = tf.math.mul(value, along(weight, x, axis));
            sum = sum == null ? term : tf.math.add(sum, term);
        }
        return Objects.requireNonNull(sum);
    }

    Operand<TBool> within(Operand<TFloat32> places, Operand<TFloat32> last) {
        return tf.math.logicalAnd(tf.math.greaterEqual(places, tf.constant(0f)), tf.math.lessEqual(places, last));
    }

    <T extends TType> Operand<T> along(Operand<T> vector, Operand<? extends TType> x, int axis) {
        int[] shape = IntStream.range(0, x.shape().numDimensions())
                .map(i -> i == axis ? -1 : 1)
                .toArray();
        return tf.reshape(vector, tf.constant(shape));
    }

    private Operand<TFloat32> weight(Operand<TFloat32> distance) {
        if (kernel.mode() == Mode.LINEAR) {
            return tf.math.maximum(tf.math.sub(tf.constant(1f), distance), tf.constant(0f));
        }
        float a = kernel.cubicCoefficient();
        Operand<TFloat32> near = polynomial(distance, a + 2, -(a + 3), 0, 1);
        Operand<TFloat32> far = polynomial(distance, a, -5 * a, 8 * a, -4 * a);
        Operand<TFloat32> beyond = tf.select(tf.math.less(distance, tf.constant(2f)), far, tf.zerosLike(far));
        return tf.select(tf.math.lessEqual(distance, tf.constant(1f)), near, beyond);
    }

    private Operand<TFloat32> polynomial(Operand<TFloat32> x, float... coefficients) {
        Operand<TFloat32> result = tf.constant(coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            result = tf.math.add(tf.math.mul(result, x), tf.constant(coefficients[i]));
        }
        return result;
    }

    private Operand<TFloat32> nearest(Operand<TFloat32> x, boolean up) {
        Operand<TFloat32> half = tf.constant(0.5f);
        return switch (kernel.nearest()) {
            case "round_prefer_floor" -> tf.math.ceil(tf.math.sub(x, half));
            case "round_prefer_ceil" -> tf.math.floor(tf.math.add(x, half));
            case "floor" -> tf.math.floor(x);
            case "ceil" -> tf.math.ceil(x);
            // Before version 11: what ONNX Runtime does.
            case "simple" -> up ? tf.math.floor(x) : tf.math.ceil(x);
            default -> throw node.malformedAttribute("nearest_mode", "unknown: " + kernel.nearest());
        };
    }

    private Operand<TInt32> inside(Operand<TFloat32> places, Operand<? extends TType> x, int axis) {
        Operand<TInt32> whole = tf.dtypes.cast(places, TInt32.class);
        Operand<TInt32> last = Size.of(tf, x, axis).plus(-1).operand();
        return tf.math.maximum(tf.math.minimum(whole, last), tf.constant(0));
    }
}
