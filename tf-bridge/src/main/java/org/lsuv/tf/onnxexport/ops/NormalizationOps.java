package org.lsuv.tf.onnxexport.ops;

import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts normalisations. */
final class NormalizationOps {
    private NormalizationOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("FusedBatchNorm", NormalizationOps::batchNorm);
        ops.add("FusedBatchNormV2", NormalizationOps::batchNorm);
        ops.add("FusedBatchNormV3", NormalizationOps::batchNorm);
        ops.add("LRN", NormalizationOps::lrn);
    }

    private static void batchNorm(NodeExport node) {
        if (node.flag("is_training")) {
            throw node.unsupported("statistics of the batch are for training; export the graph for inference");
        }
        int rank = node.rank(0);
        Order order = Windows.isChannelsFirst(node) ? Order.identity(rank) : Order.channelsFirst(rank);
        NodeDraft draft = node.draft(
                        "BatchNormalization", node.in(0, order), node.in(1), node.in(2), node.in(3), node.in(4))
                .withFloat("epsilon", node.real("epsilon"));
        node.give(0, draft, order);
        // In inference the statistics come back as they were given.
        node.passes(1, 3);
        node.passes(2, 4);
    }

    /** TensorFlow's α belongs to each element of the window, ONNX divides its by the size of the window. */
    private static void lrn(NodeExport node) {
        long size = 2 * node.integer("depth_radius") + 1;
        Order order = Order.channelsFirst(4);
        NodeDraft draft = node.draft("LRN", node.in(0, order))
                .with("size", size)
                .withFloat("alpha", (double) node.real("alpha") * size)
                .withFloat("beta", node.real("beta"))
                .withFloat("bias", node.real("bias"));
        node.give(0, draft, order);
    }
}
