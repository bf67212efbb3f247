package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;
import org.tensorflow.ndarray.Shape;

/** Converts convolutions. */
final class ConvOps {
    private ConvOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Conv2D", node -> conv(node, 2));
        ops.add("Conv3D", node -> conv(node, 3));
        ops.add("DepthwiseConv2dNative", ConvOps::depthwise);
    }

    /** Returns the order in which ONNX stores a kernel: output channels, input channels, space. */
    static Order kernelOrder(int spatial) {
        List<Integer> axes = new ArrayList<>(List.of(spatial + 1, spatial));
        for (int i = 0; i < spatial; i++) {
            axes.add(i);
        }
        return new Order(axes);
    }

    /** Returns the sizes of a kernel along the spatial axes, which come first. */
    static List<Long> kernelSizes(NodeExport node, int input, int spatial) {
        List<Long> sizes = new ArrayList<>();
        for (int i = 0; i < spatial; i++) {
            long size = node.rank(input) == spatial + 2 ? node.shape(input).get(i) : -1;
            if (size < 0) {
                throw node.unsupported("the shape of the kernel is not known");
            }
            sizes.add(size);
        }
        return sizes;
    }

    private static void conv(NodeExport node, int spatial) {
        Windows windows = Windows.of(node, kernelSizes(node, 1, spatial));
        Order order = windows.channelsFirst();
        Shape input = node.shape(0);
        long channels = input.isUnknown() ? -1 : input.get(windows.first() == 1 ? spatial + 1 : 1);
        long perGroup = node.shape(1).get(spatial);
        long groups = channels > 0 && perGroup > 0 ? channels / perGroup : 1;
        NodeDraft draft = node.draft("Conv", node.in(0, order), node.in(1, kernelOrder(spatial)));
        finish(node, draft, windows, groups);
    }

    private static void finish(NodeExport node, NodeDraft draft, Windows windows, long groups) {
        draft.withInts("kernel_shape", windows.sizes())
                .withInts("strides", windows.strides())
                .withInts("dilations", windows.dilations())
                .with("group", groups);
        node.give(0, windows.pad(node, draft, node.shape(0)), windows.channelsFirst());
    }

    /** Output channel c·m + i comes from channel c and its i-th kernel of m, on both sides. */
    private static void depthwise(NodeExport node) {
        List<Long> sizes = kernelSizes(node, 1, 2);
        Windows windows = Windows.of(node, sizes);
        long channels = node.shape(1).get(2);
        long each = node.shape(1).get(3);
        if (channels < 0 || each < 0) {
            throw node.unsupported("the shape of the kernel is not known");
        }
        String kernel = node.reshaped(1, Order.of(2, 3, 0, 1), channels * each, 1, sizes.get(0), sizes.get(1));
        finish(node, node.draft("Conv", node.in(0, windows.channelsFirst()), kernel), windows, channels);
    }
}
