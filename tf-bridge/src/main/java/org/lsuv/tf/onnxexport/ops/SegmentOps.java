package org.lsuv.tf.onnxexport.ops;

import java.util.List;
import org.lsuv.onnx.NodeDraft;
import org.lsuv.onnx.OnnxType;
import org.lsuv.tf.onnxexport.NodeExport;
import org.lsuv.tf.onnxexport.TfOpRegistry;

/** Converts reductions over elements that have one number. */
final class SegmentOps {
    private SegmentOps() {}

    static void addTo(TfOpRegistry ops) {
        ops.add("UnsortedSegmentSum", node -> unsorted(node, "add"));
        ops.add("UnsortedSegmentProd", node -> unsorted(node, "mul"));
        ops.add("UnsortedSegmentMax", node -> unsorted(node, "max"));
        ops.add("UnsortedSegmentMin", node -> unsorted(node, "min"));
        ops.add("SegmentSum", node -> node.give(node.draft("Identity", sorted(node, node.in(0), "add"))));
        ops.add("SegmentProd", node -> node.give(node.draft("Identity", sorted(node, node.in(0), "mul"))));
        ops.add("SegmentMax", node -> greatest(node, "max"));
        ops.add("SegmentMin", node -> greatest(node, "min"));
        ops.add("SegmentMean", SegmentOps::mean);
    }

    private static void unsorted(NodeExport node, String reduction) {
        String count = node.reshape(node.inLongs(2), 1);
        node.give(node.draft("Identity", reduced(node, node.in(0), reduction, count)));
    }

    /** Numbers that grow end at the greatest. */
    private static String sorted(NodeExport node, String values, String reduction) {
        String last = node.add("Gather", node.inLongs(1), node.longs(-1));
        return reduced(node, values, reduction, node.add("Add", last, node.longs(1)));
    }

    private static void mean(NodeExport node) {
        String sum = sorted(node, node.in(0), "add");
        node.give(node.draft("Div", sum, node.add("Max", counts(node), node.scalar(0, 1))));
    }

    /** A number that no element has gives 0, unlike in the unsorted form. */
    private static void greatest(NodeExport node, String reduction) {
        String found = sorted(node, node.in(0), reduction);
        String some = node.add("Greater", counts(node), node.scalar(0, 0));
        node.give(node.draft("Where", some, found, node.scalar(0, 0)));
    }

    /** Returns how many elements have each number. */
    private static String counts(NodeExport node) {
        String ones = node.add("Expand", node.scalar(0, 1), node.add("Shape", node.in(0)));
        return sorted(node, ones, "add");
    }

    /** Lets what TensorFlow leaves out, elements of a negative number, go to a row behind all others. */
    private static String reduced(NodeExport node, String values, String reduction, String count) {
        long since = reduction.equals("add") || reduction.equals("mul") ? 16 : 18;
        if (node.opset() < since) {
            throw node.unsupported("needs opset " + since + " or above");
        }
        int rank = node.rank(1);
        String numbers = node.inLongs(1);
        String none = node.add("Less", numbers, node.index(0));
        String places = node.add("Where", none, node.squeeze(count, List.of(0L)), numbers);
        String rest = node.add("Slice", node.add("Shape", values), node.longs(rank), node.longs(Integer.MAX_VALUE));
        String rows = node.add("Add", count, node.longs(1));
        String shape = node.draft("Concat", rows, rest).with("axis", 0).add();
        String start = node.add("Expand", node.scalar(0, neutral(node, reduction)), shape);
        NodeDraft scattered = node.draft("ScatterND", start, node.unsqueeze(places, List.of((long) rank)), values)
                .withText("reduction", reduction);
        return node.add("Slice", scattered.add(), node.longs(0), count);
    }

    private static double neutral(NodeExport node, String reduction) {
        boolean integer = node.type(0) == OnnxType.INT32;
        boolean known = integer || node.type(0) == OnnxType.FLOAT;
        return switch (reduction) {
            case "add" -> 0;
            case "mul" -> 1;
            default -> {
                if (!known) {
                    throw node.unsupported("elements of " + node.type(0) + " are not supported");
                }
                double greatest = integer ? Integer.MAX_VALUE : Float.MAX_VALUE;
                double least = integer ? Integer.MIN_VALUE : -Float.MAX_VALUE;
                yield reduction.equals("max") ? least : greatest;
            }
        };
    }
}
