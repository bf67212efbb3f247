package org.lsuv.tf.onnximport.ops;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.tf.onnximport.NodeContext;
import org.lsuv.tf.onnximport.OpRegistry;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Squeeze;
import org.tensorflow.op.nn.BiasAdd;
import org.tensorflow.op.nn.Conv2d;
import org.tensorflow.op.nn.DepthwiseConv2dNative;
import org.tensorflow.types.family.TNumber;

/** Converts convolutions. Filters arrive as output × input ÷ group × space. */
public final class ConvOps {
    private ConvOps() {}

    static void addTo(OpRegistry.Table ops) {
        ops.one("Conv", 1, ConvOps::conv);
        ops.one("ConvTranspose", 1, ConvTransposeConverter::convTranspose);
    }

    private static <T extends TNumber> Operand<T> conv(NodeContext node) {
        return withBias(node, node.linear(product(node, node.<T>input(0))));
    }

    /** Convolves an input with the node's filter, without its bias. */
    public static <T extends TNumber> Operand<T> product(NodeContext node, Operand<T> input) {
        return convolve(node, input, node.input(1));
    }

    /** Convolves operands with the window that a node's attributes describe. */
    public static <T extends TNumber> Operand<T> convolve(NodeContext node, Operand<T> input, Operand<T> filters) {
        Ops tf = node.tf();
        Operand<T> x = input;
        Operand<T> w = filters;
        Filter filter = Filter.of(node, x, w);
        if (w.shape().get(0) % filter.group() != 0) {
            throw node.malformed(
                    "the filter's " + w.shape().get(0) + " output channels are no multiple of group " + filter.group());
        }
        checkChannels(node, x, filter.group() * w.shape().get(1));
        Window window = Window.of(node, filter.kernel());
        boolean line = filter.kernel().size() == 1;
        if (line) {
            x = tf.expandDims(x, tf.constant(2));
            w = tf.expandDims(w, tf.constant(2));
            window = window.withLeadingAxis();
        }
        Operand<T> product = window.rank() == 2
                ? plane(node, x, w, window, filter.group())
                : space(node, x, w, window, filter.group());
        return line ? tf.squeeze(product, Squeeze.axis(2L)) : product;
    }

    /** Checks that an input has the channels that a kernel reads. */
    public static void checkChannels(NodeContext node, Operand<? extends TNumber> x, long expected) {
        long channels = x.shape().get(1);
        if (channels >= 0 && channels != expected) {
            throw node.malformed("the filter expects " + expected + " input channels, but \""
                    + node.node().input(0) + "\" has " + channels);
        }
    }

    /** Adds the third input, one value a channel, if it is there. */
    public static <T extends TNumber> Operand<T> withBias(NodeContext node, Operand<T> product) {
        if (!node.has(2)) {
            return product;
        }
        Ops tf = node.tf();
        Operand<T> bias = node.input(2);
        if (node.rank(2) != 1) {
            throw node.malformed("the bias must have 1 axis, but has " + node.rank(2));
        }
        if (product.shape().numDimensions() == 4) {
            return tf.nn.biasAdd(product, bias, BiasAdd.dataFormat("NCHW"));
        }
        return tf.math.add(product, Channels.along(tf, bias, product.shape().numDimensions()));
    }

