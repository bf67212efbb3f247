package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.lsuv.onnx.OnnxAttributes;
import org.lsuv.tf.onnximport.NodeContext;

/**
 * Describes the window of a convolution or pooling, one entry a spatial axis.
 *
 * @param kernel the number of taps
 * @param strides the steps between windows
 * @param dilations the steps between taps
 * @param autoPad how the padding is found
 * @param begins the padding in front, where it is explicit
 * @param ends the padding behind, where it is explicit
 */
public record Window(
        List<Long> kernel,
        List<Long> strides,
        List<Long> dilations,
        AutoPad autoPad,
        List<Long> begins,
        List<Long> ends) {

    /** Lists the values of the attribute {@code auto_pad}. */
    enum AutoPad {
        NOTSET,
        VALID,
        SAME_UPPER,
        SAME_LOWER;

        boolean isSame() {
            return this == SAME_UPPER || this == SAME_LOWER;
        }
    }

    /**
     * Describes how windows lie on one axis.
     *
     * @param out the number of windows
     * @param begin the padding in front
     * @param end the padding behind
     * @param overhang how far a last, partial window reaches beyond that padding
     */
    public record Fit(Size out, Size begin, Size end, Size overhang) {}

    /** Reads the attributes of a node, whose defaults are those of all its operators. */
    public static Window of(NodeContext node, List<Long> kernel) {
        OnnxAttributes attributes = node.attributes();
        int rank = kernel.size();
        String autoPad = attributes.stringOr("auto_pad", "NOTSET");
        List<Long> pads = attribute(node, "pads", 2 * rank, 0, 0);
        return new Window(
                atLeastOne(node, "kernel_shape", kernel),
                attribute(node, "strides", rank, 1, 1),
                attribute(node, "dilations", rank, 1, 1),
                autoPad(node, autoPad),
                pads.subList(0, rank),
                pads.subList(rank, 2 * rank));
    }

    /** Returns the attribute {@code kernel_shape}, if present, as a list of this length. */
    public static List<Long> kernelShape(NodeContext node, int rank) {
        return attribute(node, "kernel_shape", rank, 1, 1);
    }

    private static AutoPad autoPad(NodeContext node, String name) {
        try {
            return AutoPad.valueOf(name.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw node.malformedAttribute("auto_pad", "expected NOTSET, VALID, SAME_UPPER or SAME_LOWER, got " + name);
        }
    }

    private static List<Long> attribute(NodeContext node, String name, int length, long defaultValue, long least) {
        long[] values = node.attributes()
                .ints(name, length)
                .orElseGet(() ->
                        LongStream.generate(() -> defaultValue).limit(length).toArray());
        for (long value : values) {
            if (value < least || value > Integer.MAX_VALUE) {
                throw node.malformedAttribute(name, "expected integers from " + least + ", got " + value);
            }
        }
        return LongStream.of(values).boxed().toList();
    }

    private static List<Long> atLeastOne(NodeContext node, String name, List<Long> values) {
        if (values.stream().anyMatch(value -> value < 1)) {
            throw node.malformedAttribute(name, "expected sizes from 1, got " + values);
        }
        return values;
    }

    int rank() {
        return kernel.size();
    }

    /** Returns how far a window reaches, dilation included. */
    long extent(int axis) {
        return (kernel.get(axis) - 1) * dilations.get(axis) + 1;
    }

    boolean isDilated() {
        return dilations.stream().anyMatch(dilation -> dilation != 1);
    }

    /** Returns the strides as TensorFlow takes them where channels are last. */
    List<Long> stridesChannelsLast() {
        List<Long> all = new ArrayList<>(List.of(1L));
        all.addAll(strides);
        all.add(1L);
        return all;
    }

    /** Returns the same window with an axis of size 1 in front, so that a line becomes a plane. */
    Window withLeadingAxis() {
        return new Window(
                prepend(1, kernel),
                prepend(1, strides),
                prepend(1, dilations),
                autoPad,
                prepend(0, begins),
                prepend(0, ends));
    }

    static List<Long> prepend(long first, List<Long> rest) {
        List<Long> all = new ArrayList<>(Collections.singletonList(first));
        all.addAll(rest);
        return List.copyOf(all);
    }

    /**
     * Places the windows on the spatial axes of an input.
     *
     * @param roundUp whether a last window may be partial, as {@code ceil_mode} says
     */
    public List<Fit> fit(NodeContext node, List<Size> sizes, boolean roundUp) {
        List<Fit> fits = new ArrayList<>(rank());
        for (int axis = 0; axis < rank(); axis++) {
            Fit fit = autoPad.isSame()
                    ? same(node, axis, sizes.get(axis))
                    : explicit(node, axis, sizes.get(axis), roundUp);
            if (fit.out().known().orElse(1) < 1) {
                throw node.malformed("a window of " + extent(axis) + " does not fit on a spatial axis of size "
                        + sizes.get(axis).known().orElse(-1) + " with its padding");
            }
            fits.add(fit);
        }
        return fits;
    }

    /** Tells whether a known padding on an axis is what {@code SAME_UPPER} would choose. */
    boolean isSameUpper(int axis, Size in, Size begin, Size end) {
        long stride = strides.get(axis);
        if (stride != 1 && in.known().isEmpty()) {
            return false;
        }
        long size = in.known().orElse(1);
        long total = Math.max(0, (size + stride - 1) / stride * stride - stride + extent(axis) - size);
        return begin.is(total / 2) && end.is(total - total / 2);
    }

    private Fit same(NodeContext node, int axis, Size in) {
        long stride = strides.get(axis);
        Size out = in.plus(stride - 1).over(stride);
        Size total = stride == 1
                ? Size.of(node.tf(), extent(axis) - 1)
                : out.plus(-1).times(stride).plus(extent(axis)).minus(in).atLeast(0);
        Size less = total.over(2);
        Size more = total.minus(less);
        Size none = Size.of(node.tf(), 0);
        return autoPad == AutoPad.SAME_UPPER ? new Fit(out, less, more, none) : new Fit(out, more, less, none);
    }

    private Fit explicit(NodeContext node, int axis, Size in, boolean roundUp) {
        boolean padded = autoPad == AutoPad.NOTSET;
        long stride = strides.get(axis);
        Size begin = Size.of(node.tf(), padded ? begins.get(axis) : 0);
        Size end = Size.of(node.tf(), padded ? ends.get(axis) : 0);
        Size slack = in.plus(begin).plus(end).plus(-extent(axis));
        if (!roundUp || !padded) {
            return new Fit(slack.over(stride).plus(1), begin, end, Size.of(node.tf(), 0));
        }
        // A window that would start in the padding behind is left out.
        Size starting = in.plus(begin).plus(-1).over(stride).plus(1);
        Size out = slack.plus(stride - 1).over(stride).plus(1).atMost(starting);
        Size overhang = out.plus(-1).times(stride).minus(slack).atLeast(0);
        return new Fit(out, begin, end, overhang);
    }
}
