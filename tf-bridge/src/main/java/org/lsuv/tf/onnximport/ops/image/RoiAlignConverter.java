package org.lsuv.tf.onnximport.ops.image;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.ops.Channels;
import org.lsuv.tf.onnximport.ops.Dims;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.op.core.Sum;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.family.TNumber;

/**
 * Converts RoiAlign: each box is cut into cells, each cell sampled between the pixels on a grid of its
 * own, and the samples are averaged or their greatest weighted pixel taken.
 */
final class RoiAlignConverter<T extends TNumber> {
    private final NodeContext node;
    private final Class<T> type;
    private final double pixelOffset;
    private final long height;
    private final long width;
    private final long sampling;
    private final double scale;
    private final boolean maximum;

    private RoiAlignConverter(NodeContext node, double pixelOffset) {
        this.node = node;
        this.type = node.<T>input(0).type();
        this.pixelOffset = pixelOffset;
        this.height = atLeast("output_height", 1, 1);
        this.width = atLeast("output_width", 1, 1);
        this.sampling = atLeast("sampling_ratio", 0, 0);
        this.scale = node.attributes().floatOr("spatial_scale", 1);
        String mode = node.attributes().stringOr("mode", "avg");
        if (!mode.equals("avg") && !mode.equals("max")) {
            throw node.malformedAttribute("mode", "expected avg or max, got " + mode);
        }
        this.maximum = mode.equals("max");
    }

    static <T extends TNumber> Operand<T> roiAlign16(NodeContext node) {
        String mode = node.attributes().stringOr("coordinate_transformation_mode", "half_pixel");
        return switch (mode) {
            case "half_pixel" -> roiAlign(node, 0.5);
            case "output_half_pixel" -> roiAlign(node, 0);
            default ->
                throw node.malformedAttribute(
                        "coordinate_transformation_mode", "expected half_pixel or output_half_pixel, got " + mode);
        };
    }

    /** @param pixelOffset how far the middle of a pixel lies from its coordinate */
    static <T extends TNumber> Operand<T> roiAlign(NodeContext node, double pixelOffset) {
        return new RoiAlignConverter<T>(node, pixelOffset).result();
    }

    private long atLeast(String attribute, long least, long defaultValue) {
        long value = node.attributes().intOr(attribute, defaultValue);
        if (value < least || value > Integer.MAX_VALUE) {
            throw node.malformedAttribute(attribute, "expected an integer from " + least + ", got " + value);
        }
        return value;
    }

    private Operand<T> result() {
        long corners = node.rank(1) == 2 ? node.shape(1).get(1) : 0;
        if (node.rank(0) != 4 || (corners >= 0 && corners != 4) || node.rank(2) != 1) {
            throw node.malformed("expected images of rank 4, boxes of 4 numbers and a list of images, got the shapes "
                    + node.shape(0) + ", " + node.shape(1) + " and " + node.shape(2));
        }
        Ops tf = node.tf();
        Operand<T> x = node.input(0);
        Operand<T> last = Channels.toLast(tf, x);
        Operand<TInt64> channels = Dims.size(tf, x, 1);
        List<Operand<?>> shared = List.of(
                tf.reshape(last, tf.stack(List.of(tf.constant(-1L), channels))),
                Dims.size(tf, x, 2),
                Dims.size(tf, x, 3));
        Operand<T> found = NodeContext.cast(EachItem.map(
                        tf,
                        List.of(node.<T>input(1), tf.dtypes.cast(node.<TNumber>input(2), TInt64.class)),
                        shared,
                        List.of(Shape.of(height, width, x.shape().get(1))),
                        this::ofOneBox)
                .get(0));
        return Channels.toFirst(tf, found);
    }

