package org.lsuv.tf.onnxexport.ops;

import java.util.Collections;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts operations that make tensors from few numbers, repeat them or sum them up. */
final class FillingOps {
    private FillingOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("Fill", node -> node.give(node.draft("Expand", node.in(1), node.inLongs(0))));
        ops.add("BroadcastTo", node -> node.give(node.draft("Expand", node.in(0), node.inLongs(1))));
        ops.add("BroadcastArgs", FillingOps::broadcastArgs);
        ops.add("Tile", node -> node.give(node.draft("Tile", node.in(0), node.inLongs(1))));
        ops.add("Range", node -> node.give(node.draft("Range", node.in(0), node.in(1), node.in(2))));
        ops.add("LinSpace", FillingOps::linSpace);
        ops.add("Cumsum", FillingOps::cumsum);
        ops.add("MatrixBandPart", FillingOps::band);
    }

    /** Returns the shape to which two shapes broadcast: where one has size 1, the size of the other. */
    private static void broadcastArgs(NodeExport node) {
        long rank = Math.max(length(node, 0), length(node, 1));
        String one = shape(node, 0, rank);
        String other = shape(node, 1, rank);
        String common = node.add("Where", node.add("Equal", one, node.longs(1L)), other, one);
        if (node.outType(0) == OnnxType.INT64) {
            node.is(0, common);
        } else {
            node.give(node.draft("Cast", common).with("to", node.outType(0).code()));
        }
    }

    private static long length(NodeExport node, int input) {
        if (node.rank(input) != 1 || node.shape(input).get(0) < 0) {
            throw node.unsupported("the number of dimensions is not known");
        }
        return node.shape(input).get(0);
    }

    private static String shape(NodeExport node, int input, long rank) {
        long missing = rank - length(node, input);
        if (missing == 0) {
            return node.inLongs(input);
        }
        String ones = node.longs(Collections.nCopies((int) missing, 1L));
        return node.draft("Concat", ones, node.inLongs(input)).with("axis", 0).add();
    }

    private static void linSpace(NodeExport node) {
        String count = node.cast(node.in(2), node.type(0));
        String steps = node.add("Range", node.scalar(0, 0), count, node.scalar(0, 1));
        String last = node.add("Max", node.add("Sub", count, node.scalar(0, 1)), node.scalar(0, 1));
        String step = node.add("Div", node.add("Sub", node.in(1), node.in(0)), last);
        node.give(node.draft("Add", node.in(0), node.add("Mul", steps, step)));
    }

    private static void cumsum(NodeExport node) {
        node.give(node.draft("CumSum", node.in(0), node.index(node.integers(1)[0]))
                .with("exclusive", node.flag("exclusive") ? 1 : 0)
                .with("reverse", node.flag("reverse") ? 1 : 0));
    }

    /** Negative numbers of diagonals keep all. */
    private static void band(NodeExport node) {
        long lower = node.integers(1)[0];
        long upper = node.integers(2)[0];
        if (node.opset() < 14) {
            throw node.unsupported("needs opset 14 or above");
        }
        if (lower < 0 && upper < 0) {
            node.passes(0, 0);
            return;
        }
        String value = node.in(0);
        NodeDraft draft = node.draft("Trilu", value, node.index(upper)).with("upper", 0);
        if (lower < 0) {
            node.give(draft);
            return;
        }
        String rest = upper < 0 ? value : draft.add();
        node.give(node.draft("Trilu", rest, node.index(-lower)).with("upper", 1));
    }
}
