package org.lsuv.tf.onnximport.ops.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * Reads images at places between their pixels. An image has any number of axes; its pixels lie in the
 * rows of a matrix, whose columns are the channels.
 */
final class PixelSampler<T extends TNumber> {
    private final Ops tf;
    private final Operand<T> rows;
    private final List<Operand<TInt64>> sizes;
    private final Interpolation interpolation;
    private final Outside outside;

    /** Lists the ways to take a value between pixels. */
    enum Interpolation {
        NEAREST,
        LINEAR,
        CUBIC
    }

    /** Lists what is read outside of an image. */
    enum Outside {
        ZEROS,
        BORDER,
        /** A reflection about the middle of the pixels at the edge. */
        REFLECTION_ON_PIXELS,
        /** A reflection about the outer edge of the pixels there. */
        REFLECTION_ON_EDGES
    }

    /** Says how much of the pixel at a place on one axis is taken: all of it if there is no weight. */
    private record Tap<T extends TNumber>(Operand<TInt64> place, Optional<Operand<T>> weight) {}

    /**
     * @param rows one row a pixel, image after image
     * @param sizes the sizes of an image
     */
    PixelSampler(Ops tf, Operand<T> rows, List<Operand<TInt64>> sizes, Interpolation interpolation, Outside outside) {
        this.tf = tf;
        this.rows = rows;
        this.sizes = sizes;
        this.interpolation = interpolation;
        this.outside = outside;
    }

    /**
     * Returns the values at some places, the channels as last axis.
     *
     * @param image which image each place lies in, broadcast against the coordinates
     * @param coordinates where it lies on each axis; pixels are one apart, the first one is at 0
     */
    Operand<T> at(Operand<TInt64> image, List<? extends Operand<? extends TNumber>> coordinates) {
        List<List<Tap<T>>> taps = new ArrayList<>();
        for (int axis = 0; axis < sizes.size(); axis++) {
            taps.add(taps(sizes.get(axis), coordinates.get(axis)));
        }
        List<Operand<T>> parts = new ArrayList<>();
        collect(taps, 0, image, Optional.empty(), parts);
        return parts.size() == 1 ? parts.get(0) : tf.math.addN(parts);
    }

    /** Goes through all combinations of taps on the axes from one on. */
    private void collect(
            List<List<Tap<T>>> taps,
            int axis,
            Operand<TInt64> row,
            Optional<Operand<T>> weight,
            List<Operand<T>> parts) {
        if (axis == taps.size()) {
            Operand<T> pixels = tf.gather(rows, row, tf.constant(0));
            parts.add(weight.<Operand<T>>map(factor -> tf.math.mul(pixels, tf.expandDims(factor, tf.constant(-1))))
                    .orElse(pixels));
            return;
        }
        for (Tap<T> tap : taps.get(axis)) {
            Operand<TInt64> next = tf.math.add(tf.math.mul(row, sizes.get(axis)), tap.place());
            collect(taps, axis + 1, next, product(weight, tap.weight()), parts);
        }
    }

    private Optional<Operand<T>> product(Optional<Operand<T>> a, Optional<Operand<T>> b) {
        return a.isPresent() && b.isPresent() ? Optional.of(tf.math.mul(a.get(), b.get())) : a.or(() -> b);
    }

    private List<Tap<T>> taps(Operand<TInt64> size, Operand<? extends TNumber> coordinate) {
        if (interpolation == Interpolation.NEAREST) {
            return List.of(tap(size, integer(tf.math.rint(coordinate)), Optional.empty()));
        }
        Operand<T> x = coordinate.type() == rows.type()
                ? NodeContext.cast(coordinate)
                : tf.dtypes.cast(coordinate, rows.type());
        Operand<T> floor = tf.math.floor(x);
        Operand<T> part = tf.math.sub(x, floor);
        Operand<TInt64> first = integer(floor);
        int before = interpolation == Interpolation.CUBIC ? 1 : 0;
        return IntStream.rangeClosed(-before, 1 + before)
                .mapToObj(shift ->
                        tap(size, tf.math.add(first, tf.constant((long) shift)), Optional.of(weight(part, shift))))
                .toList();
    }

    private Operand<TInt64> integer(Operand<? extends TNumber> x) {
        return tf.dtypes.cast(x, TInt64.class);
    }

    /** Returns the weight of the pixel at a place for a coordinate in [0, 1). */
    private Operand<T> weight(Operand<T> part, int place) {
        Operand<T> one = tf.constant(part.type(), 1);
        if (interpolation == Interpolation.LINEAR) {
            return place == 0 ? tf.math.sub(one, part) : part;
        }
        return switch (place) {
            case -1 -> far(tf.math.add(part, one));
            case 0 -> near(part);
            case 1 -> near(tf.math.sub(one, part));
            default -> far(tf.math.sub(tf.constant(part.type(), 2), part));
        };
    }

    // Keys' cubic convolution with a = −0.75, by the distance of a pixel: a·d³ − 5a·d² + 8a·d − 4a from 1 to 2,
    // (a + 2)·d³ − (a + 3)·d² + 1 below.
    private Operand<T> far(Operand<T> distance) {
        return polynomial(distance, -0.75, 3.75, -6, 3);
    }

    private Operand<T> near(Operand<T> distance) {
        return polynomial(distance, 1.25, -2.25, 0, 1);
    }

    private Operand<T> polynomial(Operand<T> x, double... coefficients) {
        Operand<T> value = tf.constant(x.type(), coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            value = tf.math.add(tf.math.mul(value, x), tf.constant(x.type(), coefficients[i]));
        }
        return value;
    }

    private Tap<T> tap(Operand<TInt64> size, Operand<TInt64> place, Optional<Operand<T>> weight) {
        Operand<TInt64> zero = tf.constant(0L);
        Operand<TInt64> one = tf.constant(1L);
        Operand<TInt64> last = tf.math.sub(size, one);
        Operand<TInt64> clamped = tf.math.maximum(zero, tf.math.minimum(place, last));
        return switch (outside) {
            case BORDER -> new Tap<>(clamped, weight);
            case ZEROS -> {
                Operand<T> inside = tf.dtypes.cast(tf.math.equal(place, clamped), rows.type());
                yield new Tap<>(clamped, product(weight, Optional.of(inside)));
            }
            case REFLECTION_ON_PIXELS -> {
                Operand<TInt64> period = tf.math.maximum(one, tf.math.add(last, last));
                Operand<TInt64> turned = tf.math.floorMod(place, period);
                yield new Tap<>(tf.math.minimum(turned, tf.math.sub(period, turned)), weight);
            }
            case REFLECTION_ON_EDGES -> {
                Operand<TInt64> period = tf.math.add(size, size);
                Operand<TInt64> turned = tf.math.floorMod(place, period);
                Operand<TInt64> back = tf.math.sub(tf.math.sub(period, one), turned);
                yield new Tap<>(tf.math.minimum(turned, back), weight);
            }
        };
    }
}
