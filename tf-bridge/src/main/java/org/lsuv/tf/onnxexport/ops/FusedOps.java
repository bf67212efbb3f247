package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.Order;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts what TensorFlow's optimiser makes of a product and the operations behind it. */
final class FusedOps {
    private FusedOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("_FusedConv2D", FusedOps::conv);
        ops.add("_FusedDepthwiseConv2dNative", FusedOps::conv);
        ops.add("_FusedMatMul", FusedOps::matMul);
        ops.add("_FusedBatchNormEx", FusedOps::batchNorm);
    }

    private static void conv(NodeExport node) {
        Windows windows = Windows.of(node, ConvOps.kernelSizes(node, 1, 2));
        List<String> behind = node.texts("fused_ops");
        NodeDraft draft =
                behind.contains("BiasAdd") ? ConvOps.draft(node, windows, node.in(2)) : ConvOps.draft(node, windows);
        give(node, draft, behind, windows.channelsFirst());
    }

    private static void matMul(NodeExport node) {
        List<String> behind = node.texts("fused_ops");
        boolean biased = behind.contains("BiasAdd");
        NodeDraft draft = biased
                ? node.draft("Gemm", node.in(0), node.in(1), node.in(2))
                : node.draft("Gemm", node.in(0), node.in(1));
        draft.with("transA", node.flag("transpose_a") ? 1 : 0).with("transB", node.flag("transpose_b") ? 1 : 0);
        give(node, draft, behind, Order.identity(2));
    }

    /** Adds what comes behind a product and its bias; the operands of each lie behind those of the product, in order. */
    private static void give(NodeExport node, NodeDraft product, List<String> behind, Order order) {
        NodeDraft last = product;
        int next = 2;
        for (String operation : behind) {
            switch (operation) {
                case "BiasAdd" -> next++;
                case "FusedBatchNorm" -> {
                    last = node.draft(
                                    "BatchNormalization",
                                    last.add(),
                                    node.in(next),
                                    node.in(next + 1),
                                    node.in(next + 2),
                                    node.in(next + 3))
                            .withFloat("epsilon", node.real("epsilon"));
                    next += 4;
                }
                case "Add" -> last = node.draft("Add", last.add(), node.in(next++, order));
                default -> last = activated(node, operation, last.add());
            }
        }
        node.give(0, last, order);
    }

    private static NodeDraft activated(NodeExport node, String operation, String value) {
        return switch (operation) {
            case "Relu", "Elu", "Tanh", "Sigmoid" -> node.draft(operation, value);
            case "Relu6" -> node.draft("Clip", value, node.scalar(0, 0), node.scalar(0, 6));
            case "LeakyRelu" -> node.draft("LeakyRelu", value).withFloat("alpha", node.real("leakyrelu_alpha"));
            default -> throw node.unsupported("\"" + operation + "\" behind a product is not supported");
        };
    }

    private static void batchNorm(NodeExport node) {
        if (node.flag("is_training")) {
            throw node.unsupported("statistics of the batch are for training, and not exported");
        }
        Order order = NormalizationOps.order(node);
        NodeDraft last = NormalizationOps.inference(node, order);
        for (int side = 5; side < node.inputs(); side++) {
            last = node.draft("Add", last.add(), node.in(side, order));
        }
        String mode = node.text("activation_mode");
        node.give(0, mode.equals("Identity") ? last : activated(node, mode, last.add()), order);
        node.passes(1, 3);
        node.passes(2, 4);
    }
}
