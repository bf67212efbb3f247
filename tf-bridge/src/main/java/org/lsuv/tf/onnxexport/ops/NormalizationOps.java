package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import java.util.stream.LongStream;
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
            ofTheBatch(node);
            return;
        }
        Order order = order(node);
        node.give(0, inference(node, order), order);
        // In inference the statistics come back as they were given.
        node.passes(1, 3);
        node.passes(2, 4);
    }

    /** Returns the order that puts the channels behind the rows. */
    static Order order(NodeExport node) {
        int rank = node.rank(0);
        return Windows.isChannelsFirst(node) ? Order.identity(rank) : Order.channelsFirst(rank);
    }

    /** Starts a normalisation with stored statistics. */
    static NodeDraft inference(NodeExport node, Order order) {
        return node.draft("BatchNormalization", node.in(0, order), node.in(1), node.in(2), node.in(3), node.in(4))
                .withFloat("epsilon", node.real("epsilon"));
    }

    /**
     * Normalises with the statistics of the data itself. Keras writes the normalisation of a layer this way, with a
     * channel a row.
     */
    private static void ofTheBatch(NodeExport node) {
        int rank = node.rank(0);
        Order order = order(node);
        List<Long> others =
                LongStream.range(0, rank).filter(axis -> axis != 1).boxed().toList();
        List<Long> behind = LongStream.range(1, rank - 1).boxed().toList();
        String x = node.in(0, order);
        String mean = ReductionOps.mean(node, x, others);
        String difference = node.add("Sub", x, mean);
        String variance = ReductionOps.mean(node, node.add("Mul", difference, difference), others);
        String safe = node.add("Add", variance, node.scalar(1, node.real("epsilon")));
        String normal = node.add("Div", difference, node.add("Sqrt", safe));
        String scaled = node.add("Mul", normal, node.unsqueeze(node.in(1), behind));
        node.give(0, node.draft("Add", scaled, node.unsqueeze(node.in(2), behind)), order);
        for (int i = 1; i < node.outputs(); i++) {
            node.nothing(i, "statistics of the batch are for training, and not exported");
        }
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