    private List<Operand<?>> ofOneBox(Ops tf, List<Operand<?>> item, List<Operand<?>> shared) {
        Operand<T> box = NodeContext.cast(item.get(0));
        Operand<TInt64> image = NodeContext.cast(item.get(1));
        Operand<T> rows = NodeContext.cast(shared.get(0));
        Line<T> y = line(tf, box, 1, height, NodeContext.cast(shared.get(1)));
        Line<T> x = line(tf, box, 0, width, NodeContext.cast(shared.get(2)));
        List<Operand<T>> parts = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                Operand<TInt64> row =
                        tf.math.add(tf.math.mul(image, y.size()), y.places().get(i));
                Operand<TInt64> pixel = tf.math.add(
                        tf.math.mul(tf.expandDims(row, tf.constant(1)), x.size()),
                        x.places().get(j));
                Operand<T> weight = tf.math.mul(
                        tf.expandDims(y.weights().get(i), tf.constant(1)),
                        x.weights().get(j));
                parts.add(tf.math.mul(tf.gather(rows, pixel, tf.constant(0)), tf.expandDims(weight, tf.constant(2))));
            }
        }
        return List.of(maximum ? greatest(tf, parts, y, x) : average(tf, parts, y, x));
    }

    private Operand<T> average(Ops tf, List<Operand<T>> parts, Line<T> y, Line<T> x) {
        Operand<T> sum =
                tf.sum(byCell(tf, tf.math.addN(parts), y, x), tf.constant(new int[] {1, 3}), Sum.keepDims(false));
        Operand<TInt64> count = tf.math.maximum(tf.math.mul(y.samples(), x.samples()), tf.constant(1L));
        return tf.math.div(sum, tf.dtypes.cast(count, type));
    }

    /** Takes the greatest product of a pixel and its weight, as ONNX defines it, and not of their sums. */
    private Operand<T> greatest(Ops tf, List<Operand<T>> parts, Line<T> y, Line<T> x) {
        Operand<T> product = parts.get(0);
        for (Operand<T> part : parts.subList(1, parts.size())) {
            product = tf.math.maximum(product, part);
        }
        Operand<T> greatest = tf.max(byCell(tf, product, y, x), tf.constant(new int[] {1, 3}), Max.keepDims(false));
        Operand<TInt64> count = tf.math.mul(y.samples(), x.samples());
        return tf.select(tf.math.equal(count, tf.constant(0L)), tf.zerosLike(greatest), greatest);
    }

    private Operand<T> byCell(Ops tf, Operand<T> samples, Line<T> y, Line<T> x) {
        Operand<TInt64> channels = Dims.size(tf, samples, 2);
        return tf.reshape(
                samples,
                tf.stack(List.of(tf.constant(height), y.samples(), tf.constant(width), x.samples(), channels)));
    }

    /**
     * The samples along one axis of a box: cells times samples in a cell.
     *
     * @param size the size of the image
     * @param samples the number of samples in a cell
     * @param places the pixel in front of each sample, and the one behind
     * @param weights the weights of these
     */
    private record Line<T extends TNumber>(
            Operand<TInt64> size, Operand<TInt64> samples, List<Operand<TInt64>> places, List<Operand<T>> weights) {}

    private Line<T> line(Ops tf, Operand<T> box, int first, long cells, Operand<TInt64> size) {
        Operand<T> zero = tf.constant(type, 0);
        Operand<T> one = tf.constant(type, 1);
        Operand<T> start = edge(tf, box, first);
        Operand<T> extent = tf.math.sub(edge(tf, box, first + 2), start);
        // Without the offset of half a pixel, empty boxes count as one pixel.
        Operand<T> length = pixelOffset == 0 ? tf.math.maximum(extent, one) : extent;
        Operand<T> cell = tf.math.div(length, tf.constant(type, cells));
        Operand<TInt64> samples = sampling > 0
                ? tf.constant(sampling)
                : tf.math.maximum(tf.dtypes.cast(tf.math.ceil(cell), TInt64.class), tf.constant(0L));
        Operand<TInt64> numbers = tf.range(tf.constant(0L), tf.math.mul(samples, tf.constant(cells)), tf.constant(1L));
        Operand<TInt64> divisor = tf.math.maximum(samples, tf.constant(1L));
        Operand<T> ofCell = tf.dtypes.cast(tf.math.floorDiv(numbers, divisor), type);
        Operand<T> inCell =
                tf.math.add(tf.dtypes.cast(tf.math.floorMod(numbers, divisor), type), tf.constant(type, 0.5));
        Operand<T> sample = tf.math.add(
                tf.math.add(start, tf.math.mul(ofCell, cell)),
                tf.math.div(tf.math.mul(inCell, cell), tf.dtypes.cast(divisor, type)));
        Operand<T> number = tf.dtypes.cast(size, type);
        Operand<T> last = tf.math.sub(number, one);
        Operand<T> inside = tf.dtypes.cast(
                tf.math.logicalAnd(
                        tf.math.greaterEqual(sample, tf.constant(type, -1)), tf.math.lessEqual(sample, number)),
                type);
        Operand<T> clamped = tf.math.minimum(tf.math.maximum(sample, zero), last);
        Operand<T> low = tf.math.floor(clamped);
        Operand<T> part = tf.math.sub(clamped, low);
        return new Line<>(
                size,
                samples,
                List.of(
                        tf.dtypes.cast(low, TInt64.class),
                        tf.dtypes.cast(tf.math.minimum(tf.math.add(low, one), last), TInt64.class)),
                List.of(tf.math.mul(tf.math.sub(one, part), inside), tf.math.mul(part, inside)));
    }

    private Operand<T> edge(Ops tf, Operand<T> box, int index) {
        return tf.math.sub(
                tf.math.mul(Dims.element(tf, box, index), tf.constant(type, scale)), tf.constant(type, pixelOffset));
    }
}
