package org.lsuv.tf.onnxexport.ops;

import java.util.ArrayList;
import java.util.List;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;
import org.tensorflow.ndarray.Shape;

/** Converts transposed convolutions, which TensorFlow has as gradients of convolutions. */
final class TransposedConvOps {
    private TransposedConvOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Conv2DBackpropInput", node -> transposed(node, 2));
        ops.add("Conv3DBackpropInputV2", node -> transposed(node, 3));
    }

    private static void transposed(NodeExport node, int spatial) {
        Windows windows = Windows.of(node, ConvOps.kernelSizes(node, 1, spatial));
        Order order = windows.channelsFirst();
        Shape result = node.outShape(0);
        int channelAxis = windows.first() == 1 ? spatial + 1 : 1;
        long channels = result.isUnknown() ? -1 : result.get(channelAxis);
        long perGroup = node.shape(1).get(spatial);
        NodeDraft draft = node.draft("ConvTranspose", node.in(2, order), node.in(1, ConvOps.kernelOrder(spatial)))
                .withInts("kernel_shape", windows.sizes())
                .withInts("strides", windows.strides())
                .withInts("dilations", windows.dilations())
                .with("group", channels > 0 && perGroup > 0 ? channels / perGroup : 1);
        node.give(0, pads(node, draft, windows), order);
    }

    /**
     * The convolution behind it padded its input by what the windows reach over its size. Where that is less than
     * nothing, it never saw the last elements, and what is given back to them is zero.
     */
    private static NodeDraft pads(NodeExport node, NodeDraft draft, Windows windows) {
        List<Long> begins = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        List<Long> unseen = new ArrayList<>();
        String padding = node.text("padding");
        for (int i = 0; i < windows.rank(); i++) {
            long surplus = surplus(node, windows, i);
            long begin;
            long end;
            if (padding.equals("EXPLICIT")) {
                List<Long> explicit = windows.explicit(node.list("explicit_paddings"));
                begin = explicit.get(i);
                end = explicit.get(windows.rank() + i);
            } else {
                begin = padding.equals("VALID") ? 0 : Math.max(0, surplus) / 2;
                end = padding.equals("VALID") ? 0 : Math.max(0, surplus) - begin;
            }
            begins.add(begin);
            ends.add(end);
            unseen.add(Math.max(0, begin + end - surplus));
        }
        begins.addAll(ends);
        draft.withInts("pads", begins);
        return unseen.stream().allMatch(size -> size == 0) ? draft : draft.withInts("output_padding", unseen);
    }

    /** Returns (steps − 1)·stride + extent − size; where sizes are open, with those that Keras asks for. */
    private static long surplus(NodeExport node, Windows windows, int axis) {
        int at = windows.first() + axis;
        Shape in = node.shape(2);
        Shape out = node.outShape(0);
        long stride = windows.strides().get(axis);
        long extent = windows.extent(axis);
        if (!in.isUnknown() && !out.isUnknown() && in.get(at) > 0 && out.get(at) > 0) {
            return (in.get(at) - 1) * stride + extent - out.get(at);
        }
        return switch (node.text("padding")) {
            case "SAME" -> extent - stride;
            case "VALID" -> Math.min(0, extent - stride);
            default -> throw node.unsupported("explicit padding needs sizes that are known");
        };
    }
}
