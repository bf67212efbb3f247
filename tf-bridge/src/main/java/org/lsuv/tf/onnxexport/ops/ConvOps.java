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
        ops.add("DepthwiseConv2dNative", node -> conv(node, 2));
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
        node.give(0, draft(node, windows), windows.channelsFirst());
    }

    /** Starts a convolution of the first operand with the second one. */
    static NodeDraft draft(NodeExport node, Windows windows, String... bias) {
        List<String> operands = new ArrayList<>(List.of(node.in(0, windows.channelsFirst()), kernel(node)));
        operands.addAll(List.of(bias));
        NodeDraft draft = node.draft("Conv", operands.toArray(String[]::new))
                .withInts("kernel_shape", windows.sizes())
                .withInts("strides", windows.strides())
                .withInts("dilations", windows.dilations())
                .with("group", groups(node));
        return windows.pad(node, draft, node.shape(0));
    }

    private static boolean isDepthwise(NodeExport node) {
        return node.op().contains("Depthwise");
    }

    /** Returns the kernel as ONNX stores it. With one input channel a group, output c·m + i is kernel i of channel c. */
    static String kernel(NodeExport node) {
        int spatial = node.rank(1) - 2;
        if (!isDepthwise(node)) {
            return node.in(1, kernelOrder(spatial));
        }
        long[] sizes = node.shape(1).asArray();
        if (sizes[2] < 0 || sizes[3] < 0) {
            throw node.unsupported("the shape of the kernel is not known");
        }
        return node.reshaped(1, Order.of(2, 3, 0, 1), sizes[2] * sizes[3], 1, sizes[0], sizes[1]);
    }

    /** Returns the number of groups: how often the channels of a kernel go into those of the input. */
    static long groups(NodeExport node) {
        int spatial = node.rank(1) - 2;
        long perGroup = node.shape(1).get(spatial);
        if (isDepthwise(node)) {
            return perGroup;
        }
        Shape input = node.shape(0);
        long channels = input.isUnknown() ? -1 : input.get(Windows.isChannelsFirst(node) ? 1 : spatial + 1);
        return channels > 0 && perGroup > 0 ? channels / perGroup : 1;
    }
}
