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
        ops.add("MaxPoolWithArgmax", PoolOps::withPlaces);
        ops.add("AvgPool", node -> pool(node, "AveragePool", node.list("ksize"), node.list("strides")));
        ops.add("AvgPool3D", node -> pool(node, "AveragePool", node.list("ksize"), node.list("strides")));
    }

    private static List<Long> integers(NodeExport node, int input) {
        return LongStream.of(node.integers(input)).boxed().toList();
    }

    /** Neither side counts padding in an average. */
    private static void pool(NodeExport node, String operator, List<Long> window, List<Long> steps) {
        Windows windows = windows(node, window, steps);
        node.give(0, draft(node, operator, windows), windows.channelsFirst());
    }

    private static NodeDraft draft(NodeExport node, String operator, Windows windows) {
        NodeDraft draft = node.draft(operator, node.in(0, windows.channelsFirst()))
                .withInts("kernel_shape", windows.sizes())
                .withInts("strides", windows.strides());
        return windows.pad(node, draft, node.shape(0));
    }

    /** Counts places with the channels last, which ONNX counts with the channels in front of space. */
    private static void withPlaces(NodeExport node) {
        Windows windows = windows(node, node.list("ksize"), node.list("strides"));
        String most = node.name(0);
        String found = node.name(1);
        draft(node, "MaxPool", windows).addAs(List.of(most, found));
        node.give(0, node.draft("Identity", most), windows.channelsFirst());
        String shape = node.add("Shape", node.in(0, windows.channelsFirst()));
        String channels = node.add("Gather", shape, node.index(1));
        String area =
                node.add("Mul", node.add("Gather", shape, node.index(2)), node.add("Gather", shape, node.index(3)));
        String image = node.add("Mul", area, channels);
        String place = node.add("Mul", node.add("Mod", found, area), channels);
        String channel = node.add("Mod", node.add("Div", found, area), channels);
        String inImage = node.add("Add", place, channel);
        String before = node.add("Mul", node.add("Div", found, image), image);
        String all = node.flag("include_batch_in_index") ? node.add("Add", before, inImage) : inImage;
        node.give(1, node.draft("Cast", all).with("to", node.outType(1).code()), windows.channelsFirst());
    }

    private static Windows windows(NodeExport node, List<Long> window, List<Long> steps) {
        int rank = window.size();
        int first = Windows.isChannelsFirst(node) ? 2 : 1;
        int channel = first == 2 ? 1 : rank - 1;
        if (window.get(0) != 1 || window.get(channel) != 1) {
            throw node.unsupported("pooling over rows or channels is not supported");
        }
        List<Long> sizes = window.subList(first, first + rank - 2);
        List<Long> strides = steps.subList(first, first + rank - 2);
        List<Long> dilations = sizes.stream().map(size -> 1L).toList();
        return new Windows(first, sizes, strides, dilations);
    }
}
