package org.lsuv.onnx.layers;

import java.util.Optional;
import org.lsuv.onnx.OnnxNode;

/**
 * Names the blob of an operator that does not give it out: what it computes goes through more before it is an
 * output.
 */
final class InnerBlob {
    private static final String MICROSOFT = "com.microsoft";

    private InnerBlob() {}

    /** Returns the name inside of the node; empty where the product with its bias is a value of the graph. */
    static Optional<String> of(OnnxNode node) {
        return switch (node.domain() + ":" + node.opType()) {
            case ":RNN", ":GRU", ":LSTM" -> Optional.of("gates");
            case MICROSOFT + ":Attention" -> Optional.of("qkv");
            case MICROSOFT + ":GemmFastGelu" -> Optional.of("product");
            case MICROSOFT + ":FusedConv", MICROSOFT + ":NhwcFusedConv", MICROSOFT + ":FusedGemm" ->
                isActivated(node) || addsMore(node) ? Optional.of("product") : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Returns the output that is the non-linearity of the blob and nothing else. */
    static Optional<String> activation(OnnxNode node) {
        boolean bends = node.opType().equals("GemmFastGelu") || (isActivated(node) && !addsMore(node));
        return bends ? Optional.of(node.output(0)) : Optional.empty();
    }

    private static boolean isActivated(OnnxNode node) {
        return node.attributes().has("activation")
                && !node.attributes().stringOr("activation", "").isEmpty();
    }

    /** A fused convolution may add another value, such as a shortcut, before the activation. */
    private static boolean addsMore(OnnxNode node) {
        return node.opType().endsWith("Conv") && !node.input(3).isEmpty();
    }
}
