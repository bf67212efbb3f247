package org.lsuv.onnx.layers;

import java.util.Set;
import org.lsuv.onnx.OnnxNode;

/** Lists the operators that rearrange a tensor, and those that compute how. */
final class Rearranging {
    private static final Set<String> STEPS =
            Set.of("Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Transpose", "Unsqueeze");
    private static final Set<String> ARITHMETIC = Set.of(
            "Add",
            "Cast",
            "Concat",
            "Constant",
            "Div",
            "Floor",
            "Gather",
            "Identity",
            "Mul",
            "Neg",
            "ReduceProd",
            "Reshape",
            "Slice",
            "Squeeze",
            "Sub",
            "Unsqueeze");

    private Rearranging() {}

    /** Tells whether a node of the standard rearranges or cuts its first input. */
    static boolean rearranges(OnnxNode node) {
        return node.domain().isEmpty() && STEPS.contains(node.opType());
    }

    /** Tells whether a node of the standard may be part of what says how to rearrange. */
    static boolean computesSizes(OnnxNode node) {
        return node.domain().isEmpty() && ARITHMETIC.contains(node.opType());
    }
}
