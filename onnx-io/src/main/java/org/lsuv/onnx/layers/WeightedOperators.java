package org.lsuv.onnx.layers;

import java.util.Map;
import java.util.Set;
import org.lsuv.onnx.OnnxNode;

/** Lists the operators that multiply with a weight. */
final class WeightedOperators {
    private static final Map<String, Set<String>> BY_DOMAIN = Map.of(
            "",
            Set.of("Conv", "ConvTranspose", "DeformConv", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "RNN"),
            "com.microsoft",
            Set.of(
                    "Attention",
                    "FusedConv",
                    "FusedGemm",
                    "FusedMatMul",
                    "GemmFastGelu",
                    "NhwcConv",
                    "NhwcFusedConv",
                    "TransposeMatMul"));

    private WeightedOperators() {}

    static boolean has(OnnxNode node) {
        return BY_DOMAIN.getOrDefault(node.domain(), Set.of()).contains(node.opType());
    }
}