    private static <T extends TNumber> Operand<T> plane(
            NodeContext node, Operand<T> x, Operand<T> w, Window window, long group) {
        Ops tf = node.tf();
        List<Long> strides = planeList(window.strides());
        boolean depthwise = group > 1
                && w.shape().get(1) == 1
                && !window.isDilated()
                && window.strides().get(0).equals(window.strides().get(1));
        Padding padding = padding(node, x, window);
        String kind = kind(padding, Channels.spatialSizes(tf, x), window);
        // A depthwise convolution with explicit padding that is fused with its bias aborts the process.
        if (kind.equals("EXPLICIT") && (depthwise || !padding.isKnown())) {
            x = padding.apply(tf, x, 0);
            kind = "VALID";
        }
        if (depthwise) {
            return tf.nn.depthwiseConv2dNative(
                    x, depthwiseFilter(tf, w, group), strides, kind, DepthwiseConv2dNative.dataFormat("NCHW"));
        }
        return tf.nn.conv2d(
                x,
                tf.linalg.transpose(w, tf.constant(new int[] {2, 3, 1, 0})),
                strides,
                kind,
                Conv2d.dataFormat("NCHW"),
                Conv2d.explicitPaddings(kind.equals("EXPLICIT") ? padding.flat() : List.of()),
                Conv2d.dilations(planeList(window.dilations())));
    }

    /** Convolves every channel of a line, padded already, with its own filter. */
    public static <T extends TNumber> Operand<T> depthwiseLine(Ops tf, Operand<T> x, Operand<T> w) {
        Operand<T> filter =
                depthwiseFilter(tf, tf.expandDims(w, tf.constant(2)), w.shape().get(0));
        Operand<T> product = tf.nn.depthwiseConv2dNative(
                tf.expandDims(x, tf.constant(2)),
                filter,
                List.of(1L, 1L, 1L, 1L),
                "VALID",
                DepthwiseConv2dNative.dataFormat("NCHW"));
        return tf.squeeze(product, Squeeze.axis(2L));
    }

    /** Returns what TensorFlow calls a padding. Its SAME is ONNX's SAME_UPPER. */
    private static String kind(Padding padding, List<Size> sizes, Window window) {
        if (padding.isNone()) {
            return "VALID";
        }
        for (int axis = 0; axis < window.rank(); axis++) {
            if (!window.isSameUpper(
                    axis,
                    sizes.get(axis),
                    padding.begins().get(axis + 2),
                    padding.ends().get(axis + 2))) {
                return "EXPLICIT";
            }
        }
        return "SAME";
    }

    /** Turns output × 1 × space into space × input × multiplier; outputs are ordered by input, then multiplier. */
    private static <T extends TNumber> Operand<T> depthwiseFilter(Ops tf, Operand<T> w, long channels) {
        long[] shape = w.shape().asArray();
        Operand<T> split = tf.reshape(w, tf.constant(new long[] {channels, shape[0] / channels, shape[2], shape[3]}));
        return tf.linalg.transpose(split, tf.constant(new int[] {2, 3, 0, 1}));
    }

    private static List<Long> planeList(List<Long> values) {
        return List.of(1L, 1L, values.get(0), values.get(1));
    }

    // On the CPU, TensorFlow convolves in space channels-last only, without groups and dilation.
    private static <T extends TNumber> Operand<T> space(
            NodeContext node, Operand<T> x, Operand<T> w, Window window, long group) {
        Ops tf = node.tf();
        Operand<T> input = Channels.toLast(tf, padding(node, x, window).apply(tf, x, 0));
        Operand<T> filter = Filter.dilated(tf, tf.linalg.transpose(w, tf.constant(new int[] {2, 3, 4, 1, 0})), window);
        List<Operand<T>> products = new ArrayList<>();
        List<Operand<T>> inputs = Channels.split(tf, input, 4, group);
        List<Operand<T>> filters = Channels.split(tf, filter, 4, group);
        for (int i = 0; i < inputs.size(); i++) {
            products.add(tf.nn.conv3d(inputs.get(i), filters.get(i), window.stridesChannelsLast(), "VALID"));
        }
        return Channels.toFirst(tf, Channels.join(tf, products, 4));
    }

    private static Padding padding(NodeContext node, Operand<? extends TNumber> x, Window window) {
        List<Window.Fit> fits = window.fit(node, Channels.spatialSizes(node.tf(), x), false);
        return Padding.spatial(
                node,
                fits.stream().map(Window.Fit::begin).toList(),
                fits.stream().map(Window.Fit::end).toList());
    }
}
