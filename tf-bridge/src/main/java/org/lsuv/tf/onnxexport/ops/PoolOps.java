package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import java.util.stream.LongStream;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts pooling. */
final class PoolOps {
    private PoolOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("MaxPool", node -> pool(node, "MaxPool", node.list("ksize"), node.list("strides")));
        ops.add("MaxPool3D", node -> pool(node, "MaxPool", node.list("ksize"), node.list("strides")));
        ops.add("MaxPoolV2", node -> pool(node, "MaxPool", integers(node, 1), integers(node, 2)));
        ops.add("AvgPool", node -> pool(node, "AveragePool", node.list("ksize"), node.list("strides")));
        ops.add("AvgPool3D", node -> pool(node, "AveragePool", node.list("ksize"), node.list("strides")));
    }

    private static List<Long> integers(NodeExport node, int input) {
        return LongStream.of(node.integers(input)).boxed().toList();
    }

    /** Neither side counts padding in an average. */
    private static void pool(NodeExport node, String operator, List<Long> window, List<Long> steps) {
        int rank = window.size();
        int first = Windows.isChannelsFirst(node) ? 2 : 1;
        int channel = first == 2 ? 1 : rank - 1;
        if (window.get(0) != 1 || window.get(channel) != 1) {
            throw node.unsupported("pooling over rows or channels is not supported");
        }
        List<Long> sizes = window.subList(first, first + rank - 2);
        List<Long> strides = steps.subList(first, first + rank - 2);
        List<Long> dilations = sizes.stream().map(size -> 1L).toList();
        Windows windows = new Windows(first, sizes, strides, dilations);
        NodeDraft draft = node.draft(operator, node.in(0, windows.channelsFirst()))
                .withInts("kernel_shape", sizes)
                .withInts("strides", strides);
        node.give(0, windows.pad(node, draft, node.shape(0)), windows.channelsFirst());
    }
}
