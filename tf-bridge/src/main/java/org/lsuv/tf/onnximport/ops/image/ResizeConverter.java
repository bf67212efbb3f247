package org.lsuv.tf.onnximport.ops.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Size;
import org.lsuv.tf.onnximport.ops.image.Resampling.Mode;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;
import org.tensorflow.types.family.TType;

/** Converts resizing by interpolation, axis by axis. */
final class ResizeConverter {
    private static final int MAX_STRETCH = 256;
    private static final String CROP = "tf_crop_and_resize";

    private final NodeContext node;
    private final Ops tf;
    private final String coordinates;
    private final Resampling.Kernel kernel;
    private final Resampling resampling;

    private ResizeConverter(NodeContext node, String coordinates, Resampling.Kernel kernel) {
        this.node = node;
        this.tf = node.tf();
        this.coordinates = coordinates;
        this.kernel = kernel;
        this.resampling = new Resampling(node, kernel);
    }

    /**
     * Describes the resizing of one axis.
     *
     * @param axis the axis
     * @param out the new size
     * @param scale the factor
     * @param knownScale the factor, where it is known now
     * @param resized the new size before rounding
     */
    private record Plan(
            int axis, Size out, Operand<TFloat32> scale, OptionalDouble knownScale, Operand<TFloat32> resized) {}

    static Operand<?> upsample1(NodeContext node) {
        float[] scales = {
            1,
            1,
            node.attributes().floatOr("height_scale", 0),
            node.attributes().floatOr("width_scale", 0)
        };
        if (!(scales[2] >= 1 && scales[3] >= 1)) {
            throw node.malformed(
                    "expected height_scale and width_scale from 1, got " + scales[2] + " and " + scales[3]);
        }
        return simple(node).byScales(Optional.of(scales), node.tf().constant(scales));
    }

    static Operand<?> upsample7(NodeContext node) {
        float[] scales =
                node.attributes().floats("scales").orElseThrow(() -> node.malformedAttribute("scales", "is missing"));
        return simple(node).byScales(Optional.of(scales), node.tf().constant(scales));
    }

    /** Converts {@code Upsample} since version 9 and {@code Resize} of version 10. */
    static Operand<?> resize10(NodeContext node) {
        return simple(node).byScales(node.constant(1).map(OnnxTensor::toFloats), node.input(1));
    }

    private static ResizeConverter simple(NodeContext node) {
        return new ResizeConverter(node, "asymmetric", new Resampling.Kernel(mode(node), "simple", 0, false));
    }

    static Operand<?> resize(NodeContext node) {
        ResizeConverter converter = new ResizeConverter(
                node,
                node.attributes().stringOr("coordinate_transformation_mode", "half_pixel"),
                new Resampling.Kernel(
                        mode(node),
                        node.attributes().stringOr("nearest_mode", "round_prefer_floor"),
                        node.attributes().floatOr("cubic_coeff_a", -0.75f),
                        node.attributes().flag("exclude_outside")));
        // Version 11 requires scales; an empty tensor means that sizes are given.
        boolean bySizes = node.has(3) && !node.input(3).shape().equals(Shape.of(0));
        if (bySizes) {
            return converter.bySizes();
        }
        return converter.byScales(node.constant(2).map(OnnxTensor::toFloats), node.input(2));
    }

    private static Mode mode(NodeContext node) {
        String mode = node.attributes().stringOr("mode", "nearest").toLowerCase(Locale.ROOT);
        return switch (mode) {
            case "nearest" -> Mode.NEAREST;
            case "linear", "bilinear" -> Mode.LINEAR;
            case "cubic" -> Mode.CUBIC;
            default -> throw node.malformedAttribute("mode", "expected nearest, linear or cubic, got " + mode);
        };
    }

