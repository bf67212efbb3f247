package org.lsuv.tf.onnximport.ops.image;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.Dims;
import org.lsuv.tf.onnximport.ops.ElementTypes;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Stack;
import org.tensorflow.op.train.BatchMatMul;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/** Converts what reads images: from a stream, or at computed places. */
public final class SamplingOps {
    private SamplingOps() {}

    /** Adds all of them. */
    public static void addTo(OpRegistry.Table ops) {
        ops.one("GridSample", 16, SamplingOps::gridSample);
        ops.one("AffineGrid", 20, SamplingOps::affineGrid);
        ops.one("DeformConv", 19, DeformConvConverter::deformConv);
        ops.one("ImageDecoder", 20, ImageDecoderConverter::imageDecoder);
    }

    /** Reads images (batch × channels × space) where a grid (batch × result × coordinates from the last axis) says. */
    private static <T extends TNumber> Operand<T> gridSample(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        Operand<TNumber> grid = node.input(1);
        int axes = checkedAxes(node);
        boolean onPixels = node.attributes().flag("align_corners");
        PixelSampler.Interpolation interpolation = interpolation(node, x);
        PixelSampler.Outside outside = outside(node, onPixels);
        List<Operand<TInt64>> sizes = new ArrayList<>();
        List<Operand<TNumber>> coordinates = new ArrayList<>();
        for (int axis = 0; axis < axes; axis++) {
            Operand<TInt64> size = Dims.size(tf, x, axis + 2);
            Operand<TNumber> coordinate = coordinate(
                    tf,
                    NodeContext.cast(tf.gather(grid, tf.constant(axes - 1 - axis), tf.constant(-1))),
                    size,
                    onPixels);
            sizes.add(size);
            coordinates.add(coordinate);
        }
        Operand<T> last = Channels.toLast(tf, x);
        Operand<T> rows = tf.reshape(last, Dims.list(tf, List.of(tf.constant(-1L), Dims.size(tf, x, 1))));
        Operand<TInt64> images = tf.range(tf.constant(0L), Dims.size(tf, x, 0), tf.constant(1L));
        Operand<TInt64> image = tf.reshape(
                images,
                tf.constant(
                        IntStream.range(0, axes + 1).map(i -> i == 0 ? -1 : 1).toArray()));
        return Channels.toFirst(tf, new PixelSampler<>(tf, rows, sizes, interpolation, outside).at(image, coordinates));
    }

    private static int checkedAxes(NodeContext node) {
        int rank = node.rank(0);
        boolean sameRank = rank >= 3 && node.rank(1) == rank;
        long coordinates = sameRank ? node.shape(1).get(rank - 1) : 0;
        if (!sameRank || (coordinates >= 0 && coordinates != rank - 2)) {
            throw node.malformed("expected images of rank 3 or more and a grid of the same rank whose last size is"
                    + " that rank − 2, got the shapes " + node.shape(0) + " and " + node.shape(1));
        }
        long images = node.shape(0).get(0);
        long grids = node.shape(1).get(0);
        if (images >= 0 && grids >= 0 && images != grids) {
            throw node.malformed("expected one grid for each image, got " + grids + " for " + images);
        }
        return rank - 2;
    }

    private static PixelSampler.Interpolation interpolation(NodeContext node, Operand<?> x) {
        String mode = node.attributes().stringOr("mode", node.opset() < 20 ? "bilinear" : "linear");
        if (!mode.equals("nearest") && !ElementTypes.isFloating(x)) {
            throw node.unsupported("mode " + mode + " between numbers that are not floating-point numbers");
        }
        // Version 20 renamed them; files of either kind have both names.
        return switch (mode) {
            case "nearest" -> PixelSampler.Interpolation.NEAREST;
            case "bilinear", "linear" -> PixelSampler.Interpolation.LINEAR;
            case "bicubic", "cubic" -> PixelSampler.Interpolation.CUBIC;
            default -> throw node.malformedAttribute("mode", "expected linear, nearest or cubic, got " + mode);
        };
    }

    private static PixelSampler.Outside outside(NodeContext node, boolean onPixels) {
        String mode = node.attributes().stringOr("padding_mode", "zeros");
        return switch (mode) {
            case "zeros" -> PixelSampler.Outside.ZEROS;
            case "border" -> PixelSampler.Outside.BORDER;
            case "reflection" ->
                onPixels ? PixelSampler.Outside.REFLECTION_ON_PIXELS : PixelSampler.Outside.REFLECTION_ON_EDGES;
            default ->
                throw node.malformedAttribute("padding_mode", "expected zeros, border or reflection, got " + mode);
        };
    }

