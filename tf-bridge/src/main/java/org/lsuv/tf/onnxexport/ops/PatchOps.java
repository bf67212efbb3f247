package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxTensor;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that lay out what a window sees. */
final class PatchOps {
    private PatchOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("ExtractImagePatches", PatchOps::patches);
    }

    /** Writes a convolution for each channel, whose kernels see one pixel of the window each. */
    private static void patches(NodeExport node) {
        if (node.type(0) != OnnxType.FLOAT) {
            throw node.unsupported("elements of " + node.type(0).label() + " are not supported: expected float32");
        }
        long channels = node.rank(0) == 4 ? node.shape(0).get(3) : -1;
        if (channels < 0) {
            throw node.unsupported("the number of channels is not known");
        }
        List<Long> sizes = node.list("ksizes").subList(1, 3);
        Windows windows = new Windows(
                1, sizes, node.list("strides").subList(1, 3), node.list("rates").subList(1, 3));
        int pixels = Math.toIntExact(sizes.get(0) * sizes.get(1));
        double[] kernel = new double[Math.toIntExact(channels) * pixels * pixels];
        for (int i = 0; i < channels * pixels; i++) {
            kernel[i * pixels + i % pixels] = 1;
        }
        long[] shape = {channels * pixels, 1, sizes.get(0), sizes.get(1)};
        NodeDraft conv = node.draft(
                        "Conv",
                        node.in(0, windows.channelsFirst()),
                        node.store(OnnxTensor.ofNumbers("", OnnxType.FLOAT, shape, kernel)))
                .withInts("kernel_shape", sizes)
                .withInts("strides", windows.strides())
                .withInts("dilations", windows.dilations())
                .with("group", channels);
        String seen = windows.pad(node, conv, node.shape(0)).add();
        String last = node.transpose(seen, Order.of(0, 2, 3, 1));
        String apart = node.add("Reshape", last, node.longs(0, 0, 0, channels, pixels));
        node.give(node.draft(
                "Reshape", node.transpose(apart, Order.of(0, 1, 2, 4, 3)), node.longs(0, 0, 0, channels * pixels)));
    }
}