    private Operand<?> byScales(Optional<float[]> known, Operand<TFloat32> scales) {
        int[] axes = axes();
        requireLength(known.map(values -> values.length), axes.length, "scales");
        List<Plan> plans = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
            Size in = Size.of(tf, node.input(0), axes[i]);
            OptionalDouble scale = known.isPresent() ? OptionalDouble.of(known.get()[i]) : OptionalDouble.empty();
            if (scale.isPresent() && !(scale.getAsDouble() > 0)) {
                throw node.malformed("scales must be positive, got " + scale.getAsDouble());
            }
            Operand<TFloat32> factor = scale.isPresent()
                    ? tf.constant((float) scale.getAsDouble())
                    : tf.gather(scales, tf.constant(i), tf.constant(0));
            Operand<TFloat32> resized = tf.math.mul(real(in), factor);
            Operand<TFloat32> cropped = coordinates.equals(CROP)
                    ? tf.math.mul(resized, tf.math.sub(roi(i + axes.length), roi(i)))
                    : resized;
            boolean isKnown = scale.isPresent() && in.known().isPresent() && !coordinates.equals(CROP);
            Size out = isKnown
                    ? Size.of(tf, (long) ((float) in.known().getAsLong() * (float) scale.getAsDouble()))
                    : Size.of(tf, tf.math.floor(cropped));
            plans.add(new Plan(axes[i], out, factor, scale, resized));
        }
        return apply(plans);
    }

    private Operand<?> bySizes() {
        int[] axes = axes();
        Optional<long[]> known = node.constant(3).map(OnnxTensor::toLongs);
        requireLength(known.map(values -> values.length), axes.length, "sizes");
        String policy = node.attributes().stringOr("keep_aspect_ratio_policy", "stretch");
        if (!policy.equals("stretch")) {
            return byAspect(axes, policy);
        }
        // A fill of these sizes tells which of them TensorFlow can infer.
        long[] inferred =
                tf.fill(node.<TInt64>input(3), tf.constant(0f)).shape().asArray();
        requireLength(Optional.ofNullable(inferred).map(values -> values.length), axes.length, "sizes");
        List<Plan> plans = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
            Size in = Size.of(tf, node.input(0), axes[i]);
            long size = known.isPresent() ? known.get()[i] : inferred == null ? -1 : inferred[i];
            if (known.isPresent() && size < 0) {
                throw node.malformed("sizes must not be negative, got " + size);
            }
            Size out = size >= 0
                    ? Size.of(tf, size)
                    : Size.of(tf, tf.gather(node.<TNumber>input(3), tf.constant(i), tf.constant(0)));
            OptionalDouble scale = in.known().isPresent() && out.known().isPresent()
                    ? OptionalDouble.of(
                            (float) out.known().getAsLong() / (float) in.known().getAsLong())
                    : OptionalDouble.empty();
            plans.add(new Plan(axes[i], out, tf.math.div(real(out), real(in)), scale, real(out)));
        }
        return apply(plans);
    }

    /** Scales all axes by the least or the greatest of the factors that the sizes ask for. */
    private Operand<?> byAspect(int[] axes, String policy) {
        Operand<TFloat32> sizes = tf.dtypes.cast(node.input(3), TFloat32.class);
        List<Size> ins = IntStream.of(axes)
                .mapToObj(axis -> Size.of(tf, node.input(0), axis))
                .toList();
        Operand<TFloat32> factors = tf.math.div(sizes, tf.dtypes.cast(Size.vector(tf, ins), TFloat32.class));
        Operand<TFloat32> factor = switch (policy) {
            case "not_larger" -> tf.min(factors, tf.constant(0));
            case "not_smaller" -> tf.max(factors, tf.constant(0));
            default -> throw node.malformedAttribute("keep_aspect_ratio_policy", "unknown: " + policy);
        };
        List<Plan> plans = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
            Operand<TFloat32> resized = tf.math.mul(real(ins.get(i)), factor);
            Size out = Size.of(tf, tf.math.floor(tf.math.add(resized, tf.constant(0.5f))));
            plans.add(new Plan(axes[i], out, factor, OptionalDouble.empty(), resized));
        }
        return apply(plans);
    }

    private int[] axes() {
        int rank = node.rank(0);
        long[] axes = node.attributes()
                .ints("axes")
                .orElseGet(() -> IntStream.range(0, rank).asLongStream().toArray());
        int[] result = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            if (axes[i] < -rank || axes[i] >= rank) {
                throw node.malformedAttribute("axes", "axis " + axes[i] + " of a tensor with " + rank + " axes");
            }
            result[i] = Math.toIntExact(axes[i] < 0 ? axes[i] + rank : axes[i]);
        }
        return result;
    }

    private void requireLength(Optional<Integer> length, int axes, String what) {
        if (length.isPresent() && length.get() != axes) {
            throw node.malformed("expected " + axes + " " + what + ", one an axis, got " + length.get());
        }
    }

    private Operand<TFloat32> real(Size size) {
        return tf.dtypes.cast(size.operand(), TFloat32.class);
    }

    private Operand<TFloat32> roi(int i) {
        return tf.gather(tf.dtypes.cast(node.input(1), TFloat32.class), tf.constant(i), tf.constant(0));
    }

    private <T extends TType> Operand<T> apply(List<Plan> plans) {
        Operand<T> x = node.input(0);
        boolean real = x.type() == TFloat32.class || x.type() == TFloat64.class;
        if (kernel.mode() == Mode.NEAREST || real) {
            return resized(x, plans);
        }
        return tf.dtypes.cast(resized(tf.dtypes.cast(x, TFloat32.class), plans), x.type());
    }

    private <T extends TType> Operand<T> resized(Operand<T> x, List<Plan> plans) {
        Operand<T> result = x;
        for (int i = 0; i < plans.size(); i++) {
            Plan plan = plans.get(i);
            boolean unchanged = plan.knownScale().orElse(0) == 1 && !coordinates.equals(CROP);
            if (!unchanged) {
                result = resized(result, plan, i, plans.size());
            }
        }
        return result;
    }

    private <T extends TType> Operand<T> resized(Operand<T> x, Plan plan, int i, int count) {
        Operand<TFloat32> in = real(Size.of(tf, x, plan.axis()));
        Operand<TFloat32> from = original(plan, in, i, count);
        Operand<T> result = resampling.at(
                from,
                x,
                plan.axis(),
                stretch(plan, x.shape().get(plan.axis())),
                plan.knownScale().orElse(1) >= 1);
        if (!coordinates.equals(CROP)) {
            return result;
        }
        Operand<T> outside = tf.dtypes.cast(tf.constant(node.attributes().floatOr("extrapolation_value", 0)), x.type());
        Operand<TFloat32> last = tf.math.sub(in, tf.constant(1f));
        return tf.select(resampling.along(resampling.within(from, last), x, plan.axis()), result, outside);
    }

    private Resampling.Stretch stretch(Plan plan, long in) {
        if (!node.attributes().flag("antialias")) {
            return new Resampling.Stretch(tf.constant(1f), 1);
        }
        // An axis shrinks to 1 at the least, which bounds the taps where the scale is not known.
        double least = plan.knownScale().orElse(in < 1 ? 0 : 1.0 / in);
        if (least < 1.0 / MAX_STRETCH) {
            throw node.unsupported(
                    "antialias needs scales that are known before the graph runs, and are not below 1/" + MAX_STRETCH);
        }
        return new Resampling.Stretch(tf.math.minimum(plan.scale(), tf.constant(1f)), (float) Math.min(1, least));
    }

    /** Returns the coordinates in the input that the outputs come from. */
    private Operand<TFloat32> original(Plan plan, Operand<TFloat32> in, int i, int count) {
        Operand<TFloat32> x = tf.range(tf.constant(0f), real(plan.out()), tf.constant(1f));
        Operand<TFloat32> half = tf.constant(0.5f);
        Operand<TFloat32> one = tf.constant(1f);
        Operand<TFloat32> shifted = tf.math.div(tf.math.add(x, half), plan.scale());
        Operand<TFloat32> halfPixel = tf.math.sub(shifted, half);
        Operand<TFloat32> last = tf.math.sub(in, one);
        return switch (coordinates) {
            case "half_pixel" -> halfPixel;
            case "asymmetric" -> tf.math.div(x, plan.scale());
            case "tf_half_pixel_for_nn" -> shifted;
            case "pytorch_half_pixel" ->
                tf.select(tf.math.greater(real(plan.out()), one), halfPixel, tf.zerosLike(halfPixel));
            case "align_corners" -> tf.math.divNoNan(tf.math.mul(x, last), tf.math.sub(plan.resized(), one));
            case "half_pixel_symmetric" -> {
                Operand<TFloat32> lost = tf.math.sub(one, tf.math.div(real(plan.out()), plan.resized()));
                yield tf.math.add(tf.math.mul(tf.math.mul(in, half), lost), halfPixel);
            }
            case CROP -> cropped(x, last, real(plan.out()), roi(i), roi(i + count));
            default -> throw node.malformedAttribute("coordinate_transformation_mode", "unknown: " + coordinates);
        };
    }

    private Operand<TFloat32> cropped(
            Operand<TFloat32> x,
            Operand<TFloat32> last,
            Operand<TFloat32> out,
            Operand<TFloat32> start,
            Operand<TFloat32> end) {
        Operand<TFloat32> one = tf.constant(1f);
        Operand<TFloat32> step = tf.math.divNoNan(tf.math.mul(tf.math.sub(end, start), last), tf.math.sub(out, one));
        Operand<TFloat32> many = tf.math.add(tf.math.mul(start, last), tf.math.mul(x, step));
        Operand<TFloat32> middle = tf.math.mul(tf.math.mul(tf.math.add(start, end), last), tf.constant(0.5f));
        return tf.select(tf.math.greater(out, one), many, tf.math.add(tf.zerosLike(x), middle));
    }
}