    /** Returns coordinates in [−1, 1] in pixels: those are the middles of the outermost ones, or their outer edges. */
    private static <G extends TNumber> Operand<G> coordinate(
            Ops tf, Operand<G> normalised, Operand<TInt64> size, boolean onPixels) {
        Operand<G> one = tf.constant(normalised.type(), 1);
        Operand<G> two = tf.constant(normalised.type(), 2);
        Operand<G> length = tf.dtypes.cast(size, normalised.type());
        Operand<G> fromZero = tf.math.add(normalised, one);
        return onPixels
                ? tf.math.mul(tf.math.div(fromZero, two), tf.math.sub(length, one))
                : tf.math.div(tf.math.sub(tf.math.mul(fromZero, length), one), two);
    }

    /** Returns for each place of a result where an affine map takes it, the last axis of the result first. */
    private static <T extends TNumber> Operand<T> affineGrid(NodeContext node) {
        Ops tf = node.tf();
        Operand<T> theta = node.input(0);
        Operand<TInt64> size = node.input(1);
        long rank = node.rank(1) == 1 ? node.shape(1).get(0) : 0;
        if (rank < 0) {
            throw node.unsupported("the number of sizes is not known before the graph runs");
        }
        int axes = (int) rank - 2;
        if (axes < 1 || node.rank(0) != 3 || wrong(node, 1, axes) || wrong(node, 2, axes + 1)) {
            throw node.malformed("expected maps of " + axes + " × " + (axes + 1) + " for " + rank + " sizes, got shape "
                    + node.shape(0));
        }
        boolean onPixels = node.attributes().flag("align_corners");
        List<Operand<TInt64>> sizes = IntStream.range(2, (int) rank)
                .mapToObj(i -> node.constant(1)
                        .<Operand<TInt64>>map(known -> tf.constant(known.toLongs()[i]))
                        .orElseGet(() -> Dims.element(tf, size, i)))
                .toList();
        Operand<TInt64> space = Dims.list(tf, sizes);
        List<Operand<T>> columns = new ArrayList<>();
        for (int axis = axes - 1; axis >= 0; axis--) {
            int[] alongAxis = IntStream.generate(() -> 1).limit(axes).toArray();
            alongAxis[axis] = -1;
            Operand<T> line = tf.reshape(evenly(tf, theta.type(), sizes.get(axis), onPixels), tf.constant(alongAxis));
            columns.add(tf.reshape(tf.broadcastTo(line, space), tf.constant(new long[] {-1})));
        }
        columns.add(tf.onesLike(columns.get(0)));
        Operand<T> points = tf.train.batchMatMul(
                tf.expandDims(tf.stack(columns, Stack.axis(1L)), tf.constant(0)),
                theta,
                theta.type(),
                BatchMatMul.adjY(true));
        List<Operand<TInt64>> result = new ArrayList<>(sizes);
        result.add(0, Dims.size(tf, theta, 0));
        result.add(tf.constant((long) axes));
        return tf.reshape(points, Dims.list(tf, result));
    }

    private static boolean wrong(NodeContext node, int axis, int expected) {
        long size = node.shape(0).get(axis);
        return size >= 0 && size != expected;
    }

    /** Returns places from −1 to 1: with the outermost ones there, or in the middle of equal cells between. */
    private static <T extends TNumber> Operand<T> evenly(
            Ops tf, Class<T> type, Operand<TInt64> count, boolean onPixels) {
        Operand<T> one = tf.constant(type, 1);
        Operand<T> two = tf.constant(type, 2);
        Operand<T> places = tf.dtypes.cast(tf.range(tf.constant(0L), count, tf.constant(1L)), type);
        Operand<T> number = tf.dtypes.cast(count, type);
        Operand<T> from = onPixels ? tf.math.mul(two, places) : tf.math.add(tf.math.mul(two, places), one);
        Operand<T> cells = onPixels ? tf.math.maximum(tf.math.sub(number, one), one) : number;
        return tf.math.sub(tf.math.div(from, cells), one);
    }
}
